"""Reading labels back, by an engine that has nothing to do with the one that draws them."""

from io import BytesIO
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

Read = tuple[str, str]
"""Symbology identifier and data, as a scanner sends them."""


def read(picture: bytes | Any) -> list[Read]:
    """Return every code in a picture."""
    image = Image.open(BytesIO(picture)) if isinstance(picture, bytes) else picture
    grey = np.array(image.convert("L"))
    # As on a wall: a scanner wants something white around what it reads.
    grey = np.pad(grey, 40, constant_values=255)
    return [
        (code.symbology_identifier, code.bytes.decode()) for code in zxingcpp.read_barcodes(grey)
    ]


def painted(svg: str, dots: float = 12) -> Any:
    """Return what an SVG of ours looks like: its rectangles, painted."""
    import re

    (width, height) = map(float, re.findall(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', svg)[0])
    grey = np.full((round(height * dots), round(width * dots)), 255, dtype=np.uint8)
    number = r"([0-9.]+(?:e-[0-9]+)?)"
    for found in re.findall(rf"M{number} {number}h{number}v{number}h-{number}z", svg):
        x, y, wide, high = (float(each) * dots for each in found[:4])
        grey[round(y) : round(y + high), round(x) : round(x + wide)] = 0
    return Image.fromarray(grey)
