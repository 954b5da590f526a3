"""Under which keys an event is found, without reading all events."""

import re
from collections.abc import Iterable

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.query.kinds import KINDS
from chalicelib.epcis.query.subjects import READERS
from chalicelib.gs1.checkdigit import ends_in_check_digit

MOST_EPCS = 100
"""So many EPCs of other schemes one event is indexed by: each of them is a write."""

OVERFLOW = ("epc", "*")
"""The key of an event with more; no URI is `*`."""

_TRAILED = re.compile(r"https://id\.gs1\.org/(?:00/([0-9]{18})|01/([0-9]{14})/21/[^/]+)").fullmatch

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


def keys(event: EventObject) -> set[tuple[str, str]]:
    """Return dimensions and canonical values of an event, as `EventQuery` spells them.

    The dimensions `epc` (whatever its role) and `parent` have no SGTIN and no SSCC: those have
    trails of their own. Of other EPCs the first `MOST_EPCS` are there, parent and inputs first; an
    event with more of them has the key `OVERFLOW` too, and whoever looks up an EPC asks for that
    key as well. Parents and classes are there without bound.
    """
    found = {
        (dimension, value)
        for dimension, subject in _DIMENSIONS.items()
        for value in _spelt(event, subject)
    }
    found |= {("parent", value) for value in _spelt(event, "parentID") if not has_trail(value)}
    others: dict[str, None] = {}
    for subject in ("parentID", "inputEPC", "outputEPC", "epc"):
        for value in _spelt(event, subject):
            if has_trail(value) or value in others:
                continue
            if len(others) == MOST_EPCS:
                return found | {("epc", each) for each in others} | {OVERFLOW}
            others[value] = None
    return found | {("epc", value) for value in others}


def has_trail(uri: str) -> bool:
    """Return whether a canonical URI is an SGTIN or SSCC, which is found by its own trail.

    One with a wrong check digit names no goods of ours: it has no trail, and is indexed here.
    """
    match = _TRAILED(uri)
    return match is not None and ends_in_check_digit(match[1] or match[2])


def _spelt(event: EventObject, subject: str) -> Iterable[str]:
    kind = KINDS[subject]
    return (
        str(spelt)
        for value in READERS[subject](event, "")
        if (spelt := kind.found(value)) is not None
    )
