"""The EPCs of an organisation's events, each once: with the event that named it first.

The first and not the last, because what is recorded between two pages, later than all before it,
never changes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from chalicelib.access.model import Actor
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.interpretation import thing_of
from chalicelib.epcis.query.index import OVERFLOW
from chalicelib.epcis.query.spelling import uri
from chalicelib.goods.model import Thing
from chalicelib.goods.store import GoodsStore, spilled
from chalicelib.query.model import Row
from chalicelib.query.reading import Reader
from chalicelib.query.search import recorded
from chalicelib.query.segments import walk
from chalicelib.query.store import which_have
from chalicelib.serial.store import Numbers

LOOKED_AT = 2_000
"""EPCs that one request looks at; those that an earlier event named are not listed again."""

_TOGETHER = 100
"""EPCs whose earlier events are sought together."""

_BEFORE = 100
"""Earlier events of one EPC that may have named it; nearly always the first of them did."""

_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


def epcs(actor: Actor, *, after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return EPCs that the organisation's events name, and where to go on.

    Those that the newest events named first are the first. All pages together hold each EPC once
    that was named before the first page. A page may hold fewer than `limit`, though more follow.

    Raises:
        Busy: throttled, or no answer.
    """
    found: list[str] = []
    looked, listing = 0, _Listing(actor)
    for row, start, names in _named(actor, listing.reader, after):
        for number, (name, news) in enumerate(listing.news(row, names), start=start + 1):
            looked += 1
            if news:
                found.append(name)
            if len(found) == limit or looked == LOOKED_AT:
                return found, f"{row.recorded}|{row.event}|{number}"
    return found, None


def _named(
    actor: Actor, reader: Reader, after: str | None
) -> Iterator[tuple[Row, int, Sequence[str]]]:
    """Yield the party's events, the newest first, with the EPCs from a number on."""
    start, place = 0, None
    if after:
        at, event, number = after.split("|")
        start, place = int(number), (int(at), f"{event}~")  # just behind the event: it comes again
    for row in recorded(actor.gln, newest_first=True, after=place):
        (event_found,) = reader.events([row])
        names = names_in(event_found) if event_found else []
        skipped = start if place and row.by_record_time[1] == place[1][:-1] else 0
        yield row, skipped, names[skipped:]


def names_in(event: EventObject) -> list[str]:
    """Return the EPCs that an event names, each once, in the order of its fields."""
    parent = [event["parentID"]] if "parentID" in event else []
    listed = (epc for name in _LISTS for epc in event.get(name) or ())
    return list({uri(epc): epc for epc in chain(parent, listed)}.values())


class _Listing:
    """Tells which EPCs of an event no earlier event of a party named."""

    def __init__(self, actor: Actor) -> None:
        self.reader = Reader(actor)
        self._me = actor.gln
        self._names: dict[str, frozenset[str]] = {}
        self._crowded = list(islice(walk(self._me, *OVERFLOW, newest_first=False), _BEFORE))

    def news(self, row: Row, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Yield each EPC of an event, and whether it is named here first."""
        for start in range(0, len(names), _TOGETHER):
            chunk = names[start : start + _TOGETHER]
            world = GoodsStore(Numbers()).see(
                [thing for name in chunk if (thing := thing_of(name))], now_us=0
            )
            keyed = which_have(self._me, "epc", map(uri, chunk))
            for name in chunk:
                yield name, not self._earlier(row, name, world.things, keyed)

    def _earlier(self, row: Row, name: str, things: Mapping[str, Thing], keyed: set[str]) -> bool:
        """Whether an earlier event of the party names an EPC."""
        wanted = uri(name)
        others = list(self._crowded)
        if wanted in keyed:
            others += islice(walk(self._me, "epc", wanted, newest_first=False), _BEFORE)
        key = str(thing_of(name))
        if key in things:
            mine = (
                (entry.event, ())
                for entry in chain(things[key].trail, spilled(key, things[key]))
                if self._me.digits in (entry.by, entry.party)
            )
            others += self.reader.rows(islice(mine, _BEFORE))
        earlier = (each for each in others if each.by_record_time < row.by_record_time)
        return any(wanted in self._named_by(each) for each in earlier)

    def _named_by(self, row: Row) -> frozenset[str]:
        if row.event not in self._names:
            (event,) = self.reader.events([row])
            self._names[row.event] = frozenset(map(uri, names_in(event))) if event else frozenset()
        return self._names[row.event]
