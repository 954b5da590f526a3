"""The tolerant mode: an event of EPCIS 1.x, put right where only one thing can have been meant.

Systems of the trade have sent the same slips for years: blanks around a value, `+0000` for an
offset, a word of CBV under a wrong URN, one EPC twice. Each repair is told, so that a person can
see what was taken as what. What could mean two things stays as it is, and at fault: a time without
zone, a bare document number, an element of a vendor's without a namespace.

An event that passes the gates is never touched, nor is a field without fault, nor an extension.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.epcis import words
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.fields import MOST_FAULTS, described, instant_of, step
from chalicelib.epcis.gates import check_event
from chalicelib.epcis.respelling import (
    spell_action,
    spell_event_id,
    spell_offset,
    spell_time,
    spell_uri,
    spell_word,
)
from chalicelib.epcis.schemes import identify
from chalicelib.epcis.shape import at_fault
from chalicelib.epcis.words import Vocabulary
from chalicelib.errors import FieldError, Malformed

TOLERATED = ("1.0", "1.1", "1.2")
"""Versions whose events are repaired; who sends EPCIS 2.0 sends it right."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was put right.

    Attributes:
        pointer: into the event as it was sent.
        code: stable word for machines: `spelling`, `word`, `time`, `time_zone`, `number`,
            `duplicate`, `empty` or `list`.
        found: what was sent.
        made: what it was taken as; None when it was left out.
        message: for people.
    """

    pointer: str
    code: str
    found: Any
    made: Any
    message: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """An event after repair.

    Attributes:
        event: the event as taken; the one that was sent when nothing was repaired.
        repairs: what was put right.
        faults: what the gates still find; such an event waits for a person.
    """

    event: EventObject
    repairs: list[Repair]
    faults: list[FieldError]


def repair(event: EventObject, version: str) -> Repaired:
    """Put right what is unambiguous in an event, and judge the rest.

    The event that was given is not changed.

    Args:
        event: as its reader made it.
        version: of the document that it came in, such as `1.2`.
    """
    faults = check_event(event)
    if not faults or version not in TOLERATED or not isinstance(event, Mapping):
        return Repaired(event, [], faults)
    fields = at_fault(faults) if len(faults) < MOST_FAULTS else frozenset(_FIELDS)
    mended, repairs = dict(event), _Repairs()
    for name in sorted(fields & event.keys() & _FIELDS.keys()):
        made = _FIELDS[name](event[name], step(name), repairs)
        if made is _NOTHING:
            del mended[name]
        else:
            mended[name] = made
    _add_offset(mended, repairs)
    if not repairs.made:
        return Repaired(event, [], faults)
    return Repaired(mended, repairs.made, check_event(mended))


_NOTHING = object()
"""What a field is made that says nothing: it goes."""


@dataclass(slots=True)
class _Repairs:
    """The repairs of one event so far; at most as many are told as faults."""

    made: list[Repair] = field(default_factory=list)

    def note(self, pointer: str, code: str, found: Any, made: Any) -> Any:
        """Tell of a repair and return what was made."""
        if len(self.made) < MOST_FAULTS:
            gone = made is _NOTHING
            taken = "left it out" if gone else f"took it as {described(made)}"
            message = f"found {described(found)}, {taken}"
            self.made.append(Repair(pointer, code, found, None if gone else made, message))
        return made


_Mend = Callable[[Any, str, _Repairs], Any]
"""Returns what a value is taken as: itself, another, or `_NOTHING`."""

_NUMBER = re.compile(r"[+\-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")


def _text(value: Any, pointer: str, repairs: _Repairs) -> Any:
    """Blanks around a value are none of it; a value of blanks says nothing."""
    if not isinstance(value, str):
        return value
    made = value.strip()
    if not made:
        return repairs.note(pointer, "empty", value, _NOTHING)
    return value if made == value else repairs.note(pointer, "spelling", value, made)


def _respelt(code: str, respell: Callable[[str], str]) -> _Mend:
    """Return a mend that spells text anew."""

    def mend(value: Any, pointer: str, repairs: _Repairs) -> Any:
        if not isinstance(value, str) or not value.strip():
            return _text(value, pointer, repairs)
        made = respell(value.strip())
        return value if made == value else repairs.note(pointer, code, value, made)

    return mend


def _number(value: Any, pointer: str, repairs: _Repairs) -> Any:
    bare = value.get("@value") if isinstance(value, Mapping) and len(value) == 1 else value
    if not isinstance(bare, str):
        return value if bare is value else repairs.note(pointer, "number", value, bare)
    text = bare.strip()
    if not text:
        return repairs.note(pointer, "empty", value, _NOTHING)
    if not _NUMBER.fullmatch(text):
        return value
    made = Decimal(text) if "." in text else int(text)
    return repairs.note(pointer, "number", value, made)


def _listed(value: Any, pointer: str, repairs: _Repairs) -> Any:
    """Return a list, which a single thing without one is put into; anything else as it is."""
    if not isinstance(value, str | Mapping):
        return value
    made = [value] if value else []
    return repairs.note(pointer, "list", value, made)


def _list(item: _Mend) -> _Mend:
    """Return a mend of a list: each item, and the list around a single one."""

    def mend(value: Any, pointer: str, repairs: _Repairs) -> Any:
        items = _listed(value, pointer, repairs)
        if not isinstance(items, list):
            return value
        mended = [item(each, f"{pointer}/{at}", repairs) for at, each in enumerate(items)]
        return [each for each in mended if each is not _NOTHING]

    return mend


def _epcs(value: Any, pointer: str, repairs: _Repairs) -> Any:
    """A list of EPCs; what is named again, in whatever spelling, is named once."""
    items = _listed(value, pointer, repairs)
    if not isinstance(items, list):
        return value
    kept: list[Any] = []
    seen: set[str] = set()
    for at, each in enumerate(items):
        made = _URI(each, f"{pointer}/{at}", repairs)
        if made is _NOTHING:
            continue
        key = _key(made)
        if key in seen:
            repairs.note(f"{pointer}/{at}", "duplicate", each, _NOTHING)
            continue
        if key is not None:
            seen.add(key)
        kept.append(made)
    return kept


def _key(uri: Any) -> str | None:
    if not isinstance(uri, str):
        return None
    try:
        return identify(uri).key
    except Malformed:
        return uri  # it stays at fault, once


def _record(mends: Mapping[str, _Mend], *, needed: str = "") -> _Mend:
    """Return a mend of an object; one whose `needed` field says nothing goes as a whole."""

    def mend(value: Any, pointer: str, repairs: _Repairs) -> Any:
        if not isinstance(value, Mapping):
            return _text(value, pointer, repairs) if needed else value
        made = {
            name: mends[name](held, pointer + step(name), repairs) if name in mends else held
            for name, held in value.items()
        }
        kept = {name: held for name, held in made.items() if held is not _NOTHING}
        silent = not value or (needed in value and needed not in kept)
        if needed and silent and kept.keys() <= {"type"}:
            return repairs.note(pointer, "empty", value, _NOTHING)
        return kept

    return mend


def _add_offset(event: EventObject, repairs: _Repairs) -> None:
    """An event without offset happened where its time was written down, if that is told."""
    time = event.get("eventTime")
    if "eventTimeZoneOffset" in event or not isinstance(time, str) or instant_of(time) is None:
        return
    if not time.endswith("Z"):
        made = repairs.note("/eventTimeZoneOffset", "time_zone", None, time[-6:])
        event["eventTimeZoneOffset"] = made


_URI = _respelt("spelling", spell_uri)
_EVENT_ID = _respelt("spelling", spell_event_id)
_TIME_OF_DAY = _respelt("time", spell_time)


def _word(vocabulary: Vocabulary) -> _Mend:
    return _respelt("word", spell_word(vocabulary))


_QUANTITIES = _list(
    _record(
        {"epcClass": _URI, "quantity": _number, "uom": _text},
        needed="epcClass",
    )
)
_PLACE = _record({"id": _URI}, needed="id")
_PARTY = _word(words.SOURCE_DESTINATION)
_FIELDS: dict[str, _Mend] = {
    "eventID": _EVENT_ID,
    "eventTime": _TIME_OF_DAY,
    "recordTime": _TIME_OF_DAY,
    "eventTimeZoneOffset": _respelt("time_zone", spell_offset),
    "action": _respelt("word", spell_action),
    "bizStep": _word(words.BIZ_STEP),
    "disposition": _word(words.DISPOSITION),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "parentID": _URI,
    "transformationID": _URI,
    "epcList": _epcs,
    "childEPCs": _epcs,
    "inputEPCList": _epcs,
    "outputEPCList": _epcs,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputQuantityList": _QUANTITIES,
    "bizTransactionList": _list(
        _record(
            {"type": _word(words.BIZ_TRANSACTION), "bizTransaction": _URI},
            needed="bizTransaction",
        )
    ),
    "sourceList": _list(_record({"type": _PARTY, "source": _URI}, needed="source")),
    "destinationList": _list(_record({"type": _PARTY, "destination": _URI}, needed="destination")),
    "errorDeclaration": _record(
        {
            "declarationTime": _TIME_OF_DAY,
            "reason": _word(words.ERROR_REASON),
            "correctiveEventIDs": _list(_EVENT_ID),
        }
    ),
    "ilmd": lambda value, pointer, repairs: (
        value if value else repairs.note(pointer, "empty", value, _NOTHING)
    ),
}
