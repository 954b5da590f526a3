"""What a benchmark found, against what it should find."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

_WIDTHS = (58, 16, 20)


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be.

    Attributes:
        value: the figure.
        at_most: whether smaller is better.
    """

    value: float
    at_most: bool = True

    def met(self, found: float) -> bool:
        """Return whether a figure reaches it."""
        return found <= self.value if self.at_most else found >= self.value


def at_most(value: float) -> Target:
    """Return a target that smaller figures reach."""
    return Target(value)


def at_least(value: float) -> Target:
    """Return a target that larger figures reach."""
    return Target(value, at_most=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        what: is measured, in words.
        found: the figure.
        unit: of the figure and of its target.
        target: what it should be; None where it is only told, as for a peer.
    """

    what: str
    found: float
    unit: str
    target: Target | None = None

    @property
    def met(self) -> bool:
        """Whether the target is reached; figures without one always are."""
        return self.target is None or self.target.met(self.found)


def as_text(title: str, rows: Iterable[Row]) -> str:
    """Return a table for the terminal."""
    lines = [f"\n{title}"]
    for row in rows:
        wanted = ""
        if row.target:
            sign = "≤" if row.target.at_most else "≥"
            wanted = f"{sign} {_number(row.target.value)} {'✓' if row.met else '✗ MISSED'}"
        what, found, target = _WIDTHS
        figure = f"{_number(row.found)} {row.unit}"
        lines.append(f"  {row.what:<{what}} {figure:>{found + 12}}   {wanted:<{target}}".rstrip())
    return "\n".join(lines)


def as_json(results: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Return all figures for machines."""
    return json.dumps(
        {name: [asdict(row) | {"met": row.met} for row in rows] for name, rows in results},
        indent=1,
    )


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
