"""Where everything is on a label, in millimetres; every format draws the same picture.

Source: GS1 General Specifications, 4.14 (HRI), 5.12.3 (sizes of symbols).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.labels.model import Carrier, Label
from chalicelib.labels.symbol import Rect, Symbol, encoded

MODULE = {Carrier.DATAMATRIX: 0.4, Carrier.QR: 0.5, Carrier.GS1_128: 0.5}
"""Width of a module in millimetres where none is asked for: within GS1's sizes for health care."""

BAR_HEIGHT = 32.0
"""Of a GS1-128 on a logistic unit; at least 31.75 mm (GS1 General Specifications, 5.12.3.5)."""

TEXT = 2.4
"""Height of the letters of a pack's label, in millimetres."""

LARGE_TEXT = 4.0
"""Height of the letters of a logistic label, in millimetres."""

ADVANCE = 0.6
"""Width of a letter by its height, in the typewriter faces that we ask for."""

_LEADING = 1.3
_GAP = 1.0


class Line(NamedTuple):
    """A line of text: left end of its base line, and height of the letters, in millimetres."""

    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A label as it is drawn.

    Attributes:
        label: what it shows.
        module: width of a module, in millimetres.
        width: in millimetres.
        height: in millimetres.
        code: where the code begins and how large it is, without its quiet zone.
        rects: what is dark.
        lines: of text.
    """

    label: Label
    module: float
    width: float
    height: float
    code: Rect
    rects: Sequence[Rect]
    lines: Sequence[Line]


def pictured(label: Label, module: float | None = None) -> Picture:
    """Lay a label out.

    Args:
        label: to be drawn.
        module: width of a module, in millimetres.

    Raises:
        Malformed: the data cannot be encoded.
    """
    symbol = encoded(label)
    size = module or MODULE[label.carrier]
    return (_linear if label.carrier is Carrier.GS1_128 else _matrix)(label, symbol, size)


def _matrix(label: Label, symbol: Symbol, size: float) -> Picture:
    """A square code with the text to its right."""
    quiet, width, height = symbol.quiet * size, symbol.width * size, symbol.height * size
    step = TEXT * _LEADING
    left, total = 2 * quiet + width + _GAP, max(2 * quiet + height, len(label.lines) * step + _GAP)
    top = (total - len(label.lines) * step) / 2
    lines = [
        Line(left, top + step * number + TEXT, TEXT, text)
        for number, text in enumerate(label.lines)
    ]
    widest = max(len(text) for text in label.lines) * TEXT * ADVANCE
    code = Rect(quiet, (total - height) / 2, width, height)
    dark = [
        Rect(code.x + r.x * size, code.y + r.y * size, r.width * size, r.height * size)
        for r in symbol.rects
    ]
    return Picture(label, size, left + widest + _GAP, total, code, dark, lines)


def _linear(label: Label, symbol: Symbol, size: float) -> Picture:
    """Bars of a fixed height with the text below, and the title above."""
    quiet, width = symbol.quiet * size, symbol.width * size
    step = LARGE_TEXT * _LEADING
    top = step + _GAP if label.title else _GAP
    total = 2 * quiet + width
    code = Rect(quiet, top, width, BAR_HEIGHT)
    dark = [Rect(quiet + r.x * size, top, r.width * size, BAR_HEIGHT) for r in symbol.rects]
    lines = [Line(quiet, LARGE_TEXT, LARGE_TEXT, label.title)] if label.title else []
    text = " ".join(label.lines)
    letters = min(LARGE_TEXT, total / (len(text) * ADVANCE))
    start = max((total - len(text) * letters * ADVANCE) / 2, 0.0)
    lines.append(Line(start, top + BAR_HEIGHT + step, letters, text))
    return Picture(label, size, total, top + BAR_HEIGHT + step + _GAP, code, dark, lines)
