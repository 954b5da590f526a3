from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings

from chalicelib.epcis.query.kinds import (
    ANYTHING,
    BOOLEAN,
    CLASS,
    COMPARABLE,
    EPC,
    HEX,
    INSTANT,
    KINDS,
    NUMBER,
    URI,
)
from tests.epcis.samples import json_like

URN = "urn:epc:id:sgtin:0614141.812345.6789"


def test_a_uri_is_what_it_names() -> None:
    assert URI.sought(URN) == URI.found("https://example.com/01/80614141123458/21/6789")
    assert EPC.sought(URN) == EPC.found(URN)


def test_a_bare_word_that_is_not_the_standards_cannot_be_sought_but_found() -> None:
    assert KINDS["bizStep"].sought("flying") is None
    assert KINDS["bizStep"].found("flying") == "flying"
    assert KINDS["bizStep"].sought("https://example.com/flying") == "https://example.com/flying"


def test_a_measurement_may_have_any_word() -> None:
    assert KINDS["sensorType"].sought("Molar_concentration") == "Molar_concentration"


def test_values_are_of_their_type() -> None:
    assert NUMBER.sought("1.0") == NUMBER.found(1)
    assert BOOLEAN.sought("true") is BOOLEAN.found(True) is True
    assert HEX.sought("ff") == HEX.found("FF")
    assert INSTANT.sought("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)


def test_an_extension_is_compared_as_number_or_instant() -> None:
    assert COMPARABLE.sought("12") == Decimal(12)
    assert COMPARABLE.sought("2026-01-01T00:00:00Z") == datetime(2026, 1, 1, tzinfo=UTC)
    assert COMPARABLE.sought("red") is None
    assert ANYTHING.sought("red") == "red"
    assert ANYTHING.sought(2) == Decimal(2)
    assert ANYTHING.sought([2]) is None


def test_an_extension_is_compared_as_a_date() -> None:
    assert COMPARABLE.sought("2027-01-01") == datetime(2027, 1, 1, tzinfo=UTC)
    assert COMPARABLE.sought("2027-02-30") is None
    assert INSTANT.sought("2027-01-01") is None


def test_a_pattern_that_is_none_cannot_be_sought() -> None:
    for kind in (EPC, CLASS):
        assert kind.sought("urn:epc:idpat:sgtin:0614141.*.5") is None
        assert kind.sought("urn:epc:idpat:sgtin:0614141.*.*") == "urn:epc:idpat:sgtin:0614141.*.*"


def test_the_event_of_former_versions_may_be_asked_for() -> None:
    assert KINDS["eventType"].sought("QuantityEvent") == "QuantityEvent"
    assert KINDS["eventType"].sought("PurityEvent") is None


@given(json_like)
@settings(max_examples=100, deadline=None)
def test_whatever_an_event_holds_has_a_spelling_or_none(value: object) -> None:
    for kind in KINDS.values():
        found = kind.found(value)
        assert found is None or hash(found) is not None
