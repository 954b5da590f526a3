"""Codes are made by zint, which checks them once more."""

import pytest

from chalicelib.errors import Malformed
from chalicelib.labels import symbol
from chalicelib.labels.model import Carrier, Label

DATA = (("01", "09506000134352"), ("21", "A1"))


@pytest.mark.parametrize(
    ("carrier", "quiet"), [(Carrier.DATAMATRIX, 1), (Carrier.QR, 4), (Carrier.GS1_128, 10)]
)
def test_a_code_is_rectangles_inside_its_size(carrier: Carrier, quiet: int) -> None:
    code = symbol.encoded(Label(carrier, DATA))

    assert code.quiet == quiet
    assert all(r.x >= 0 and r.x + r.width <= code.width for r in code.rects)
    assert all(r.y >= 0 and r.y + r.height <= code.height for r in code.rects)
    assert all(float(r.width).is_integer() for r in code.rects)


def test_what_zint_refuses_is_refused() -> None:
    label = Label(Carrier.DATAMATRIX, DATA)
    # Our own checks would never let it come so far.
    object.__setattr__(label, "elements", (("01", "09506000134353"), ("21", "A1")))

    with pytest.raises(Malformed) as refused:
        symbol.encoded(label)

    assert refused.value.errors[0].code == "label"
