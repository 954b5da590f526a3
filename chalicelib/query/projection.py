"""From recorded events to the rows that queries begin at. Idempotent: the same rows each time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.jsonld import render
from chalicelib.epcis.model import BizStep, Event
from chalicelib.epcis.query.index import OVERFLOW, keys
from chalicelib.epcis.query.spelling import uri
from chalicelib.gs1.keys import Gln
from chalicelib.ledger.epcset import epc_of
from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem, outline
from chalicelib.query.model import (
    IN_ROW,
    LATE,
    LATE_RECORDED,
    MANY_GTINS,
    PROMPT,
    Row,
    parties,
    row,
)
from chalicelib.query.segments import segments
from chalicelib.query.store import LISTED, keep_values
from chalicelib.table.bulk import put_many

_PACKED = Mapping[str, Any] | None
"""The EPCs of an event, as `EpcSet.pack` wrote them; None when they stand elsewhere."""


class Index:
    """Collects the rows of records that come together, and writes them together."""

    def __init__(self) -> None:
        self._rows: defaultdict[tuple[Gln, str, str], list[Row]] = defaultdict(list)
        self._values: set[tuple[Gln, str, str]] = set()

    def add(self, item: RecordItem) -> None:
        """Note the rows of a record, as stored."""
        record, _ = place_of(item.pk)
        recorded = datetime.fromisoformat(item.recorded)
        for number, (event, epcs) in enumerate(outline(item)):
            name = event_uri(record, number)
            found = _indexed(event, epcs, render(_shown(event, epcs), name, recorded))
            under = _keys(event, epcs, found)
            here = row(found, name, under)
            for party in parties(event):
                self._note(party, here, under)
                if event_id := _sought(event, party):
                    self._rows[party, "eventID", event_id].append(_bare(here))

    def _note(self, party: Gln, here: Row, under: set[tuple[str, str]]) -> None:
        for key in (PROMPT,) if here.prompt else (LATE, LATE_RECORDED):
            self._rows[party, *key].append(here)
        for name, value in under:
            if name not in IN_ROW:
                self._rows[party, name, value].append(_bare(here))
            if name in LISTED:
                self._values.add((party, name, value))

    def write(self) -> None:
        """Write what was noted; again is the same.

        Raises:
            Busy: throttled, or no answer; a repeat is safe.
        """
        put_many(item for key, rows in self._rows.items() for item in segments(*key, rows))
        keep_values(self._values)
        self._rows.clear()
        self._values.clear()


def _sought(event: Event, party: Gln) -> str:
    """Return the id that a captured event is asked for by, if that needs a key for a party.

    Who recorded it needs none: its record's name follows from the id, as it was sent.
    """
    sent = event.captured.id if event.captured else ""
    return "" if party == event.by and uri(sent) == sent else uri(sent)


def _bare(here: Row) -> Row:
    return replace(here, told=frozenset())


def _shown(event: Event, epcs: _PACKED) -> Event:
    """Return an event with the EPCs that need keys.

    What is merely observed need not be known here, and then has no trail that leads to the event.
    """
    if event.biz_step is not BizStep.OBSERVING or not epcs:
        return event
    return replace(event, epcs=tuple(epc_of(text) for text in epcs.get("o", ())))


def _indexed(event: Event, epcs: _PACKED, found: EventObject) -> EventObject:
    """Return the object without the quantities that stand for EPCs which are merely not read."""
    if event.captured or epcs == {}:
        return found
    return {name: each for name, each in found.items() if name != "childQuantityList"}


def _keys(event: Event, epcs: _PACKED, found: EventObject) -> set[tuple[str, str]]:
    observed = event.biz_step is BizStep.OBSERVING
    trailed = {uri(found["parentID"])} if event.parent and not observed else set[str]()
    under = keys(found, trailed) | set(_gtins(epcs))
    return under | {OVERFLOW} if observed and epcs is None else under


def _gtins(epcs: _PACKED) -> Iterator[tuple[str, str]]:
    if epcs is None:
        yield MANY_GTINS
        return
    for digits, *_ in epcs.get("u", ()):
        yield "gtin", digits
    for text in epcs.get("o", ()):
        if "#" in text:
            yield "gtin", text.partition("#")[0]
