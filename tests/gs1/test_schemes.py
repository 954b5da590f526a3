import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gs1.digitallink import link, parse_link
from chalicelib.gs1.elements import parse_bracketed, parse_raw, render_bracketed, render_raw
from chalicelib.gs1.keys import Key
from chalicelib.gs1.scanners import read_scan
from chalicelib.gs1.schemes import elements_of, is_class, urn_among, urn_of
from tests.gs1.strategies import keys
from tests.shared_data import cases

SCHEMES = {
    *("SGTIN", "SSCC", "SGLN", "PGLN", "GRAI", "GIAI", "GSRN", "GSRNP", "GDTI", "CPI"),
    *("SGCN", "ITIP", "UPUI", "GINC", "GSIN", "LGTIN"),
}
KINDS = {"EPCSchemeInit", "GS1Element", "TagEncodable", "VALID_TEST_DATA"}
# Not about the URN: these are too long for a tag's memory, or for a short GTIN; and one "invalid"
# GSRN is a valid GSRNP.
BESIDE_THE_POINT = re.compile(r".*(_tag_encodable_|_gs1_key_too_little_|invalid_gsrn_identifier).*")


def epcpy() -> list[dict[str, Any]]:
    found = [case for case in cases("epcpy/epc_conversions.json") if case["kind"] in KINDS]
    return [case for case in found if case["scheme"] in SCHEMES]


def test_epcpy_takes_the_same_urns_for_valid() -> None:
    judged = [case for case in epcpy() if not BESIDE_THE_POINT.fullmatch(case.get("name", ""))]

    assert len(judged) > 150
    for case in judged:
        # An "invalid" serial of a GRAI test fits a GRAI and only no tag.
        if case.get("name") != "test_invalid_grai_serial_2":
            assert (elements_of(case["uri"]) is not None) == case.get("valid", True), case


def test_epcpy_makes_the_same_element_strings() -> None:
    converted = [
        case for case in epcpy() if "gs1_element_string" in case and case.get("valid", True)
    ]

    assert len({case["scheme"] for case in converted}) >= 12
    for case in converted:
        elements = elements_of(case["uri"]) or ()
        # epcpy writes the extension 0, "none", which (254) leaves out.
        expected = case["gs1_element_string"].removesuffix("(254)0")
        assert "".join(f"({ai}){value}" for ai, value in elements) == expected, case


def test_every_pair_of_epcpy_goes_round_through_elements_and_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """EPC URN, element string and Digital Link say the same, from wherever one starts.

    Most company prefixes of these vectors are nobody's: their lengths are as the vectors say.
    """
    seen: set[str] = set()
    for case in epcpy():
        if not case.get("valid", True) or "gs1_element_string" not in case:
            continue
        urn = case["uri"]
        size = len(urn.split(":")[4].split(".")[0])
        monkeypatch.setattr("chalicelib.gs1.schemes.company_prefix_length", lambda _, n=size: n)
        elements = read_scan(urn).elements
        bracketed = render_bracketed(elements)

        assert bracketed == case["gs1_element_string"].removesuffix("(254)0")
        assert urn_among(elements) is not None, case
        assert unquote(urn_among(elements) or "") == unquote(urn), case
        assert urn_of(parse_bracketed(bracketed)) == urn_among(elements)
        assert urn_of(parse_raw(render_raw(elements))) == urn_among(elements)
        path, attributes = parse_link(link(elements))
        assert (path, attributes) == (elements, ()), case
        seen.add(case["scheme"])

    assert seen >= SCHEMES - {"SSCC"}


def test_every_link_of_a_urn_is_that_of_the_event_hash() -> None:
    for case in cases("event-hash-ralphtro/dl_normaliser.json"):
        urn, expected = case["input"], case["expected"]
        if str(urn).startswith("urn:epc:") and expected and (elements := elements_of(urn)):
            assert unquote(link(elements)) == unquote(expected), case


def test_epcpy_reads_the_same_patterns_of_one_class() -> None:
    for case in cases("epcpy/epc_conversions.json"):
        if case["kind"] == "VALID_ID_PATTERNS" and case["scheme"] != "GINC":
            ((_, key),) = elements_of(case["idpat"]) or (("", ""),)
            expected = case["gs1_key"].rstrip("*")
            assert key.lstrip("0") == expected.lstrip("0"), case


def test_a_key_names_a_class_where_its_urn_does() -> None:
    uris = [case["uri"] for case in epcpy()]
    uris += [case["idpat"] for case in cases("epcpy/epc_conversions.json") if "idpat" in case]
    judged = {uri: is_class(elements) for uri in uris if (elements := elements_of(uri))}

    assert {True, False} == set(judged.values())
    for uri, found in judged.items():
        # A place is one place with any extension, also as a pattern.
        class_of_things = uri.startswith("urn:epc:class:") or uri.endswith("*")
        assert found == (class_of_things and ":sgln:" not in uri), uri


def test_a_pattern_of_many_keys_names_none() -> None:
    many = [c for c in cases("epcpy/epc_conversions.json") if c["kind"] == "INVALID_ID_PATTERNS"]

    for case in many:
        # One of them names all coupons of one class, which is a class.
        if case["scheme"] != "SGCN":
            assert elements_of(case["idpat"]) is None, case


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:id:usdod:2S194.12345678901",
        "urn:epc:id:bic:CSQU3054383",
        "urn:epc:id:imovn:9176187",
        "urn:epc:id:lgtin:0614141.812345.A",
        "urn:epc:class:sgtin:0614141.812345.A",
        "urn:epc:id:sgtin:0614141.812345",
        "urn:epc:id:sgtin:0614141.812345.",
        "urn:epc:id:sscc:0614141.1234567890.1",
        "urn:epc:id:cpi:0614141..1",
        "urn:epc:id:cpi:0614141.AB12",
        "urn:epc:id:giai:0614141.",
        "urn:epc:idpat:giai:0614141.*",
        "urn:epc:id:sgtin:0614141.81234\N{ARABIC-INDIC DIGIT FIVE}.1",
    ],
)
def test_what_is_no_gs1_key_is_none(urn: str) -> None:
    assert elements_of(urn) is None


@given(keys, st.integers(6, 12))
def test_the_urn_of_a_key_stands_for_its_elements(key: Key, company_prefix_length: int) -> None:
    assert elements_of(key.urn(company_prefix_length)) == key.elements()


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
        "urn:epc:class:lgtin:4012345.012345.Lot987",
        "urn:epc:id:upui:4012345.012345.51qIgY)%3C%26Jp3*j7'SDB",
        "urn:epc:id:itip:4012345.011111.01.02.987",
        "urn:epc:id:sscc:4012345.3111111111",
        "urn:epc:id:sgln:4012345.00005.122",
        "urn:epc:id:sgln:4012345.00005.0",
        "urn:epc:id:pgln:4000001.00000",
        "urn:epc:id:grai:4012345.00022.334455",
        "urn:epc:id:giai:4012345.ABC345",
        "urn:epc:id:gsrn:4012345.0000006765",
        "urn:epc:id:gsrnp:4012345.0000000007",
        "urn:epc:id:gdti:4012345.00009.PO-4711",
        "urn:epc:id:sgcn:4012345.67890.04711",
        "urn:epc:id:ginc:0614141.xyz47%2F11",
        "urn:epc:id:gsin:4012345.222333444",
        "urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234",
        "urn:epc:idpat:sgtin:4012345.044444.*",
        "urn:epc:idpat:itip:4012345.012345.01.02.*",
        "urn:epc:idpat:grai:4012345.66666.*",
        "urn:epc:idpat:gdti:4012345.55555.*",
        "urn:epc:idpat:sgcn:4012345.99999.*",
        "urn:epc:idpat:cpi:4012345.ABC.*",
    ],
)
def test_a_urn_with_an_allocated_prefix_comes_back(urn: str) -> None:
    elements = elements_of(urn)

    assert elements is not None
    assert urn_of(elements) == urn
    assert unquote(urn) == unquote(urn_of(elements) or "")


@pytest.mark.parametrize(
    "elements",
    [
        (("01", "80614141123459"), ("21", "1")),
        (("01", "09999999999994"), ("21", "1")),
        (("01", "80614141123458"), ("22", "1")),
        (("8006", "040123451234560102"), ("10", "XYZ")),
        (("8004", "ABC"),),
        (("8004", "4012345"),),
        (("415", "4012345000054"),),
    ],
)
def test_what_cannot_be_a_urn_is_none(elements: tuple[tuple[str, str], ...]) -> None:
    assert urn_of(elements) is None


@pytest.mark.parametrize(
    ("elements", "urn"),
    [
        ((("17", "280200"), ("02", "09506000134352")), None),
        ((("00", "106141412345678908"), ("10", "L1")), "urn:epc:id:sscc:0614141.1234567890"),
        (
            (("01", "80614141123458"), ("235", "T"), ("10", "L1")),
            "urn:epc:id:upui:0614141.812345.T",
        ),
        ((("414", "4012345000054"),), "urn:epc:id:sgln:4012345.00005.0"),
    ],
)
def test_the_urn_of_a_scan_is_as_exact_as_its_qualifiers(
    elements: tuple[tuple[str, str], ...], urn: str | None
) -> None:
    assert urn_among(elements) == urn
