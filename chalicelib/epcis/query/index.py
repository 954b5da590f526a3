"""Under which keys an event is found, without reading all events."""

import re
from collections.abc import Container, Iterable, Iterator
from itertools import islice

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query.kinds import KINDS
from chalicelib.epcis.query.subjects import READERS
from chalicelib.gs1.keys import CANONICAL

MOST_EPCS = 100
"""So many EPCs of other schemes one event is indexed by: each of them is a write."""

OVERFLOW = ("epc", "*")
"""The key of an event with more; no URI is `*`."""

_GTIN = re.compile(rf"{re.escape(CANONICAL)}/01/([0-9]{{14}})(?:/.*)?").fullmatch

_DIMENSIONS = {
    "class": "anyEPCClass",
    "bizStep": "bizStep",
    "disposition": "disposition",
    "bizLocation": "bizLocation",
    "readPoint": "readPoint",
    "document": "bizTransaction",
    "transformation": "transformationID",
    "type": "eventType",
}


def keys(event: EventObject, trailed: Container[str] = frozenset()) -> set[tuple[str, str]]:
    """Return dimensions and canonical values of an event, as `EventQuery` spells them.

    Of EPCs (dimension `epc`, whatever their role) the first `MOST_EPCS` are there, parent and
    inputs first; an event with more of them has the key `OVERFLOW` too, and whoever looks up an EPC
    asks for that key as well. Parents and classes are there without bound; a lot is there with its
    GTIN as another class. The dimension `gtin` has the GTINs of all items and lots.

    Args:
        event: what is indexed.
        trailed: canonical URIs of EPCs that need no key here: their own trails lead to this event.
    """
    found = {
        (dimension, value)
        for dimension, subject in _DIMENSIONS.items()
        for value in _spelt(event, subject)
    }
    lots = {class_of(value) for dimension, value in found if dimension == "class"}
    found |= {("class", value) for value in lots if value}
    found |= {("parent", value) for value in _spelt(event, "parentID") if value not in trailed}
    named = [*(value for dimension, value in found if dimension == "class"), *_epcs(event)]
    found |= {("gtin", gtin) for value in named if (gtin := gtin_of(value))}
    others = dict.fromkeys(value for value in _epcs(event) if value not in trailed)
    found |= {("epc", value) for value in islice(others, MOST_EPCS)}
    return found | {OVERFLOW} if len(others) > MOST_EPCS else found


def _epcs(event: EventObject) -> Iterator[str]:
    for subject in ("parentID", "inputEPC", "outputEPC", "epc"):
        yield from _spelt(event, subject)


def class_of(uri: str) -> str:
    """Return the canonical URI of the GTIN of a trade item or lot; empty for anything else."""
    gtin = gtin_of(uri)
    return f"{CANONICAL}/01/{gtin}" if gtin else ""


def gtin_of(uri: str) -> str:
    """Return the 14 digits of the GTIN in a canonical URI; empty when there is none.

    >>> gtin_of("https://id.gs1.org/01/09521000000018/10/L1")
    '09521000000018'
    """
    match = _GTIN(uri)
    return match[1] if match else ""


def _spelt(event: EventObject, subject: str) -> Iterable[str]:
    kind = KINDS[subject]
    return (
        str(spelt)
        for value in READERS[subject](event, "")
        if (spelt := kind.found(value)) is not None
    )
