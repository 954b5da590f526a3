"""Only valid data come onto a label."""

from datetime import date

import pytest

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from chalicelib.labels.model import Carrier, Label, of_container, of_unit

UNIT = Sgtin.of(Gtin("09506000134352"), "A1(B")


def test_a_pack_shows_gtin_serial_expiry_and_lot_in_this_order() -> None:
    label = of_unit(UNIT, "L/1", date(2028, 12, 31))

    assert label.lines == ["(01) 09506000134352", "(21) A1(B", "(17) 281231", "(10) L/1"]
    assert label.uri == "https://id.gs1.org/01/09506000134352/10/L%2F1/21/A1%28B?17=281231"
    assert of_unit(UNIT, None, None).lines == label.lines[:2]


def test_a_container_shows_its_sscc() -> None:
    label = of_container(Sscc("095210000000000018"))

    assert (label.carrier, label.title, label.lines) == (
        Carrier.GS1_128, "SSCC", ["(00) 095210000000000018"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("carrier", "elements", "code"),
    [
        (Carrier.DATAMATRIX, (("01", "09506000134353"),), "check_digit"),
        (Carrier.DATAMATRIX, (("01", "09506000134352"), ("17", "281399")), "date"),
        (Carrier.DATAMATRIX, (("21", "S"),), "requisite"),
        (Carrier.DATAMATRIX, (("01", "09506000134352"), ("21", "ö")), "character"),
        (Carrier.DATAMATRIX, (("05", "1"),), "unknown_ai"),
        (Carrier.QR, (("99", "X"),), "kind"),
        (Carrier.GS1_128, (("01", "09506000134352"), ("10", "L" * 20), ("21", "S" * 20)), "length"),
    ],
)
def test_what_no_scanner_could_make_sense_of_is_refused(
    carrier: Carrier, elements: tuple[tuple[str, str], ...], code: str
) -> None:
    with pytest.raises(Malformed, match="expected") as refused:
        Label(carrier, elements)

    assert refused.value.errors[0].code == code
