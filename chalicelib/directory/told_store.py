"""What documents told an organisation of products, parties and places: kept beside the books.

Nothing here is anybody's own word: what people and their systems wrote stands in `store` and `book`
and comes first wherever both are shown. Among documents the newest one tells.

Promises: a thing is told of by one document at a time, and a document never takes the place of a
newer one, in whatever order and however often documents are worked on. Told by one organisation's
documents, it is known to that organisation alone.

Trust: whoever can alter this can make us show wrong names and places, and find wrong events where
a query asks for attributes of master data. Nothing here decides who may do what.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from pynamodb.attributes import UnicodeAttribute

from chalicelib.directory.told import Source, Thing, Told
from chalicelib.epcis.json_text import dumps
from chalicelib.errors import Busy, Conflict, Raced
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln
from chalicelib.table.items import Item, Key
from chalicelib.table.read import Found, get_many, query, query_all
from chalicelib.table.transaction import Transaction

_UNDESCRIBED = "-"
"""What the position of a document begins with that only names a thing: before all others."""


class ToldItem(Item):
    """What is told of a thing; pk `org#{organisation}`, sk `told#{kind}#{thing}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    position = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    attributes = UnicodeAttribute(null=True)


class InsideItem(Item):
    """Which place a place is told to be part of; pk `org#{organisation}`, sk `inside#{place}`.

    It is told with the place above, so a document that only describes a place leaves it alone.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"

    position = UnicodeAttribute()
    parent = UnicodeAttribute()


_KINDS: Mapping[type[Thing], str] = {
    Gtin: "product", Lgtin: "lot", Gln: "party", Sgln: "place",
}  # fmt: skip
_READERS: Mapping[str, type[Thing]] = {kind: model for model, kind in _KINDS.items()}


class ToldStore:
    """What documents told one organisation."""

    def __init__(self, organisation: str) -> None:
        self._pk = f"org#{organisation}"

    def put(self, told: Told) -> bool:
        """Keep what a document tells, unless a newer one told already.

        A document that only names a thing takes nothing from one that describes it.

        Returns:
            Whether this document is the one that describes the thing, or says what it is part of;
            also when it was so before.

        Raises:
            Busy: throttled, or no answer; a repeat is safe.
        """
        position = told.source.position
        described = _newest(
            ToldItem(
                self._pk,
                _sk(told.thing),
                position=position if told.attributes else _UNDESCRIBED + position,
                name=told.name or None,
                attributes=dumps(told.attributes).decode() if told.attributes else None,
            )
        )
        if told.parent is None:
            return described
        above = str(told.parent)
        inside = InsideItem(self._pk, f"inside#{told.thing}", position=position, parent=above)
        return _newest(inside) or described

    def of(self, things: Iterable[Thing]) -> dict[Thing, Told]:
        """Return what is told of many things; one request per 100."""
        wanted = list(things)
        keys = [Key(ToldItem, self._pk, _sk(thing)) for thing in wanted]
        found = get_many(keys + self._above(wanted))
        told = [_told(item) for item in found.values() if isinstance(item, ToldItem)]
        return {each.thing: self._placed(each, found) for each in told}

    def one(self, thing: Thing) -> Told | None:
        """Return what is told of a thing; one read."""
        return self.of([thing]).get(thing)

    def page(
        self, kind: type[Thing], *, after: str | None, limit: int
    ) -> tuple[Sequence[Told], str | None]:
        """Return a stretch of what is told of things of a kind, by key, and where to go on."""
        begins = f"told#{_KINDS[kind]}#"
        page = query(ToldItem, self._pk, begins=begins, after=after, limit=limit)
        told = [_told(item) for item in page.items]
        above = self._above(each.thing for each in told)
        found = get_many(above) if above else Found({})
        return [self._placed(each, found) for each in told], page.last

    def parents(self) -> Iterator[tuple[Sgln, Sgln]]:
        """Yield every place that is told to be part of another, with that."""
        for item in query_all(InsideItem, self._pk, begins="inside#"):
            yield Sgln.parse(item.sk.removeprefix("inside#")), Sgln.parse(item.parent)

    def _above(self, things: Iterable[Thing]) -> list[Key]:
        places = (thing for thing in things if isinstance(thing, Sgln))
        return [Key(InsideItem, self._pk, f"inside#{place}") for place in places]

    def _placed(self, told: Told, found: Found) -> Told:
        item = found.item(InsideItem, self._pk, f"inside#{told.thing}")
        return replace(told, parent=Sgln.parse(item.parent)) if item else told


def _newest(item: ToldItem | InsideItem) -> bool:
    """Write what a document says, unless a newer one stands there; return which of them does."""
    model = type(item)
    older = model.position.does_not_exist() | (model.position < item.position)
    tx = Transaction()
    tx.put(item, condition=older, refused=Conflict("A newer document told of it."))
    try:
        tx.commit()
    except Raced as refusal:  # the same instant; nobody else waits for this
        raise Busy("Somebody else writes this record; try again.") from refusal
    except Conflict as refusal:
        there = refusal.existing
        return isinstance(there, model) and there.position == item.position
    return True


def _sk(thing: Thing) -> str:
    return f"told#{_KINDS[type(thing)]}#{thing}"


def _told(item: ToldItem) -> Told:
    _, kind, key = item.sk.split("#", 2)
    created, received, capture = item.position.removeprefix(_UNDESCRIBED).split("#", 2)
    return Told(
        _READERS[kind].parse(key),
        Source(datetime.fromisoformat(created), datetime.fromisoformat(received), capture),
        item.name or "",
        json.loads(item.attributes, parse_float=Decimal) if item.attributes else {},
    )
