import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gtin, Key, Sgln
from chalicelib.gs1.urn import parse_urn
from tests.gs1.strategies import attempt, hostile, keys
from tests.shared_data import cases

SCHEMES = {"SGTIN", "SSCC", "SGLN", "LGTIN", "PGLN"}


@given(keys, st.integers(6, 12))
def test_a_key_reads_back_from_its_urn(key: Key, company_prefix_length: int) -> None:
    assert parse_urn(key.urn(company_prefix_length)) == key


@given(hostile)
def test_whatever_is_read_is_a_key_or_refused(text: str) -> None:
    key, refusal = attempt(parse_urn, text)

    assert (refusal is None) == isinstance(key, Key)
    assert refusal is None or refusal.errors[0].code in {"syntax", "length", "character"}


def _epcpy(*kinds: str) -> list[dict[str, Any]]:
    found = [c for c in cases("epcpy/epc_conversions.json") if c["scheme"] in SCHEMES]
    return [case for case in found if case["kind"] in kinds]


def test_epcpy_reads_the_same_urns() -> None:
    for case in _epcpy("EPCSchemeInit", "GS1Element", "TagEncodable", "VALID_TEST_DATA"):
        if case.get("valid", True):
            assert isinstance(parse_urn(case["uri"]), Key), case


def test_epcpy_refuses_the_same_urns() -> None:
    for case in _epcpy("EPCSchemeInit"):
        if not case["valid"]:
            with pytest.raises(Malformed):
                parse_urn(case["uri"])


def test_epcpy_converts_alike_both_ways() -> None:
    converted = [case for case in _epcpy("GS1Element", "VALID_TEST_DATA") if "gs1_key" in case]

    assert len(converted) > 15
    for case in converted:
        key = parse_urn(case["uri"])
        # epcpy writes the extension 0, "none", which (254) leaves out.
        expected = case["gs1_element_string"].removesuffix("(254)0")
        assert key.element_string().replace("\\(", "(") == expected, case
        assert key.urn(case["company_prefix_length"]) == case["uri"], case


def test_epcpy_reads_the_same_patterns_of_one_gtin() -> None:
    for case in _epcpy("VALID_ID_PATTERNS"):
        if case["scheme"] == "SGTIN":
            assert parse_urn(case["idpat"]) == Gtin.parse(case["gs1_key"])
    for case in _epcpy("INVALID_ID_PATTERNS"):
        with pytest.raises(Malformed):
            parse_urn(case["idpat"])


def test_the_event_hash_reference_converts_alike() -> None:
    ours = [
        case
        for case in cases("event-hash-ralphtro/dl_normaliser.json")
        if re.match(r"urn:epc:(id|class):(sgtin|lgtin|sscc|sgln|pgln):", str(case["input"]))
    ]

    assert len(ours) >= 6
    for case in ours:
        assert parse_urn(case["input"]).digital_link() == case["expected"], case


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("urn:epc:id:sgtin:0614141.812345", "syntax"),
        ("urn:epc:id:sgtin:0614141.81234.1", "length"),
        ("urn:epc:id:sgtin:0614141.812345.", "length"),
        ("urn:epc:id:sgtin:0614141.812345.a/b", "character"),
        ("urn:epc:id:sgtin:0614141.812345.a%2", "character"),
        ("urn:epc:id:sgtin:0614141.812345.a%20", "character"),
        ("urn:epc:id:sgtin:0614141.812345." + "a" * 21, "length"),
        ("urn:epc:id:sscc:0614141.1234567890.1", "syntax"),
        ("urn:epc:id:sgtin:06141.81234567.1", "syntax"),
        ("urn:epc:idpat:sgtin:0614141.812345.1", "syntax"),
        ("urn:epc:class:sgtin:0614141.812345.1", "syntax"),
        ("urn:epc:id:gdti:0614141.12345.400", "syntax"),
        ("urn:epc:id:sscc:0614141.1234567890\n", "syntax"),
    ],
)
def test_a_refusal_names_the_fault(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_urn(text)

    assert refusal.value.errors[0].code == code


def test_a_place_reference_may_be_empty() -> None:
    place = parse_urn("urn:epc:id:sgln:061411123456..A%2F-B")

    assert isinstance(place, Sgln)
    assert str(place) == "0614111234560#A/-B"
