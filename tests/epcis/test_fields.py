"""Checks of single fields."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from chalicelib.epcis import words
from chalicelib.epcis.faults import MOST_FAULTS, Faults
from chalicelib.epcis.fields import (
    Check,
    boolean,
    either,
    hexadecimal,
    instant,
    instant_of,
    listed,
    number,
    offset,
    one_of,
    prefixes,
    record,
    text,
    uom,
    uri,
    uris,
    word,
)
from tests.epcis.samples import json_like

CHECKS: dict[str, Check] = {
    "instant": instant,
    "offset": offset,
    "uom": uom,
    "uri": uri,
    "uris": uris,
    "hex": hexadecimal,
    "text": text,
    "number": number,
    "boolean": boolean,
    "action": one_of(words.ACTIONS),
    "step": word(words.BIZ_STEP),
    "measurement": word(words.MEASUREMENT),
    "either": either(uri, uris),
    "record": record({"id": uri}, required=("id",)),
}


def codes(name: str, value: Any, prefixes: tuple[str, ...] = ()) -> list[str]:
    faults = Faults(prefixes)
    CHECKS[name](value, "", faults)
    return [fault.code for fault in faults.found]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("instant", "2026-11-25T08:30:00Z"),
        ("instant", "2024-02-29T23:59:59.123456789-14:00"),
        ("offset", "+14:00"),
        ("offset", "-00:00"),
        ("uom", "KGM"),
        ("uom", "4G"),
        ("uri", "_:document1"),
        ("uri", "http://example.com/ä"),
        ("hex", "F0f0"),
        ("number", 1),
        ("number", Decimal("1.50")),
        ("number", Decimal("1e999999999")),
        pytest.param("number", 10**5000, id="huge"),
        ("boolean", False),
        ("action", "ADD"),
        ("step", "shipping"),
        ("step", "urn:acme:step:polishing"),
        ("step", "acme:polishing"),
        ("step", "https://ref.gs1.org/cbv/BizStep-shipping"),
        ("measurement", "https://example.com/Taste"),
        ("either", "https://example.com/cert"),
        ("either", ["https://example.com/cert"]),
    ],
)
def test_what_the_standard_allows_passes(name: str, value: Any) -> None:
    assert codes(name, value) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("instant", "2026-11-25T08:30:00", "date_time"),
        ("instant", "2026-11-25 08:30:00Z", "date_time"),
        ("instant", "2026-02-29T08:30:00Z", "date_time"),
        ("instant", "2919-95-17T08:30:00Z", "date_time"),
        ("instant", "2026-11-25T24:00:00Z", "date_time"),
        ("instant", "0001-01-01T00:00:00+14:00", "date_time"),
        ("instant", "0000-01-01T00:00:00Z", "date_time"),
        ("instant", "٢٠٢٦-11-25T08:30:00Z", "date_time"),
        ("instant", " 2026-11-25T08:30:00Z", "date_time"),
        ("offset", "Z", "time_zone"),
        ("offset", "+0000", "time_zone"),
        ("offset", "+14:01", "time_zone"),
        ("uom", "kg", "uom"),
        ("uri", "shipping", "uri"),
        ("uri", "urn:a b", "uri"),
        ("hex", "", "hex"),
        ("number", True, "number"),
        ("number", "10", "number"),
        ("number", float("nan"), "number"),
        ("number", Decimal("sNaN"), "number"),
        ("number", Decimal("Infinity"), "number"),
        ("boolean", "true", "type"),
        ("action", "add", "unknown_word"),
        ("step", "polishing", "unknown_word"),
        ("step", "urn:epcglobal:cbv:bizstep:shipping", "unknown_word"),
        ("step", "https://ns.gs1.org/cbv/BizStep-shipping", "unknown_word"),
        ("step", ["shipping"], "type"),
        ("measurement", "https://gs1.org/voc/Temperature", "unknown_word"),
        ("either", {}, "uri"),
        ("record", {"id": "urn:a:b", "more": 1}, "unknown_field"),
        ("record", {}, "missing"),
        ("record", None, "type"),
    ],
)
def test_what_the_standard_forbids_is_a_fault(name: str, value: Any, code: str) -> None:
    assert codes(name, value) == [code]


def test_a_word_in_the_spelling_of_xml_is_answered_with_the_bare_one() -> None:
    faults = Faults()
    word(words.BIZ_STEP)("urn:epcglobal:cbv:bizstep:shipping", "/bizStep", faults)

    message = "found 'urn:epcglobal:cbv:bizstep:shipping', expected \"shipping\""
    assert [fault.message for fault in faults.found] == [message]


def test_a_uri_that_stands_twice_is_told_with_the_item_that_it_repeats() -> None:
    faults = Faults()
    uris(["urn:a:1", "urn:a:2", "urn:a:1"], "/epcList", faults)

    assert [(fault.pointer, fault.code) for fault in faults.found] == [("/epcList/2", "duplicate")]
    assert faults.found[0].message == "found 'urn:a:1', expected it once, as item 0"


def test_a_list_that_is_too_short_is_told() -> None:
    faults = Faults()
    listed(uri, least=1, unique=True)([], "/set", faults)

    assert [fault.code for fault in faults.found] == ["empty"]


@pytest.mark.parametrize("check", [uris, listed(text), listed(uri, unique=True)])
def test_the_number_of_faults_is_bounded(check: Check) -> None:
    faults = Faults()
    check([None] * 10 * MOST_FAULTS, "", faults)

    assert len(faults.found) == MOST_FAULTS


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("acme:colour", None),
        ("cbvmda:lotNumber", None),
        ("https://example.com/colour", None),
        ("urn:acme:colour", None),
        ("other:colour", "unknown_prefix"),
        ("colour", "unknown_field"),
        ("", "unknown_field"),
    ],
)
def test_an_extension_has_a_known_prefix_or_a_uri(name: str, code: str | None) -> None:
    faults = Faults(prefixes=("acme",))
    record({}, extensible=True)({name: 1}, "", faults)

    assert [fault.code for fault in faults.found] == ([code] if code else [])


def test_no_prefix_is_called_like_the_scheme_of_a_uri() -> None:
    faults = Faults()
    prefixes({"ex": "urn:a", "urn": "urn:b", "HTTPS": {}, "@vocab": "urn:c"}, "/c", faults)

    assert [(fault.pointer, fault.code) for fault in faults.found] == [
        ("/c/urn", "reserved_prefix"),
        ("/c/HTTPS", "reserved_prefix"),
    ]


def test_an_instant_is_read_to_the_microsecond() -> None:
    found = instant_of("2026-11-25T08:30:00.1234567-06:00")

    assert found is not None
    assert found.isoformat() == "2026-11-25T08:30:00.123456-06:00"


@settings(max_examples=100, deadline=None)
@given(json_like)
def test_a_check_never_raises(value: Any) -> None:
    for name in CHECKS:
        codes(name, value)
