from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.scans.answers import read
from chalicelib.scans.wire import ScanAnswer, ScanBody
from tests.gs1.strategies import elements, hostile

GTIN = "09506000134352"
PACK = f"]d201{GTIN}1728020010A/1\x1d21S1"


def _answer(scan: str) -> ScanAnswer:
    return read(ScanBody(scan=scan), 2026)


def test_a_pack_says_all_that_is_on_it() -> None:
    answer = _answer(PACK)

    assert answer.valid
    assert [(each.ai, each.title, each.value, each.date) for each in answer.elements] == [
        ("01", "GTIN", GTIN, None),
        ("17", "USE BY or EXPIRY", "280200", date(2028, 2, 29)),
        ("10", "BATCH/LOT", "A/1", None),
        ("21", "SERIAL", "S1", None),
    ]
    assert answer.keys == {
        "gtin": GTIN,
        "lot": "A/1",
        "serial": "S1",
        "expiry": "2028-02-29",
        "epcUrn": "urn:epc:id:sgtin:95060001343.05.S1",
    }
    assert answer.digital_link == f"https://id.gs1.org/01/{GTIN}/10/A%2F1/21/S1?17=280200"
    assert (answer.warnings, answer.errors) == ([], [])


@pytest.mark.parametrize(
    ("scan", "keys"),
    [
        (
            "(00)106141412345678908(02)09506000134352(37)5",
            {
                "sscc": "106141412345678908",
                "contentGtin": GTIN,
                "epcUrn": "urn:epc:id:sscc:0614141.1234567890",
            },
        ),
        (
            "urn:epc:id:sgln:4012345.00005.122",
            {
                "gln": "4012345000054",
                "glnExtension": "122",
                "epcUrn": "urn:epc:id:sgln:4012345.00005.122",
            },
        ),
        ("(417)4012345000054", {"gln": "4012345000054", "epcUrn": "urn:epc:id:pgln:4012345.00005"}),
        (
            f"(01){GTIN}(10)L1",
            {"gtin": GTIN, "lot": "L1", "epcUrn": "urn:epc:class:lgtin:95060001343.05.L1"},
        ),
        (f"(01){GTIN}", {"gtin": GTIN, "epcUrn": "urn:epc:idpat:sgtin:95060001343.05.*"}),
        (
            f"(01){GTIN}(235)TPX",
            {"gtin": GTIN, "tpx": "TPX", "epcUrn": "urn:epc:id:upui:95060001343.05.TPX"},
        ),
        (
            "(8010)4012345AB(8011)12",
            {"cpid": "4012345AB", "cpidSerial": "12", "epcUrn": "urn:epc:id:cpi:4012345.AB.12"},
        ),
        ("(01)99999999999997", {"gtin": "99999999999997"}),
    ],
)
def test_keys_are_told_by_name(scan: str, keys: dict[str, str]) -> None:
    assert _answer(scan).keys == keys


def test_an_attribute_of_a_link_is_told_and_names_no_thing() -> None:
    answer = _answer("https://a.example/00/106141412345678908?02=09506000134352&37=5")

    assert answer.keys["epcUrn"] == "urn:epc:id:sscc:0614141.1234567890"
    assert answer.digital_link is not None
    assert answer.digital_link.startswith("https://id.gs1.org/00/106141412345678908?")


def test_a_pharmacy_number_is_told_as_it_was_spelt() -> None:
    answer = _answer("]d1[)>\x1e06\x1d9N110375286414\x1d1TA1\x1dD280200\x1dSS1\x1e\x04")

    assert [(each.ai, each.title) for each in answer.elements] == [
        ("9N", "PPN"),
        ("1T", "BATCH/LOT"),
        ("D", "USE BY or EXPIRY"),
        ("S", "SERIAL"),
    ]
    assert answer.elements[2].date == date(2028, 2, 29)
    assert answer.keys["ppn"] == "110375286414"
    assert answer.keys["gtin"] == "04150037528643"
    assert answer.digital_link == "https://id.gs1.org/01/04150037528643/10/A1/21/S1?17=280200"


def test_a_pharmacy_number_without_a_gtin_makes_no_link() -> None:
    answer = _answer("[)>\x1e06\x1d9N13ABC79\x1dSS1\x1e\x04")

    assert answer.valid
    assert answer.keys == {"ppn": "13ABC79", "serial": "S1"}
    assert answer.digital_link is None


def test_days_of_eight_digits_are_told_too() -> None:
    answer = _answer("(8018)401234500000067657(7250)19991231")

    assert answer.elements[1].date == date(1999, 12, 31)


def test_what_has_no_place_in_a_link_makes_none() -> None:
    answer = _answer(f"(01){GTIN}(8200)http://a.example")

    assert answer.valid
    assert answer.digital_link is None


def test_what_was_put_right_is_warned_of() -> None:
    answer = _answer(f"01{GTIN}10A|21S")

    assert answer.valid
    assert [each.code for each in answer.warnings] == ["separator"]
    assert "found '|'" in answer.warnings[0].message


def test_what_cannot_be_read_says_why_and_nothing_else() -> None:
    answer = _answer(f"]d101{GTIN}21S1")

    assert not answer.valid
    assert (answer.elements, answer.keys, answer.digital_link, answer.warnings) == (
        [],
        {},
        None,
        [],
    )
    (error,) = answer.errors
    assert error.code == "symbology"
    assert "expected" in error.message


@given(hostile)
def test_anything_is_answered(scan: str) -> None:
    answer = _answer(scan)

    assert answer.valid != bool(answer.errors)
    assert answer.valid == bool(answer.elements)


@given(st.lists(elements, min_size=1, max_size=3))
def test_every_application_identifier_is_answered(several: list[tuple[str, str]]) -> None:
    from chalicelib.gs1.elements import render_raw

    answer = _answer("]d2" + render_raw(tuple(several)))

    if answer.valid:
        assert [(each.ai, each.value) for each in answer.elements] == several
    else:
        assert answer.errors[0].code == "requisite"
