"""Does this pack exist, is what is printed on it true, and may it be used? Answered as of now.

A unit is looked up by computing where it would stand, so that one batch read answers: its page, its
own item, its lot. Reads are strong: a recall is seen from the instant it is accepted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.goods.codec import MOVED, decode_page, decode_thing
from chalicelib.goods.model import Status, Thing
from chalicelib.goods.staging import effective
from chalicelib.goods.store import PageItem, ThingItem, page_key, page_of, thing_key
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.lots import scopes
from chalicelib.lots.model import Lot
from chalicelib.lots.model import Status as LotStatus
from chalicelib.lots.store import LotItem, lot_key, to_lot
from chalicelib.serial.model import PAGE, Place
from chalicelib.serial.store import Numbers
from chalicelib.table.items import Key
from chalicelib.table.read import Found, get_many


@dataclass(frozen=True, slots=True)
class Claim:
    """What a pack says of itself.

    Attributes:
        unit: GTIN and serial.
        lot: as printed; None when not read.
        expiry: last day of use as printed; None when not read.
    """

    unit: Sgtin
    lot: str | None = None
    expiry: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What we know of a pack.

    Attributes:
        claim: that was asked about.
        reasons: why it is refused, the gravest first; empty when all is well. `unknown` stands
            alone: never issued, not commissioned and unheard of are not told apart.
        status: of its life.
        lot: its lot, where the claim does not contradict it.
        recalled: whether it is under recall.
        expired: whether its last day of use is over.
    """

    claim: Claim
    reasons: tuple[str, ...]
    status: Status = Status.UNASSIGNED
    lot: Lot | None = None
    recalled: bool = False
    expired: bool = False

    @property
    def known(self) -> bool:
        """Whether there is such a pack."""
        return self.status is not Status.UNASSIGNED

    @property
    def verified(self) -> bool:
        """Whether it exists, is what it says, and nothing forbids its use."""
        return not self.reasons


def verify(claims: Sequence[Claim], numbers: Numbers, *, on: date) -> list[Verdict]:
    """Answer about packs, in the order of the claims.

    One claim that names its lot takes one round trip of three items at most; claims without a lot
    need a second one: for the lots that turn up, or, before a pack is called unknown, for epochs of
    serial numbers that this process has not heard of.

    Args:
        claims: up to 1,000.
        numbers: knows where a serial number would stand.
        on: calendar day that decides what is expired.

    Raises:
        Busy: throttled, or no answer.
    """
    things, lots = _look(claims, numbers)
    doubtful = [
        claim
        for claim in claims
        if things[claim.unit] is None and not _certain(claim, lots, numbers)
    ]
    if doubtful and (renewed := numbers.renew({claim.unit.gtin for claim in doubtful})):
        again = [claim for claim in doubtful if claim.unit.gtin in renewed]
        more, more_lots = _look(again, numbers)
        things, lots = things | more, lots | more_lots
    named = {
        Lgtin.of(unit.gtin, thing.lot) for unit, thing in things.items() if thing and thing.lot
    }
    if missing := {lot_key(lgtin) for lgtin in named - lots.keys()}:
        lots |= _lots(get_many(missing))
    return [_judge(claim, things[claim.unit], lots, on) for claim in claims]


def _look(
    claims: Sequence[Claim], numbers: Numbers
) -> tuple[dict[Sgtin, Thing | None], dict[Lgtin, Lot]]:
    """Read where the packs would stand, and the lots that the claims name."""
    places = {c.unit: numbers.candidates(c.unit.gtin, c.unit.serial) for c in claims}
    keys: set[Key] = set()
    for claim in claims:
        keys |= {page_key(page_of(claim.unit, place)) for place in places[claim.unit]}
        keys.add(thing_key(str(claim.unit)))
        if claim.lot is not None:
            keys.add(lot_key(Lgtin.of(claim.unit.gtin, claim.lot)))
    found = Found(effective(get_many(keys)))
    finder = _Finder(found)
    things = {claim.unit: finder.thing(claim.unit, places[claim.unit]) for claim in claims}
    return things, _lots(found)


def _certain(claim: Claim, lots: dict[Lgtin, Lot], numbers: Numbers) -> bool:
    """Whether a pack that was not found cannot be of an epoch that is unheard of here."""
    lot = lots.get(Lgtin.of(claim.unit.gtin, claim.lot)) if claim.lot is not None else None
    return lot is not None and lot.epoch <= numbers.newest(claim.unit.gtin)


class _Finder:
    """Looks units up in what a batch read found, decoding each page once."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._pages: dict[str, dict[int, Thing]] = {}

    def thing(self, unit: Sgtin, places: Iterable[Place]) -> Thing | None:
        own = self._found.item(ThingItem, thing_key(str(unit)).pk)
        if own is not None:
            return decode_thing(own.body or b"")
        for place in places:
            thing = self._page(page_key(page_of(unit, place)).pk).get(place.index % PAGE)
            if thing is not None and thing != MOVED:
                return thing
        return None

    def _page(self, pk: str) -> dict[int, Thing]:
        if pk not in self._pages:
            item = self._found.item(PageItem, pk)
            self._pages[pk] = {} if item is None else decode_page(item.body or b"")
        return self._pages[pk]


def _lots(found: Found) -> dict[Lgtin, Lot]:
    lots = (to_lot(item) for item in found.values() if isinstance(item, LotItem))
    return {lot.lgtin: lot for lot in lots}


def _judge(claim: Claim, thing: Thing | None, lots: dict[Lgtin, Lot], on: date) -> Verdict:
    status = thing.state.status if thing else Status.UNASSIGNED
    if thing is None or not thing.lot:
        return Verdict(claim, ("unknown",))
    lot = lots[Lgtin.of(claim.unit.gtin, thing.lot)]
    recalled = _recalled(lot, claim.unit)
    expired = lot.expired(on)
    doubts = {
        "lot_mismatch": claim.lot is not None and claim.lot != thing.lot,
        "expiry_mismatch": claim.expiry is not None and claim.expiry != lot.expiry,
        "recalled": recalled,
        lot.status.value: lot.status is not LotStatus.RELEASED,
        status.value: status is not Status.ACTIVE,
        "expired": expired,
    }
    reasons = tuple(reason for reason, holds in doubts.items() if holds)
    told = None if {"lot_mismatch", "expiry_mismatch"} & set(reasons) else lot
    return Verdict(claim, reasons, status, told, recalled, expired)


def _recalled(lot: Lot, unit: Sgtin) -> bool:
    if lot.recalled:
        return True
    partial = lot.partial_recalls
    return any(unit.serial in scopes.serials(recall, lot.lgtin) for recall in partial)
