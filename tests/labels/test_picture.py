"""Every part of a label has its place, and none lies on another."""

from datetime import date

import pytest

from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from chalicelib.labels.model import Carrier, Label, of_container, of_unit
from chalicelib.labels.picture import ADVANCE, BAR_HEIGHT, Picture, pictured
from chalicelib.labels.symbol import QUIET

UNIT = of_unit(Sgtin.of(Gtin("09506000134352"), "S" * 20), "L" * 20, date(2028, 12, 31))
LABELS = [
    UNIT,
    of_unit(Sgtin.of(Gtin("09506000134352"), "1"), None, None, Carrier.QR),
    of_container(Sscc("095210000000000018")),
    Label(Carrier.GS1_128, (("01", "09506000134352"), ("21", "S" * 20))),
]


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.carrier)
@pytest.mark.parametrize("module", [None, 0.25, 1.0])
def test_everything_is_on_the_label_and_the_quiet_zone_is_white(
    label: Label, module: float | None
) -> None:
    picture = pictured(label, module)
    quiet = QUIET[label.carrier] * picture.module

    for rect in picture.rects:
        assert rect.x >= 0
        assert rect.x + rect.width <= picture.width + 1e-6
        assert rect.y >= 0
        assert rect.y + rect.height <= picture.height + 1e-6
    for line in picture.lines:
        end = line.x + len(line.text) * line.size * ADVANCE
        assert line.x >= 0
        assert end <= picture.width + 1e-6
        assert line.size <= line.y <= picture.height
        assert not overlaps(picture, quiet, line.x, line.y - line.size, end, line.y)


def overlaps(
    picture: Picture, quiet: float, left: float, top: float, right: float, bottom: float
) -> bool:
    """Whether a box lies in the code or, beside a square one, in its quiet zone."""
    code = picture.code
    around = quiet if picture.label.carrier is not Carrier.GS1_128 else 0.0
    return (
        left < code.x + code.width + around and right > code.x - around
        and top < code.y + code.height and bottom > code.y
    )  # fmt: skip


def test_bars_of_a_logistic_label_are_as_high_as_gs1_asks_for() -> None:
    assert {rect.height for rect in pictured(LABELS[2]).rects} == {BAR_HEIGHT}
    assert BAR_HEIGHT >= 31.75
