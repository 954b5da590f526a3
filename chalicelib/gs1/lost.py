r"""Element strings whose separators were lost on the way: every reading that there is.

Without its separator, a value of variable length could end before anything that looks like an AI.
Reading goes backwards: first which positions lead to the end at all, then every way through those.
Work is bounded, and who must know whether a reading is the only one is told when the bound was hit.
"""

from collections.abc import Collection

from chalicelib.errors import Malformed
from chalicelib.gs1.identifiers import Identifier, check_association, starting
from chalicelib.gs1.keys import Elements

LONGEST = 160
"""Characters of a text that is tried; symbols on packs and labels have far fewer."""

MOST_STEPS = 1000
"""Elements looked at in one text."""

MOST_READINGS = 20
"""Readings told apart in one text; so many are as good as any number."""

_Step = tuple[str, str, int]
"""An AI, its value, and the position behind it."""


class TooMany(Exception):
    """There are more ways to read a text than are worth counting."""


def readings(text: str, among: Collection[str] | None = None) -> list[Elements]:
    r"""Return every way to read the data of a GS1 symbol that has no separators.

    >>> readings("0109506000134352101234567890123456721AB")
    [(('01', '09506000134352'), ('10', '12345678901234567'), ('21', 'AB'))]

    Args:
        text: without symbology identifier.
        among: the AIs that it may have; any when not said.

    Returns:
        Each AI once; every value and their company checked.

    Raises:
        TooMany: more than can be told apart within the bounds.
    """
    if len(text) > LONGEST:
        return []
    steps = _steps(text, among)
    found: list[Elements] = []
    todo: list[tuple[int, Elements]] = [(0, ())]
    taken = 0
    while todo:
        at, elements = todo.pop()
        if at == len(text):
            if _together(elements):
                found.append(elements)
            continue
        seen = {ai for ai, _ in elements}
        for ai, value, behind in steps.get(at, ()):
            taken += 1
            if ai not in seen:
                todo.append((behind, (*elements, (ai, value))))
        if taken > MOST_STEPS or len(found) > MOST_READINGS:
            raise TooMany
    return found


def _steps(text: str, among: Collection[str] | None) -> dict[int, list[_Step]]:
    """Return what can be read at each position from which the end can be reached."""
    steps: dict[int, list[_Step]] = {}
    for at in range(len(text) - 1, -1, -1):
        identifier = starting(text, at)
        if identifier is None or (among is not None and identifier.ai not in among):
            continue
        if found := _values(text, at + len(identifier.ai), identifier, steps):
            steps[at] = found
    return steps


def _values(
    text: str, start: int, identifier: Identifier, steps: dict[int, list[_Step]]
) -> list[_Step]:
    """Return the values of one AI behind which reading can go on."""
    last = min(len(text), start + identifier.longest)
    plain = not identifier.contents and identifier.pattern.groups == 1
    if plain:  # whatever is shorter than the longest match is a value as well
        match = identifier.pattern.match(text, start, last)
        last = match.end() if match else 0
    return [
        (identifier.ai, text[start:end], end)
        for end in range(start + identifier.shortest, last + 1)
        if (end == len(text) or end in steps) and (plain or _fits(identifier, text[start:end]))
    ]


def _fits(identifier: Identifier, value: str) -> bool:
    try:
        identifier.check(value)
    except Malformed:
        return False
    return True


def _together(elements: Elements) -> bool:
    try:
        check_association(elements)
    except Malformed:
        return False
    return True
