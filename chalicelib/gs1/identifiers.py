"""Application identifiers: what an AI's value must look like, and what must stand beside it.

The table is GS1's own, whole (`ai_table`). An AI is compiled when first met, so importing this
costs nothing.

Source: GS1 Barcode Syntax Dictionary; GS1 General Specifications, sections 3 and 4.13.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from chalicelib.gs1.ai_table import ROWS, Row
from chalicelib.gs1.contents import CONTENTS, DAYS, Content
from chalicelib.gs1.keys import Elements
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import SET_82

CHARACTERS = {"N": "[0-9]", "X": SET_82, "Y": "[#\\-/0-9A-Z]", "Z": "[\\-0-9=A-Z_a-z]"}
_COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,[a-z0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One application identifier.

    Attributes:
        ai: two to four digits.
        predefined: its length is known from its first digits, so no separator follows.
        attribute: it may stand in the query of a Digital Link.
        pattern: of the whole value, one group per component.
        contents: tests of the components, by number of the group.
        shortest: in characters.
        longest: in characters.
        required: each item has alternatives, each of them AIs that must all be present.
        excluded: AIs that must not be present; `n` stands for any digit.
        qualifiers: None unless it is a Digital Link primary key; else the alternative sequences.
        title: GS1's data title, such as "BATCH/LOT".
        days: number of the first group that is a day, YYMMDD or YYYYMMDD; None where none is.
    """

    ai: str
    predefined: bool
    attribute: bool
    pattern: re.Pattern[str]
    contents: tuple[tuple[int, Content], ...]
    shortest: int
    longest: int
    required: tuple[tuple[tuple[str, ...], ...], ...]
    excluded: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None
    title: str
    days: int | None

    def check(self, value: str) -> None:
        """Refuse a value that this AI cannot have.

        Raises:
            Malformed: with code `length`, `character`, `check_digit`, `date` or `value`.
        """
        match = self.pattern.fullmatch(value)
        if match is None:
            raise self._shape_refused(value)
        for group, content in self.contents:
            part = match[group]
            if part is not None and not content.holds(part):
                raise refused(content.code, f"a value of AI ({self.ai})", part, content.expected)

    def day(self, value: str) -> str | None:
        """Return the digits of the day that a checked value has; None where it has none."""
        match = None if self.days is None else self.pattern.fullmatch(value)
        return None if match is None or self.days is None else match[self.days]

    def _shape_refused(self, value: str) -> Exception:
        what = f"a value of AI ({self.ai})"
        if self.shortest <= len(value) <= self.longest:
            return refused("character", what, value, "the characters and parts of its format")
        size = f"{self.shortest}"
        size += f" to {self.longest}" if self.longest > self.shortest else ""
        return refused("length", what, value, f"{size} characters, found {len(value)}")


def find(ai: str) -> Identifier | None:
    """Return the identifier of these digits, or None when GS1 has assigned none."""
    row = _rows().get(ai)
    return None if row is None else _compiled(ai, row)


def known(ai: str) -> Identifier:
    """Return the identifier of these digits.

    Raises:
        Malformed: with code `unknown_ai`.
    """
    identifier = find(ai)
    if identifier is None:
        expected = "one that GS1 has assigned"
        raise refused("unknown_ai", "an application identifier", ai, expected)
    return identifier


def starting(text: str, at: int) -> Identifier | None:
    """Return the identifier whose digits stand in `text` at a position; no two could."""
    rows = _rows()
    for size in (2, 3, 4):
        ai = text[at : at + size]
        if ai in rows:
            return _compiled(ai, rows[ai])
    return None


def check_association(elements: Elements) -> None:
    """Refuse element strings that may not, or may not alone, stand on one physical item.

    All carriers on the item count, so the caller gives everything that was read from it.

    Raises:
        Malformed: with code `requisite`: an AI twice with different values, a pair that excludes
            each other, a companion that is missing.
    """
    values: dict[str, str] = {}
    for ai, value in elements:
        if values.setdefault(ai, value) != value:
            raise refused("requisite", f"a second AI ({ai})", value, f"the first, {values[ai]!a}")
    for ai in values:
        identifier = known(ai)
        for pattern in identifier.excluded:
            if other := next((x for x in values if x != ai and _matches(x, pattern)), None):
                raise refused("requisite", f"allowed beside AI ({ai})", f"({other})", "only one")
        for alternatives in identifier.required:
            if not any(_present(group, values) for group in alternatives):
                expected = " or ".join("+".join(group) for group in alternatives)
                raise refused("requisite", "complete", f"({ai})", f"AI {expected} beside it")
    _check_signed_key(values)


def _check_signed_key(values: Mapping[str, str]) -> None:
    """A digital signature, AI (8030), needs the serial part of a key that has one."""
    for ai in ("253", "255", "8003"):
        if "8030" in values and ai in values and len(values[ai]) == known(ai).shortest:
            raise refused("requisite", f"signed by AI (8030) in ({ai})", values[ai], "a serial")


def _present(group: tuple[str, ...], ais: Iterable[str]) -> bool:
    return all(any(_matches(ai, pattern) for ai in ais) for pattern in group)


def _matches(ai: str, pattern: str) -> bool:
    if "n" not in pattern:
        return ai == pattern
    return len(ai) == len(pattern) and ai.startswith(pattern.rstrip("n"))


@cache
def _rows() -> dict[str, Row]:
    return {
        str(number).zfill(len(row[0])): row
        for row in ROWS
        for number in range(int(row[0]), int(row[1]) + 1)
    }


@cache
def _compiled(ai: str, row: Row) -> Identifier:
    _, _, predefined, attribute, specification, required, excluded, qualifiers, title = row
    pattern, closing, contents, shortest, longest = "", "", [], 0, 0
    days = None
    parts = _COMPONENT.findall(specification)
    for group, (optional, kind, upto, size, tests) in enumerate(parts, start=1):
        least = 1 if upto else int(size)
        pattern += ("(?:" if optional else "") + f"({CHARACTERS[kind]}{{{least},{size}}})"
        closing += ")?" if optional else ""
        shortest += 0 if optional else least
        longest += int(size)
        names = [*filter(None, tests.split(",")), *(["cset64"] if kind == "Z" else [])]
        contents += [(group, CONTENTS[name]) for name in names]
        if days is None and not DAYS.isdisjoint(names):
            days = group
    return Identifier(
        ai=ai,
        predefined=predefined,
        attribute=attribute,
        pattern=re.compile(pattern + closing),
        contents=tuple(contents),
        shortest=shortest,
        longest=longest,
        required=tuple(_sequences(item, ",", "+") for item in required),
        excluded=tuple(excluded.split(",")) if excluded else (),
        qualifiers=None if qualifiers is None else _sequences(qualifiers, "|", ","),
        title=title,
        days=days,
    )


def _sequences(text: str, outer: str, inner: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(filter(None, part.split(inner))) for part in text.split(outer))
