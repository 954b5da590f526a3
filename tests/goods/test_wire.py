"""Bodies: one form or the other, nothing unknown, everything in bounds."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from chalicelib.epcis.model import DOCUMENT_TYPES
from chalicelib.goods import wire
from tests.builders import gln, gtin, sscc, unit

EPC, CASE, PARTY = unit(0).digital_link(), sscc(1).digital_link(), str(gln("meddist"))
PO = {"type": "po", "id": "7"}
CLAIM = {"gtin": str(gtin()), "serial": "a"}
SCAN = {"scan": f"(01){gtin()}(21)a"}

GOOD: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (wire.Commissioning, {"gtin": str(gtin()), "lot": "L1", "serials": ["a"]}),
    (wire.Packings, {"parent": CASE, "children": [EPC]}),
    (wire.Packings, {"items": [{"parent": CASE, "children": [EPC]}]}),
    (wire.Unpacking, {"parent": CASE}),
    (wire.Unpacking, {"parent": CASE, "children": [EPC]}),
    (wire.Shipping, {"epcs": [EPC], "to": PARTY}),
    (wire.Shipping, {"items": [{"epcs": [EPC], "to": PARTY}]}),
    (wire.Receiving, {"epcs": [EPC]}),
    (wire.Ending, {"epcs": [EPC], "reason": "because"}),
    (wire.Returning, {"serials": ["a"]}),
    (wire.Verifications, SCAN),
    (wire.Verifications, CLAIM | {"lot": "L1", "expiry": "2028-06-30"}),
    (wire.Verifications, {"items": [SCAN, CLAIM]}),
    (wire.Verifications, {"items": []} | SCAN),
]

FORMS: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (wire.Packings, {}),
    (wire.Packings, {"parent": CASE}),
    (wire.Packings, {"children": [EPC]}),
    (wire.Packings, {"items": []}),
    (wire.Packings, {"parent": CASE, "items": [{"parent": CASE, "children": [EPC]}]}),
    (wire.Packings, {"children": [EPC], "items": [{"parent": CASE, "children": [EPC]}]}),
    (
        wire.Packings,
        {"parent": CASE, "children": [EPC], "items": [{"parent": CASE, "children": [EPC]}]},
    ),
    (wire.Shipping, {}),
    (wire.Shipping, {"epcs": [EPC]}),
    (wire.Shipping, {"to": PARTY}),
    (wire.Shipping, {"to": PARTY, "items": [{"epcs": [EPC], "to": PARTY}]}),
    (wire.Shipping, {"epcs": [EPC], "to": PARTY, "items": [{"epcs": [EPC], "to": PARTY}]}),
    (wire.Verifications, {}),
    (wire.Verifications, {"items": []}),
    (wire.Verifications, {"gtin": str(gtin())}),
    (wire.Verifications, {"serial": "a"}),
    (wire.Verifications, {"lot": "L1"}),
    (wire.Verifications, CLAIM | SCAN),
    (wire.Verifications, SCAN | {"lot": "L1"}),
    (wire.Verifications, SCAN | {"expiry": "2028-06-30"}),
    (wire.Verifications, SCAN | {"items": [SCAN]}),
    (wire.Verifications, {"lot": "L1", "items": [SCAN]}),
    (wire.Verifications, {"items": [{}]}),
    (wire.Verifications, {"items": [CLAIM | SCAN]}),
]


def fault(model: type[BaseModel], body: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refusal:
        model.model_validate(body)
    return str(refusal.value.errors()[0]["type"])


@pytest.mark.parametrize(("model", "body"), GOOD)
def test_a_body_in_one_form_is_read(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert model.model_validate(body)


@pytest.mark.parametrize(("model", "body"), FORMS)
def test_a_body_in_no_form_or_in_two_is_refused(
    model: type[BaseModel], body: dict[str, Any]
) -> None:
    assert fault(model, body) == "form"


@pytest.mark.parametrize(("model", "body"), GOOD)
def test_nothing_unknown_is_read(model: type[BaseModel], body: dict[str, Any]) -> None:
    assert fault(model, body | {"event_time": "2026-01-01T00:00:00Z"}) == "extra_forbidden"


@pytest.mark.parametrize(
    ("model", "body", "code"),
    [
        (wire.Packings, {"items": [{"parent": CASE, "children": [EPC]}] * 91}, "too_long"),
        (wire.Shipping, {"items": [{"epcs": [EPC], "to": PARTY}] * 91}, "too_long"),
        (wire.Verifications, {"items": [SCAN] * 1001}, "too_long"),
        (wire.Verifications, {"scan": ""}, "string_too_short"),
        (wire.Verifications, {"scan": "x" * 8001}, "string_too_long"),
        (wire.Ending, {"epcs": [EPC], "reason": "x" * 501}, "string_too_long"),
        (wire.Ending, {"epcs": []}, "length"),
        (wire.Receiving, {"epcs": [EPC], "documents": [PO] * 21}, "too_long"),
    ],
)
def test_what_is_out_of_bounds_is_refused(
    model: type[BaseModel], body: dict[str, Any], code: str
) -> None:
    assert fault(model, body) == code


@pytest.mark.parametrize(
    "kind", [*sorted(DOCUMENT_TYPES), "urn:example:type", "https://example.org/types#x"]
)
def test_a_document_is_of_a_type_of_the_vocabulary_or_of_ones_own(kind: str) -> None:
    assert wire.DocumentBody.model_validate({"type": kind, "id": "7"}).type == kind


@pytest.mark.parametrize(
    "kind",
    [
        "PO",
        "purchase order",
        "urn:epcglobal:cbv:btt:po",
        "https://ns.gs1.org/cbv/BTT-po",
        "urn:a b",
        "ä:b",
    ],
)
def test_a_document_of_another_type_is_refused(kind: str) -> None:
    assert fault(wire.DocumentBody, {"type": kind, "id": "7"}) == "document_type"
