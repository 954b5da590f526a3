"""The faults of one event, as they are found: all of them, but a bounded number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.errors import FieldError
from chalicelib.gs1.refusal import LONGEST_SHOWN, shown

MOST_FAULTS = 100
"""So many faults of one event are told; who sends more has a fault of principle."""

_SHOWN_BITS = 128


@dataclass(slots=True)
class Faults:
    """The faults of one event so far.

    Attributes:
        prefixes: those that its own context binds.
        found: in the order of discovery, at most `MOST_FAULTS`.
    """

    prefixes: Collection[str] = ()
    found: list[FieldError] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Return whether no more faults are told."""
        return len(self.found) >= MOST_FAULTS

    def add(self, pointer: str, code: str, found: str, expected: str) -> None:
        """Note a fault."""
        if not self.full:
            self.found.append(FieldError(pointer, code, f"found {found}, expected {expected}"))


def step(key: str | int) -> str:
    """Return one step of a JSON pointer (RFC 6901)."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def described(value: object) -> str:
    """Return what a value is, for people, in few characters."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _SHOWN_BITS else "a very large number"
    if isinstance(value, float | Decimal):
        return str(value)[:LONGEST_SHOWN]
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
