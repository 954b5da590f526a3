"""Whatever is printed, another engine reads it, and by the right symbology identifier."""

import re
from datetime import date
from typing import Any

import pytest
import zplkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from chalicelib.gs1.scan import parse_scan
from chalicelib.labels import formats
from chalicelib.labels.model import Carrier, Label, of_container, of_unit
from chalicelib.labels.picture import Picture, pictured
from tests.labels.reading import painted, read

GTIN = Gtin("09506000134352")
PACK = of_unit(Sgtin.of(GTIN, "ABC123"), "L1", date(2028, 12, 31))
PHONE = of_unit(Sgtin.of(GTIN, "A/B%1"), "L1", date(2028, 12, 31), Carrier.QR)
PALLET = of_container(Sscc("095210000000000018"))
READS = [
    (PACK, ("]d2", "010950600013435221ABC123\x1d1728123110L1")),
    (PHONE, ("]Q1", "https://id.gs1.org/01/09506000134352/10/L1/21/A%2FB%251?17=281231")),
    (PALLET, ("]C1", "00095210000000000018")),
]
each_label = pytest.mark.parametrize(("label", "data"), READS, ids=["pack", "phone", "pallet"])

SET_82 = "".join(chr(n) for n in range(33, 123) if chr(n) not in "#$@[\\]^`")


@each_label
def test_a_png_is_read_at_every_resolution(label: Label, data: Any) -> None:
    for dpi in (203, 300, 600):
        assert read(formats.png(pictured(label), dpi)) == [data]


@each_label
def test_an_svg_is_read_and_shows_what_people_read(label: Label, data: Any) -> None:
    svg = formats.svg(pictured(label))

    assert read(painted(svg)) == [data]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert [text for text in texts if text != "SSCC"] == list(label.lines)


@each_label
@pytest.mark.parametrize("dpi", [203, 300])
def test_zpl_is_read_as_a_printer_prints_it(label: Label, data: Any, dpi: int) -> None:
    picture = pictured(label)
    text = formats.zpl([picture], dpi)

    (scene,) = scenes(text, picture, dpi)
    assert read(scene) == [data]
    assert text.count("^XA") == text.count("^XZ") == 1
    for line in label.lines:
        assert f"^FD{line}^FS" in text


def scenes(zpl: str, picture: Picture, dpi: int) -> list[Any]:
    """Return what a printer makes of ZPL."""
    width, height = (round(each / 25.4 * dpi) + 20 for each in (picture.width, picture.height))
    rendered = zplkit.render(zpl, zplkit.Options(width=width, height=height, dpi=dpi))
    assert all("Resident fonts" in warning for warning in rendered.warnings), rendered.warnings
    return [label.png() for label in rendered.labels]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    serial=st.text(SET_82, min_size=1, max_size=20), lot=st.text(SET_82, min_size=1, max_size=20)
)
def test_every_serial_and_lot_comes_back_through_a_scanner(serial: str, lot: str) -> None:
    unit = Sgtin.of(GTIN, serial)

    for carrier in (Carrier.DATAMATRIX, Carrier.QR):
        label = of_unit(unit, lot, date(2028, 12, 31), carrier)
        ((symbology, data),) = read(formats.png(pictured(label), 300))
        scan = parse_scan(symbology + data)
        assert (scan.sgtin, scan.lot) == (unit, lot)


def test_labels_of_many_packs_are_a_stream_for_the_printer_and_sheets_of_paper() -> None:
    pictures = [pictured(of_unit(Sgtin.of(GTIN, f"S{n:05}"), "L1", date(2028, 12, 31)))
                for n in range(100)]  # fmt: skip

    text = formats.zpl(pictures, 203)
    sheets = formats.pdf(pictures, "a4")

    assert text.count("^XA") == 100
    assert all(f"(21) S{n:05}" in text for n in range(100))
    assert sheets.startswith(b"%PDF-1.7")
    assert len(paper(sheets)) == 2


@each_label
def test_a_pdf_is_read_page_by_page(label: Label, data: Any) -> None:
    document = formats.pdf([pictured(label), pictured(label)])

    assert [read(page) for page in paper(document)] == [[data], [data]]


def test_every_code_on_a_sheet_is_read() -> None:
    serials = [f"S{n:03}" for n in range(60)]
    pictures = [pictured(of_unit(Sgtin.of(GTIN, serial), "L1", None)) for serial in serials]

    found = [data for page in paper(formats.pdf(pictures, "letter")) for _, data in read(page)]

    assert sorted(found) == [f"010950600013435221{serial}\x1d10L1" for serial in serials]


def paper(document: bytes) -> list[Image.Image]:
    """Return the pages of a PDF as pictures."""
    import pypdfium2

    return [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(document)]
