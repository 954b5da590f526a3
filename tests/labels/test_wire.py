"""What may be asked of a label."""

import pytest
from pydantic import ValidationError

from chalicelib.labels.model import Carrier
from chalicelib.labels.wire import FORMATS, SHEETS, BlockLabelsQuery, LabelBody, UnitLabelQuery


def test_what_is_not_asked_for_has_a_default() -> None:
    asked = UnitLabelQuery.model_validate({})

    assert (asked.format, asked.carrier, asked.module, asked.dpi, asked.domain) == (
        None, Carrier.DATAMATRIX, None, 300, "https://id.gs1.org",
    )  # fmt: skip
    assert set(SHEETS) < set(FORMATS)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "gif"}, {"carrier": "gs1-128"}, {"module": 0.1}, {"dpi": 72}, {"dpi": 9999},
        {"domain": "acme.example"}, {"domain": "https://a.example/?x=1"}, {"surprise": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        UnitLabelQuery.model_validate(changes)


def test_a_block_needs_a_lot_and_any_data_a_scan() -> None:
    assert BlockLabelsQuery.model_validate({"lot": "L1"}).limit == 1000
    with pytest.raises(ValidationError):
        BlockLabelsQuery.model_validate({})
    with pytest.raises(ValidationError):
        LabelBody.model_validate({"carrier": "qr"})
