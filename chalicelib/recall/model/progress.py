"""How far a recall is: derived from its shippers and their notices, never kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.recall.model.notice import Told
from chalicelib.recall.model.recall import Leg, Stage


class Status(StrEnum):
    """How far a recall is."""

    OPENED = "opened"
    IDENTIFYING = "identifying"
    NOTIFYING = "notifying"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one notice is, and nothing else of it.

    Attributes:
        shipper: GLN in whose name.
        tier: of the party.
        status: how far.
        quantity: units.
    """

    shipper: str
    tier: int
    status: Told
    quantity: int


@dataclass(frozen=True, slots=True)
class TierProgress:
    """How far one tier is.

    Attributes:
        tier: counted from 1.
        shippers: whose customers are this tier.
        identified: of how many of them the customers are known.
        notices: how many, by status.
        quantity: units that the parties of the tier got.
    """

    tier: int
    shippers: int
    identified: int
    notices: Mapping[Told, int]
    quantity: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recall is, or the part of it that somebody may see.

    Attributes:
        status: of all together.
        identified: when the last shipper's customers were known; None while any are not.
        tiers: from the first.
    """

    status: Status
    identified: datetime | None
    tiers: tuple[TierProgress, ...] = ()

    @property
    def notices(self) -> Mapping[Told, int]:
        """How many notices there are, by status."""
        total: Counter[Told] = Counter()
        for tier in self.tiers:
            total.update(tier.notices)
        return {status: total[status] for status in Told}


def progress(legs: Iterable[Leg], standings: Iterable[Standing]) -> Progress:
    """Return how far shippers and their notices are, taken together."""
    legs, standings = list(legs), list(standings)
    tiers = {leg.tier for leg in legs} | {standing.tier for standing in standings}
    rows = tuple(_tier(tier, legs, standings) for tier in sorted(tiers))
    statuses = {standing.status for standing in standings}
    times = [leg.identified for leg in legs if leg.stage is not Stage.WAITING]
    known = [at for at in times if at is not None]
    identified = max(known) if known and len(known) == len(times) else None
    return Progress(_status(legs, statuses, done=identified is not None), identified, rows)


def _status(legs: list[Leg], statuses: set[Told], *, done: bool) -> Status:
    if not done:
        return Status.IDENTIFYING if any(leg.finished for leg in legs) else Status.OPENED
    if Told.PENDING in statuses:
        return Status.NOTIFYING
    return Status.ACKNOWLEDGED if statuses == {Told.ACKNOWLEDGED} else Status.NOTIFIED


def _tier(number: int, legs: list[Leg], standings: list[Standing]) -> TierProgress:
    here = [leg for leg in legs if leg.tier == number]
    notices = [standing for standing in standings if standing.tier == number]
    counted = Counter(notice.status for notice in notices)
    return TierProgress(
        tier=number,
        shippers=len(here),
        identified=sum(leg.stage is Stage.IDENTIFIED for leg in here),
        notices={status: counted[status] for status in Told},
        quantity=sum(notice.quantity for notice in notices),
    )
