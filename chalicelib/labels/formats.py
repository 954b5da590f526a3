"""Pictures as SVG, PNG, PDF and ZPL."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from io import BytesIO
from typing import Any

from chalicelib.gs1.elements import GS, render_bracketed, render_raw
from chalicelib.labels.model import Carrier
from chalicelib.labels.picture import Line, Picture

SVG = "image/svg+xml"
PNG = "image/png"
PDF = "application/pdf"
ZPL = "application/zpl"

PAGES = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Sheets, in millimetres."""

_MARGIN = 10.0
_INCH = 25.4
_POINT = _INCH / 72


def svg(picture: Picture) -> str:
    """Return a label as SVG, measured in millimetres."""
    dark = "".join(
        f"M{r.x:.7g} {r.y:.7g}h{r.width:.5g}v{r.height:.5g}h-{r.width:.5g}z" for r in picture.rects
    )
    texts = "".join(
        f'<text x="{line.x:g}" y="{line.y:g}" font-size="{line.size:g}">{escape(line.text)}</text>'
        for line in picture.lines
    )
    size = f"{picture.width:.3f} {picture.height:.3f}".split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}mm" height="{size[1]}mm" '
        f'viewBox="0 0 {size[0]} {size[1]}" font-family="monospace" xml:space="preserve">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{dark}"/>{texts}</svg>'
    )


def png(picture: Picture, dpi: int) -> bytes:
    """Return a label as PNG; a module is a whole number of dots, so that its edges are sharp.

    Args:
        picture: to be drawn.
        dpi: dots per inch at which it will be printed.
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - for who prints (cold start)

    dots = max(1, round(picture.module * dpi / _INCH))
    scale = dots / picture.module
    image = Image.new("1", (round(picture.width * scale), round(picture.height * scale)), 1)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    # The code lies on whole dots as well, whatever is beside it.
    left, top = (round(each * scale) for each in (picture.code.x, picture.code.y))
    for rect in picture.rects:
        x, y = left + (rect.x - picture.code.x) * scale, top + (rect.y - picture.code.y) * scale
        box = (x, y, x + rect.width * scale - 1, y + rect.height * scale - 1)
        draw.rectangle([round(each) for each in box], fill=0)
    for line in picture.lines:
        font = ImageFont.load_default(line.size * scale * 0.9)
        draw.text((line.x * scale, line.y * scale), line.text, fill=0, font=font, anchor="ls")
    out = BytesIO()
    image.save(out, "PNG", dpi=(scale * _INCH, scale * _INCH), optimize=True)
    return out.getvalue()


def pdf(pictures: Sequence[Picture], page: str | None = None) -> bytes:
    """Return labels as PDF: each on a page of its own size, or as many as fit on sheets.

    Args:
        pictures: at least one; on sheets all in cells of the largest one's size.
        page: one of `PAGES`; None for pages of the labels' own sizes.
    """
    import pydyf  # noqa: PLC0415 - for who prints (cold start)

    document = pydyf.PDF()
    font = pydyf.Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type1",
            "BaseFont": "/Courier",
            "Encoding": "/WinAnsiEncoding",
        }
    )
    document.add_object(font)
    for (width, height), placed in _sheets(pictures, page):
        content = pydyf.Stream(compress=True)
        for picture, x, y in placed:
            _draw(content, picture, x, height - y)
        document.add_object(content)
        document.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": document.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, _points(width), _points(height)]),
                    "Contents": content.reference,
                    "Resources": pydyf.Dictionary(
                        {"Font": pydyf.Dictionary({"F": font.reference})}
                    ),
                }
            )
        )
    out = BytesIO()
    document.write(out)
    return out.getvalue()


def _sheets(
    pictures: Sequence[Picture], page: str | None
) -> Iterator[tuple[tuple[float, float], list[tuple[Picture, float, float]]]]:
    """Yield the size of each page and what is where on it."""
    if page is None:
        for picture in pictures:
            yield (picture.width, picture.height), [(picture, 0.0, 0.0)]
        return
    width, height = PAGES[page]
    across = max(picture.width for picture in pictures) + 2
    down = max(picture.height for picture in pictures) + 2
    columns = max(1, int((width - 2 * _MARGIN) // across))
    rows = max(1, int((height - 2 * _MARGIN) // down))
    for start in range(0, len(pictures), columns * rows):
        some = pictures[start : start + columns * rows]
        yield (
            (width, height),
            [
                (picture, _MARGIN + number % columns * across, _MARGIN + number // columns * down)
                for number, picture in enumerate(some)
            ],
        )


def _draw(content: Any, picture: Picture, x: float, top: float) -> None:
    """Draw a label whose left upper corner is at `x`, `top`; PDF counts from below."""
    for rect in picture.rects:
        below = top - rect.y - rect.height
        content.rectangle(*(_points(each) for each in (x + rect.x, below, rect.width, rect.height)))
    content.fill()
    for line in picture.lines:
        content.begin_text()
        content.set_font_size("F", _points(line.size))
        content.set_text_matrix(1, 0, 0, 1, _points(x + line.x), _points(top - line.y))
        content.show_text_string(line.text)
        content.end_text()


def _points(millimetres: float) -> float:
    return round(millimetres / _POINT, 3)


_ESCAPE = "|"
"""Not in GS1's character sets, so no value has it."""


def zpl(pictures: Iterable[Picture], dpi: int) -> str:
    """Return labels as ZPL II, one format each; the printer makes the codes.

    Args:
        pictures: to be printed.
        dpi: of the printer.
    """
    dots = round(dpi / _INCH)  # printers count 8, 12 or 24 dots in a millimetre
    return "".join(_format(picture, dots) for picture in pictures)


def _format(picture: Picture, dots: int) -> str:
    def at(x: float, y: float) -> str:
        return f"^FO{round(x * dots)},{round(y * dots)}"

    module = max(1, round(picture.module * dots))
    size = f"^PW{round(picture.width * dots)}^LL{round(picture.height * dots)}"
    code = at(picture.code.x, picture.code.y) + _code(picture, module, dots)
    return f"^XA^CI28{size}{code}{''.join(_text(line, dots) for line in picture.lines)}^XZ\n"


def _code(picture: Picture, module: int, dots: int) -> str:
    label = picture.label
    match label.carrier:
        case Carrier.DATAMATRIX:
            data = render_raw(label.elements).replace(GS, f"{_ESCAPE}1")
            return f"^BXN,{module},200,,,,{_ESCAPE}^FD{_ESCAPE}1{data}^FS"
        case Carrier.QR:
            return f"^BQN,2,{module}^FDMA,{label.uri}^FS"
        case Carrier.GS1_128:
            height = round(picture.code.height * dots)
            return f"^BY{module}^BCN,{height},N,N,N,D^FD{render_bracketed(label.elements)}^FS"


def _text(line: Line, dots: int) -> str:
    height = round(line.size * dots)
    top = round((line.y - line.size) * dots)
    return f"^FO{round(line.x * dots)},{top}^A0N,{height},{round(height * 0.9)}^FD{line.text}^FS"
