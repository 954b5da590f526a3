"""A recall: what it covers, whose customers are looked for, tier by tier.

Tiers: the brand owner's customers are the first tier, theirs the second, and so on. Each shipper's
deliveries are identified on their own, and each of its customers gets one notice, in the shipper's
name, about the goods that this shipper sent it. A shipper sees its own customers and nobody else's.

Sources: 21 CFR 7.3(m) and 7.40 to 7.59 (classification, communication, status reports).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.errors import Malformed, TooLarge
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin

MOST_LOTS = 90
"""Lots in one recall: they are blocked in one transaction."""

MOST_SERIALS = 10_000
"""Serials in one recall."""


class Classification(StrEnum):
    """How grave it is (21 CFR 7.3(m)): I may kill, II may harm for a time, III is unlikely to."""

    I = "I"  # noqa: E741  its name in the law
    II = "II"
    III = "III"


class Cascade(StrEnum):
    """Whether the customers of a notified organisation are told at once, or when it says so."""

    AUTO = "auto"
    CONFIRM = "confirm"


class Stage(StrEnum):
    """How far the identification of one shipper's customers is."""

    WAITING = "waiting"
    REQUESTED = "requested"
    IDENTIFIED = "identified"


@dataclass(frozen=True, slots=True)
class Covered:
    """A lot under recall.

    Attributes:
        lgtin: the lot.
        serials: how many serials of it are recalled; None for the whole lot.
    """

    lgtin: Lgtin
    serials: int | None = None

    @property
    def partial(self) -> bool:
        """Whether only some serials of the lot are recalled."""
        return self.serials is not None


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall. It does not change once it is opened; how far it is, is derived.

    Attributes:
        id: 32 hexadecimal digits.
        organisation: the brand owner.
        owner: its GLN.
        scope: lots, by key.
        reason: for people.
        classification: how grave.
        cascade: how the next tiers are told.
        opened: when it was opened, and everything that it covers was blocked.
        opened_by: the client that did it.
        fingerprint: of the request that did it.
    """

    id: str
    organisation: str
    owner: Gln
    scope: tuple[Covered, ...]
    reason: str
    classification: Classification
    cascade: Cascade
    opened: datetime
    opened_by: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recalled, and why.

    Attributes:
        lots: at least one.
        serials: of those lots; none recalls the lots as a whole. A lot of whose GTIN serials are
            named is recalled in part, the others as a whole.
        reason: for people.
        classification: how grave.
        cascade: how the next tiers are told.
    """

    lots: tuple[Lgtin, ...]
    serials: tuple[Sgtin, ...]
    reason: str
    classification: Classification
    cascade: Cascade

    def numbers(self) -> dict[Gtin, set[str]]:
        """Return the serials by GTIN.

        Raises:
            Malformed: a serial of a GTIN of which no lot is recalled.
            TooLarge: more than one recall may list.
        """
        if len(self.serials) > MOST_SERIALS:
            raise TooLarge(
                f"Found {len(self.serials)} serials, expected at most {MOST_SERIALS}; "
                "recall the whole lot."
            )
        known = {lgtin.gtin for lgtin in self.lots}
        found: dict[Gtin, set[str]] = {}
        for number, unit in enumerate(self.serials):
            if unit.gtin not in known:
                message = f"found GTIN {unit.gtin}, expected one of which a lot is recalled"
                raise Malformed.field(f"/scope/serials/{number}", "other_gtin", message)
            found.setdefault(unit.gtin, set()).add(unit.serial)
        return found

    def opened(
        self,
        *,
        recall_id: str,
        organisation: str,
        owner: Gln,
        client: str,
        fingerprint: str,
        at: datetime,
    ) -> "Recall":
        """Return the recall that is so opened."""
        numbers = {gtin: len(serials) for gtin, serials in self.numbers().items()}
        return Recall(
            id=recall_id,
            organisation=organisation,
            owner=owner,
            scope=tuple(
                Covered(lgtin, numbers.get(lgtin.gtin)) for lgtin in sorted(set(self.lots))
            ),
            reason=self.reason,
            classification=self.classification,
            cascade=self.cascade,
            opened=at,
            opened_by=client,
            fingerprint=fingerprint,
        )


@dataclass(frozen=True, slots=True)
class Leg:
    """The identification of one shipper's customers.

    Attributes:
        recall: id of the recall.
        shipper: whose customers.
        organisation: id of the shipper.
        tier: of the customers, counted from 1.
        stage: how far it is.
        identified: when it was first complete.
        finished: the runs that were completed, newest last.
        version: counts changes.
    """

    recall: str
    shipper: Gln
    organisation: str
    tier: int
    stage: Stage
    identified: datetime | None = None
    finished: tuple[str, ...] = ()
    version: int = 1

    @classmethod
    def first(cls, recall: Recall) -> "Leg":
        """Return the leg that every recall begins with: the brand owner's own customers."""
        return cls(recall.id, recall.owner, recall.organisation, 1, Stage.REQUESTED)

    def next(self, shipper: Gln, organisation: str, cascade: Cascade) -> "Leg":
        """Return the leg of one of the parties that this leg's shipper sent goods to."""
        stage = Stage.REQUESTED if cascade is Cascade.AUTO else Stage.WAITING
        return Leg(self.recall, shipper, organisation, self.tier + 1, stage)

    def completed(self, run: str, at: datetime) -> "Leg":
        """Return it with a run completed."""
        return replace(
            self,
            stage=Stage.IDENTIFIED,
            identified=self.identified or at,
            finished=(*self.finished[-REMEMBERED_RUNS:], run),
            version=self.version + 1,
        )

    def confirmed(self) -> "Leg":
        """Return it with its identification asked for."""
        return replace(self, stage=Stage.REQUESTED, version=self.version + 1)


REMEMBERED_RUNS = 49
"""Older runs are forgotten: what they left pending may be queued once more, which does no harm."""
