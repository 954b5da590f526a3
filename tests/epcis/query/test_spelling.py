from decimal import Decimal

import pytest

from chalicelib.epcis.query import spelling
from chalicelib.epcis.words import BIZ_STEP, MEASUREMENT


@pytest.mark.parametrize(
    "spelt",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_a_standard_word_is_bare_however_it_is_spelt(spelt: str) -> None:
    assert spelling.word(BIZ_STEP, spelt) == "shipping"


def test_a_measurement_of_the_web_vocabulary_is_bare() -> None:
    assert spelling.word(MEASUREMENT, "gs1:Temperature") == "Temperature"
    assert spelling.word(MEASUREMENT, "https://gs1.org/voc/Temperature") == "Temperature"


def test_a_pattern_of_epcs_is_not_taken_for_its_class() -> None:
    assert spelling.epc("urn:epc:idpat:sgtin:0614141.112345.*").endswith("0614141.112345.*")


@pytest.mark.parametrize("text", ["", "x", "1_000", "NaN", "Infinity", "1e99999999999999999999"])
def test_text_that_is_no_number_is_none(text: str) -> None:
    assert spelling.number(text) is None


def test_numbers_are_numbers_in_any_type() -> None:
    assert {spelling.number(each) for each in (1.5, "1.50", Decimal("1.5"))} == {Decimal("1.5")}
    assert spelling.number(True) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-01", "2027-01-01T00:00:00+00:00"),
        ("2027-01-01+01:00", "2027-01-01T00:00:00+01:00"),
        ("2027-01-01T12:00:00Z", "2027-01-01T12:00:00+00:00"),
    ],
)
def test_a_date_is_its_midnight(text: str, expected: str) -> None:
    found = spelling.instant(text)

    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize("value", ["2027-13-01", "2027-1-1", "20270101", "", 2027, None])
def test_what_is_no_date_is_no_instant(value: object) -> None:
    assert spelling.instant(value) is None


def test_the_end_of_a_namespace_does_not_matter() -> None:
    names = {
        spelling.qualified("ex:lot", {"ex": f"https://ns.example.com/x{end}"})
        for end in ("", "/", "#", ":")
    }

    assert names == {spelling.qualified("https://ns.example.com/x#lot", {})}


def test_an_unbound_prefix_stays() -> None:
    assert spelling.qualified("ex:lot", {}) == "ex:lot"
    assert spelling.qualified("lot", {}) == "lot"


def test_a_name_may_be_a_urn() -> None:
    bound = spelling.qualified("cbvmda:site", {})

    assert spelling.qualified("urn:epcglobal:cbv:mda#site", {}) == bound


def test_only_bindings_of_a_context_are_read() -> None:
    context = ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ex": "urn:x:", "y": 1}]

    assert spelling.prefixes(context) == {"ex": "urn:x:"}
    assert spelling.prefixes(None) == {}
