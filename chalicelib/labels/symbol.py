"""A label's code as dark rectangles, made by zint.

Zint checks what it encodes by rules of its own: what we took for valid and it does not is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalicelib.gs1.refusal import refused
from chalicelib.labels.model import Carrier, Label


class Rect(NamedTuple):
    """A dark rectangle: left upper corner and size, in modules or millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """A code without its quiet zone, measured in modules.

    Attributes:
        width: of the code.
        height: of the code; of a linear one whatever is convenient.
        quiet: how much stays white on each side.
        rects: what is dark.
    """

    width: float
    height: float
    quiet: float
    rects: Sequence[Rect]


QUIET = {Carrier.DATAMATRIX: 1, Carrier.QR: 4, Carrier.GS1_128: 10}
"""Modules on each side (GS1 General Specifications, 5.4.4.2, 5.6.3.2; ISO/IEC 18004, 6.3.8)."""

_SCALE = 2
"""Zint's vectors count half modules."""


def encoded(label: Label) -> Symbol:
    """Encode a label.

    Raises:
        Malformed: with code `label`: zint refuses the data.
    """
    import zint  # noqa: PLC0415 - for who prints (cold start)

    symbol: Any = zint.Symbol()
    symbol.warn_level = zint.WarningLevel.FAIL_ALL
    symbol.show_hrt = False
    if label.carrier is Carrier.QR:
        symbol.symbology, data = zint.Symbology.QRCODE, label.uri
    else:
        symbol.input_mode = zint.InputMode.GS1
        # Zint's own brackets: unlike parentheses they cannot be part of a value.
        data = "".join(f"[{ai}]{value}" for ai, value in label.elements)
        if label.carrier is Carrier.DATAMATRIX:
            symbol.symbology = zint.Symbology.DATAMATRIX
            symbol.option_3 = zint.DataMatrixOptions.SQUARE
        else:
            symbol.symbology = zint.Symbology.GS1_128
    try:
        symbol.encode(data)
        symbol.buffer_vector()
    except (RuntimeError, ValueError) as error:
        raise refused("label", "a label", data, f"data that fit: {error}") from error
    rects = [
        Rect(each.x / _SCALE, each.y / _SCALE, each.width / _SCALE, each.height / _SCALE)
        for each in symbol.vector.rectangles
    ]
    width = max(each.x + each.width for each in rects)
    height = max(each.y + each.height for each in rects)
    return Symbol(width, height, QUIET[label.carrier], rects)
