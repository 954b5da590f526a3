from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.scans.wire import MOST_SCANS, Scans

SCAN = "]d2010950600013435221S1"


def _read(body: dict[str, Any]) -> Scans:
    return Scans.model_validate(body)


def test_one_scan_is_one() -> None:
    (one,) = _read({"scan": SCAN}).each()

    assert (one.scan, one.symbology, one.profile) == (SCAN, None, None)


def test_a_text_and_an_object_may_stand_side_by_side() -> None:
    body = {"scans": [SCAN, {"scan": "x", "symbology": "]d2", "profile": {"prefix": "A"}}]}
    first, second = _read(body).each()

    assert (first.scan, first.symbology) == (SCAN, None)
    assert (second.scan, second.symbology) == ("x", "]d2")
    assert second.profile is not None
    assert second.profile.prefix == "A"


def test_what_is_said_beside_the_scans_is_said_of_all_that_do_not_say_it() -> None:
    body = {
        "scans": ["a", {"scan": "b", "symbology": "]C1"}],
        "symbology": "]d2",
        "profile": {"layout": "de"},
    }
    first, second = _read(body).each()

    assert (first.symbology, second.symbology) == ("]d2", "]C1")
    assert first.profile is second.profile is not None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scan": SCAN, "scans": [SCAN]},
        {"scans": []},
        {"scans": [SCAN] * (MOST_SCANS + 1)},
        {"scan": None},
        {"scan": 5},
        {"scans": [{"scan": SCAN, "colour": "red"}]},
        {"scans": [{}]},
        {"scan": SCAN, "symbology": "]d22"},
    ],
)
def test_what_is_no_body_of_scans_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _read(body)


def test_a_scan_of_any_length_is_judged_on_its_own() -> None:
    assert [one.scan for one in _read({"scans": ["", "x" * 9000]}).each()] == ["", "x" * 9000]
