"""Mends: what each field of an event is taken as, when only one thing can have been meant.

A mend takes any value and returns it, or another, or `NOTHING`, and tells what it did. What it does
not understand it returns.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.epcis import words
from chalicelib.epcis.faults import MOST_FAULTS, described, step
from chalicelib.epcis.respelling import (
    spell_action,
    spell_event_id,
    spell_offset,
    spell_time,
    spell_uri,
    spell_word,
)
from chalicelib.epcis.schemes import identify
from chalicelib.epcis.words import Vocabulary
from chalicelib.errors import Malformed


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was put right.

    Attributes:
        pointer: into the event as it was sent.
        code: stable word for machines: `spelling`, `word`, `time`, `time_zone`, `number`,
            `duplicate`, `empty`, `list` or `field`.
        found: what was sent.
        made: what it was taken as; None when it was left out.
        message: for people.
    """

    pointer: str
    code: str
    found: Any
    made: Any
    message: str


NOTHING = object()
"""What a field is made that says nothing: it goes."""


@dataclass(slots=True)
class Repairs:
    """The repairs of one event so far; at most as many are told as faults."""

    made: list[Repair] = field(default_factory=list)

    def note(self, pointer: str, code: str, found: Any, made: Any) -> Any:
        """Tell of a repair and return what was made."""
        if len(self.made) < MOST_FAULTS:
            gone = made is NOTHING
            taken = "left it out" if gone else f"took it as {described(made)}"
            message = f"found {described(found)}, {taken}"
            self.made.append(Repair(pointer, code, found, None if gone else made, message))
        return made


Mend = Callable[[Any, str, Repairs], Any]
"""Returns what a value is taken as: itself, another, or `NOTHING`."""

_NUMBER = re.compile(r"[+\-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")


def _text(value: Any, pointer: str, repairs: Repairs) -> Any:
    """Blanks around a value are none of it; a value of blanks says nothing."""
    if not isinstance(value, str):
        return value
    made = value.strip()
    if not made:
        return repairs.note(pointer, "empty", value, NOTHING)
    return value if made == value else repairs.note(pointer, "spelling", value, made)


def _respelt(code: str, respell: Callable[[str], str]) -> Mend:
    """Return a mend that spells text anew."""

    def mend(value: Any, pointer: str, repairs: Repairs) -> Any:
        if not isinstance(value, str) or not value.strip():
            return _text(value, pointer, repairs)
        made = respell(value.strip())
        return value if made == value else repairs.note(pointer, code, value, made)

    return mend


def _number(value: Any, pointer: str, repairs: Repairs) -> Any:
    bare = value.get("@value") if isinstance(value, Mapping) and len(value) == 1 else value
    if isinstance(bare, int | float | Decimal) and bare is not value:
        return repairs.note(pointer, "number", value, bare)
    if not isinstance(bare, str):
        return value
    text = bare.strip()
    if not text:
        return repairs.note(pointer, "empty", value, NOTHING)
    if not _NUMBER.fullmatch(text):
        return value
    made = Decimal(text) if "." in text else int(text)
    return repairs.note(pointer, "number", value, made)


def _listed(value: Any, pointer: str, repairs: Repairs) -> Any:
    """Return a list, which a single thing without one is put into; anything else as it is."""
    if not isinstance(value, str | Mapping):
        return value
    made = [value] if value else []
    return repairs.note(pointer, "list", value, made)


def _list(item: Mend) -> Mend:
    """Return a mend of a list: each item, and the list around a single one."""

    def mend(value: Any, pointer: str, repairs: Repairs) -> Any:
        items = _listed(value, pointer, repairs)
        if not isinstance(items, list):
            return value
        mended = [item(each, f"{pointer}/{at}", repairs) for at, each in enumerate(items)]
        return [each for each in mended if each is not NOTHING]

    return mend


def _epcs(value: Any, pointer: str, repairs: Repairs) -> Any:
    """A list of EPCs; what is named again, in whatever spelling, is named once."""
    items = _listed(value, pointer, repairs)
    if not isinstance(items, list):
        return value
    kept: list[Any] = []
    seen: set[str] = set()
    for at, each in enumerate(items):
        made = _URI(each, f"{pointer}/{at}", repairs)
        if made is NOTHING:
            continue
        key = _key(made)
        if key in seen:
            repairs.note(f"{pointer}/{at}", "duplicate", each, NOTHING)
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


def _record(mends: Mapping[str, Mend], *, needed: str = "") -> Mend:
    """Return a mend of an object; one whose `needed` field says nothing goes as a whole."""

    def mend(value: Any, pointer: str, repairs: Repairs) -> Any:
        if not isinstance(value, Mapping):
            return _text(value, pointer, repairs) if needed else value
        made = {
            name: mends[name](held, pointer + step(name), repairs) if name in mends else held
            for name, held in value.items()
        }
        kept = {name: held for name, held in made.items() if held is not NOTHING}
        silent = not value or (needed in value and needed not in kept)
        if needed and silent and kept.keys() <= {"type"}:
            return repairs.note(pointer, "empty", value, NOTHING)
        return kept

    return mend


_URI = _respelt("spelling", spell_uri)
_EVENT_ID = _respelt("spelling", spell_event_id)
_TIME_OF_DAY = _respelt("time", spell_time)


def _word(vocabulary: Vocabulary) -> Mend:
    return _respelt("word", spell_word(vocabulary))


_QUANTITIES = _list(
    _record(
        {"epcClass": _URI, "quantity": _number, "uom": _text},
        needed="epcClass",
    )
)
_PLACE = _record({"id": _URI}, needed="id")
_PARTY = _word(words.SOURCE_DESTINATION)
FIELDS: dict[str, Mend] = {
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
        value if value else repairs.note(pointer, "empty", value, NOTHING)
    ),
}
"""The fields of EPCIS 1.x that are mended; those of 2.0 alone are not."""
