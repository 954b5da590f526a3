"""Kinds of values: what a parameter may say, and how a value of an event is spelt to compare it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.query import spelling
from chalicelib.epcis.query.model import PATTERN, Value
from chalicelib.epcis.query.patterns import is_pattern
from chalicelib.epcis.words import (
    ACTIONS,
    BIZ_STEP,
    DISPOSITION,
    ERROR_REASON,
    EVENT_TYPES,
    MEASUREMENT,
    Vocabulary,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a subject's values are.

    Attributes:
        sought: returns what a parameter says, in the compared spelling; None when it may not.
        found: returns what an event says, in that spelling; None when it is of no use.
        expected: the end of the sentence "expected …".
    """

    sought: Callable[[Any], Value | None]
    found: Callable[[Any], Value | None]
    expected: str


def _text(spell: Callable[[str], str]) -> Callable[[Any], Value | None]:
    return lambda value: spell(value) if isinstance(value, str) and value.strip() else None


def _known(value: Any, spell: Callable[[str], str], words: frozenset[str]) -> str | None:
    if not isinstance(value, str):
        return None
    spelt = spell(value)
    return spelt if spelt in words or ":" in spelt else None


def _word(vocabulary: Vocabulary) -> Kind:
    def spell(text: str) -> str:
        return spelling.word(vocabulary, text)

    return Kind(
        lambda value: _known(value, spell, vocabulary.words),
        _text(spell),
        f"a {vocabulary.name} of CBV, or the URI of another",
    )


def _instant(value: Any) -> Value | None:
    return instant_of(value.strip()) if isinstance(value, str) else None


def _anything(value: Any) -> Value | None:
    if isinstance(value, str | bool):
        return value if value != "" else None
    return spelling.number(value)


def _comparable(value: Any) -> Value | None:
    number = spelling.number(value)
    return spelling.instant(value) if number is None else number


def _epc(spell: Callable[[str], str]) -> Callable[[Any], Value | None]:
    """Refuse a pattern that is none; what is no pattern may be any URI."""
    read = _text(spell)

    def sought(value: Any) -> Value | None:
        text = value.strip() if isinstance(value, str) else ""
        return None if text.startswith(PATTERN) and not is_pattern(text) else read(value)

    return sought


URI = Kind(_text(spelling.uri), _text(spelling.uri), "a URI")
EPC = Kind(_epc(spelling.epc), _text(spelling.uri), "an EPC, a class, or a valid pattern of EPCs")
CLASS = Kind(_epc(spelling.uri), _text(spelling.uri), "an EPC class, or a valid pattern of them")
# Any word: published events measure what GS1's own list has not, such as Molar_concentration.
MEASURED = Kind(
    _text(partial(spelling.word, MEASUREMENT)),
    _text(partial(spelling.word, MEASUREMENT)),
    "a measurement type",
)
TEXT = Kind(_text(str), _text(str), "text that is not empty")
HEX = Kind(_text(str.upper), _text(str.upper), "hexadecimal digits")
NUMBER = Kind(spelling.number, spelling.number, "a number")
BOOLEAN = Kind(spelling.boolean, spelling.boolean, "true or false")
INSTANT = Kind(
    _instant, _instant, "a date and time with zone, such as 2026-11-25T08:30:00.000+01:00"
)
ACTION = Kind(
    lambda value: value if isinstance(value, str) and value in ACTIONS else None,
    _text(str),
    "ADD, OBSERVE or DELETE",
)
# A QuantityEvent is an ObjectEvent to our readers: it may be asked for, and is never found.
EVENT_TYPE = Kind(
    lambda value: _known(value, spelling.event_type, EVENT_TYPES | {"QuantityEvent"}),
    _text(spelling.event_type),
    "one of " + ", ".join(sorted(EVENT_TYPES)) + ", or the URI of another type",
)
ANYTHING = Kind(_anything, _anything, "text that is not empty, a number, or true or false")
COMPARABLE = Kind(_comparable, _comparable, "a number, a date, or a date and time with zone")

KINDS: dict[str, Kind] = {
    "eventType": EVENT_TYPE,
    "action": ACTION,
    "bizStep": _word(BIZ_STEP),
    "disposition": _word(DISPOSITION),
    "set": _word(DISPOSITION),
    "unset": _word(DISPOSITION),
    "errorReason": _word(ERROR_REASON),
    "sensorType": MEASURED,
    **dict.fromkeys(
        (
            "eventID",
            "readPoint",
            "bizLocation",
            "transformationID",
            "bizTransaction",
            "source",
            "destination",
            "correctiveEventID",
            "deviceID",
            "dataProcessingMethod",
            "microorganism",
            "chemicalSubstance",
            "bizRules",
            "uriValue",
        ),
        URI,
    ),
    **dict.fromkeys(("epc", "parentID", "inputEPC", "outputEPC", "anyEPC"), EPC),
    **dict.fromkeys(("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass"), CLASS),
    **dict.fromkeys(
        ("eventTime", "recordTime", "errorDeclarationTime", "time", "startTime", "endTime"),
        INSTANT,
    ),
    **dict.fromkeys(
        (
            "quantity",
            "value",
            "minValue",
            "maxValue",
            "meanValue",
            "sDev",
            "percRank",
            "percValue",
        ),
        NUMBER,
    ),
    "stringValue": TEXT,
    "hexBinaryValue": HEX,
    "booleanValue": BOOLEAN,
}
"""By subject; an extension's kind follows from how it is compared."""
