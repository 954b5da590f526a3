import pytest
from pydantic import ValidationError

from chalicelib.errors import Malformed
from chalicelib.gs1.scan import Remark
from chalicelib.gs1.scanners import Profile
from chalicelib.http.scanning import ProfileBody, remarks, scanned

GTIN = "0109506000134352"


def test_a_profile_says_nothing_unless_told() -> None:
    assert ProfileBody().profile() == Profile()


def test_a_profile_says_what_it_is_told() -> None:
    body = ProfileBody.model_validate(
        {
            "separator": "",
            "prefix": "A",
            "suffix": "B",
            "layout": "de",
            "capsLock": True,
            "carries": ["01", "8003"],
        }
    )

    assert body.profile() == Profile("", "A", "B", "de", True, frozenset({"01", "8003"}))


@pytest.mark.parametrize(
    "body",
    [
        {"separator": "x" * 17},
        {"prefix": "x" * 17},
        {"suffix": "x" * 17},
        {"layout": "it"},
        {"carries": ["1"]},
        {"carries": ["01"] * 21},
        {"colour": "red"},
    ],
)
def test_a_profile_has_bounds(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProfileBody.model_validate(body)


def test_a_scan_is_read_with_all_that_is_known_of_it() -> None:
    scan = scanned(f"{GTIN}10A%21S", "]d2", ProfileBody(separator="%"))

    assert (scan.lot, scan.serial, scan.symbology) == ("A", "S", "]d2")
    with pytest.raises(Malformed):
        scanned(f"{GTIN}10A%21S", "]zz", None)


def test_remarks_are_answered_as_they_are() -> None:
    (answer,) = remarks((Remark("prefix", "found A"),))

    assert (answer.code, answer.message) == ("prefix", "found A")
