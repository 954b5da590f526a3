"""JSON's values as XML spells them, escaped.

What XML cannot carry at all, such as control characters, is refused as Malformed.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from chalicelib.epcis.faults import described
from chalicelib.errors import Malformed
from chalicelib.gs1.refusal import shown

# XML 1.0, section 2.2: neither control characters nor halves of surrogate pairs.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKED = re.compile("[&<>\r]").search
_MARKED_IN_ATTRIBUTE = re.compile('[&<>"\t\n\r]').search
_PLACES = 64  # before or after the point of a decimal


def text(value: Any, pointer: str) -> str:
    """Return a value as the text of an element, escaped.

    Raises:
        Malformed: it has characters that no XML may have, or it is no single value.
    """
    found = scalar(value, pointer)
    if _MARKED(found):
        found = found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        found = found.replace("\r", "&#13;")
    return found


def attribute(value: Any, pointer: str) -> str:
    """Return a value as an attribute's, escaped but without its quotes; raises as `text`."""
    found = text(value, pointer)
    if _MARKED_IN_ATTRIBUTE(found):
        found = found.replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
    return found


def scalar(value: Any, pointer: str) -> str:
    """Return a text, number or truth value as XML Schema spells it, not yet escaped.

    Raises:
        Malformed: it is none of these, or XML has no way to say it.
    """
    if isinstance(value, str):
        if _UNFIT.search(value):
            message = f"found {shown(value)}, expected characters that XML can carry"
            raise Malformed.field(pointer, "xml_characters", message)
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and isfinite(value):
        return repr(value)
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, int) and value.bit_length() < 4096:
        return str(value)
    message = f"found {described(value)}, expected a text, a finite number, true or false"
    raise Malformed.field(pointer, "type", message)


def items(name: str, values: list[Any], pointer: str) -> str:
    """Return one element per text, fast."""
    start, end = f"<{name}>", f"</{name}>"
    if not values:
        return ""
    if all(isinstance(each, str) for each in values):
        joined = "\n".join(values)
        if not _MARKED(joined) and not _UNFIT.search(joined):
            return start + f"{end}{start}".join(values) + end
    return "".join(f"{start}{text(each, f'{pointer}/{at}')}{end}" for at, each in enumerate(values))


def decimal(value: Any, pointer: str) -> str:
    """Return a number as xsd:decimal has it, without an exponent; other values as `scalar`.

    Raises:
        Malformed: it has more places than any quantity; and as `scalar`.
    """
    if not isinstance(value, float | Decimal):
        return scalar(value, pointer)
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    if exact.is_finite() and abs(exact.adjusted()) <= _PLACES and len(str(exact)) <= 3 * _PLACES:
        return format(exact, "f")
    message = f"found {described(value)}, expected a number of at most {_PLACES} places"
    raise Malformed.field(pointer, "number", message)


def as_list(value: Any, pointer: str) -> list[Any]:
    """Return a value that must be a list; Malformed when it is none."""
    if isinstance(value, list):
        return value
    raise Malformed.field(pointer, "type", f"found {described(value)}, expected a list")


def as_object(value: Any, pointer: str) -> Mapping[str, Any]:
    """Return a value that must be an object; Malformed when it is none."""
    if isinstance(value, Mapping):
        return value
    raise Malformed.field(pointer, "type", f"found {described(value)}, expected an object")
