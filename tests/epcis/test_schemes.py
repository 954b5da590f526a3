"""What URIs identify, held against published EPCs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.epcis.schemes import Identity, Kind, identify
from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Sgtin, Sscc
from tests.gs1.strategies import attempt, hostile, sgtins, sscc
from tests.shared_data import cases

TAG_ONLY = "kwargs"
"""In the published vectors: arguments of a tag encoding, whose limits no URI has."""

REFUSED_FOR_TAGS = {
    "urn:epc:id:gid:268435456.16777215.68719476735",
    "urn:epc:id:gid:268435455.16777216.68719476735",
    "urn:epc:id:usdod:2S194.123456789012",
}
"""Numbers that do not fit into the bits of a tag, and are numbers all the same."""


def identifies(uri: str) -> bool:
    try:
        identify(uri)
    except Malformed:
        return False
    return True


def test_published_epcs_identify_something() -> None:
    valid = [case["uri"] for case in cases("epcpy/epc_conversions.json") if case.get("valid")]

    assert [uri for uri in valid if not identifies(uri)] == []


def test_published_non_epcs_identify_nothing() -> None:
    vectors = [case for case in cases("epcpy/epc_conversions.json") if "uri" in case]
    valid = {case["uri"] for case in vectors if case.get("valid", True)}
    invalid = {
        case["uri"]
        for case in vectors
        if case.get("valid") is False and TAG_ONLY not in case and case["uri"] not in valid
    }

    assert {uri for uri in invalid if identifies(uri)} == REFUSED_FOR_TAGS


@given(sgtins, st.integers(6, 12))
def test_an_item_has_one_key_in_every_spelling(item: Sgtin, size: int) -> None:
    expected = Identity(Kind.ONE, item.digital_link())

    assert identify(item.urn(size)) == expected
    assert identify(item.digital_link()) == expected
    assert identify(item.digital_link("http://shop.example/a")) == expected


@given(sscc, st.integers(6, 12))
def test_a_logistic_unit_has_one_key_in_every_spelling(unit: Sscc, size: int) -> None:
    expected = Identity(Kind.ONE, unit.digital_link())

    assert identify(unit.urn(size)) == expected
    assert identify(unit.digital_link()) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:class:lgtin:4012345.012345.Lot987",
        "urn:epc:idpat:sgtin:4012345.012345.*",
        "https://id.gs1.org/01/04012345123456",
        "https://id.gs1.org/01/04012345123456/10/Lot987",
        "https://id.gs1.org/253/4012345678901",
        "https://id.gs1.org/8003/04012345678901",
        "https://id.gs1.org/8010/401234599999",
    ],
)
def test_a_class_is_told_from_single_things(uri: str) -> None:
    assert identify(uri).kind is Kind.CLASS


@pytest.mark.parametrize(
    "uri",
    [
        "urn:uuid:0f2c1d3e-0000-4000-8000-000000000000",
        "http://transaction.acme.com/po/12345678",
        "https://acme.example/orders/00/12",
        "_:thing",
        "urn:epcglobal:cbv:bt:0614141073467:1152",
    ],
)
def test_a_uri_of_somebodys_own_is_foreign(uri: str) -> None:
    assert identify(uri) == Identity(Kind.FOREIGN, uri)


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://acme.example/01/80614141123459/21/1", "check_digit"),
        ("https://id.gs1.org/00/106141412345678907", "check_digit"),
        ("https://id.gs1.org/gtin/09780345418913/cpv", "syntax"),
        ("urn:epc:id:sgtin:0614141.8123456.1", "syntax"),
        ("urn:epc:id:sgtin:0614141.812345", "syntax"),
        ("urn:epc:tag:sgtin-96:1.0614141.812345.1", "syntax"),
        ("URN:EPC:id:sscc:0614141.1", "syntax"),
        ("urn:epc:idpat:sgtin:0614141.812345.1", "syntax"),
    ],
)
def test_a_uri_of_gs1s_that_names_nothing_is_refused(uri: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        identify(uri)

    assert refusal.value.errors[0].code == code


@given(hostile | hostile.map(lambda text: f"urn:epc:id:{text}"))
def test_any_text_is_identified_or_refused(text: str) -> None:
    identity, refusal = attempt(identify, text)

    assert identity or (refusal and refusal.errors)
