import json
import time
import timeit
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from chalicelib.errors import Malformed
from chalicelib.http.fields import Body, DateField, GtinField, Query, SerialList
from chalicelib.http.gate import read_json
from chalicelib.http.validation import malformed_value, validated_json, validated_text


class Lot(Body):
    gtin: GtinField
    expiry: DateField


class Order(Body):
    count: Annotated[int, Field(ge=1, le=100)]
    urgent: bool = False
    lots: list[Lot] = Field(default=[], max_length=3)
    where: int | Lot | None = None
    serials: SerialList | None = None
    line_name: Annotated[str, Field(max_length=5)] = ""


class Page(Query):
    page_size: int = 10
    all: bool = False


def refused(model: type[BaseModel], raw: bytes) -> Malformed:
    with pytest.raises(Malformed) as refusal:
        validated_json(model, raw, read_json(raw))
    return refusal.value


def sentences(refusal: Malformed) -> dict[str, str]:
    return {fault.pointer: fault.message for fault in refusal.errors}


def codes(refusal: Malformed) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refusal.errors}


def test_a_body_becomes_its_model():
    raw = b'{"count": 2, "lots": [{"gtin": "9506000134352", "expiry": "2028-06-30"}]}'

    order = validated_json(Order, raw, read_json(raw))

    assert (order.count, str(order.lots[0].gtin)) == (2, "09506000134352")


def test_every_field_at_fault_is_named_at_once():
    raw = b"""{"count": 0, "lineName": "packing", "lots": [
        {"gtin": "9506000134353", "expiry": "2028-06-30"}, {"expiry": "30.6.2028"}]}"""

    assert sentences(refused(Order, raw)) == {
        "/count": "found 0, expected greater than or equal to 1",
        "/lineName": "found 'packing', expected at most 5 characters",
        "/lots/0/gtin": "'09506000134353' is not a GTIN: expected check digit 2, found 3",
        "/lots/1/gtin": "found nothing, expected a value",
        "/lots/1/expiry": "found '30.6.2028', expected a day as YYYY-MM-DD",
    }


def test_a_thousand_serials_pass_the_gate_and_the_model_in_three_milliseconds():
    serials = [f"A1B2C3D4{number:04}" for number in range(1000)]
    raw = json.dumps({"count": 1, "serials": serials}).encode()

    def read() -> None:
        validated_json(Order, raw, read_json(raw))

    assert min(timeit.repeat(read, timer=time.process_time, number=1, repeat=20)) < 0.003


def test_types_are_those_of_json():
    found = codes(refused(Order, b'{"count": "2", "urgent": 1}'))

    assert found == {"/count": "int_type", "/urgent": "bool_type"}


def test_found_values_are_shown_short():
    long = "x" * 1000
    message = sentences(refused(Order, b'{"count": 1, "lots": "%s"}' % long.encode()))["/lots"]

    assert message == f"found '{'x' * 60}'…, expected a valid array"
    assert sentences(refused(Order, b'{"count": {}}')) == {
        "/count": "found an object, expected a valid integer"
    }
    assert sentences(refused(Order, b'{"count": [1]}')) == {
        "/count": "found a list of 1, expected a valid integer"
    }
    assert sentences(refused(Order, b'{"count": null}')) == {
        "/count": "found null, expected a valid integer"
    }


def test_an_unknown_field_is_named_with_those_that_are_known():
    assert sentences(refused(Order, b'{"count": 1, "cuont": 2}')) == {
        "/cuont": "found the unknown name 'cuont', "
        "expected one of: count, lineName, lots, serials, urgent, where"
    }


def test_an_unknown_field_further_in_is_named_too():
    raw = b'{"count": 1, "lots": [{"gtin": "9506000134352", "expiry": "2028-06-30", "a/b": 1}]}'

    assert codes(refused(Order, raw)) == {"/lots/0/a~1b": "unknown_field"}


def test_python_names_are_unknown_in_json():
    assert codes(refused(Order, b'{"count": 1, "line_name": "a"}')) == {
        "/line_name": "unknown_field"
    }
    assert codes(refused(Order, b'{"count": 0, "line_name": "a", "no_such": 1}')) == {
        "/count": "greater_than_equal",
        "/line_name": "unknown_field",
        "/no_such": "unknown_field",
    }


def test_a_name_with_an_underscore_is_fine_where_a_model_wants_it():
    class Grant(BaseModel):
        grant_type: str

    assert validated_json(Grant, b'{"grant_type": "x"}', {"grant_type": "x"}).grant_type == "x"


def test_items_of_a_serial_list_are_named_by_index():
    assert codes(refused(Order, b'{"count": 1, "serials": ["A", "A", "B C"]}')) == {
        "/serials/1": "duplicate",
        "/serials/2": "character",
    }


def test_members_of_a_union_are_not_in_the_pointer():
    pointers = codes(refused(Order, b'{"count": 1, "where": {"gtin": 5}}')).keys()

    assert pointers == {"/where", "/where/gtin", "/where/expiry"}


def test_what_is_no_object_is_refused_as_a_whole():
    assert codes(refused(Order, b"[]")) == {"": "model_type"}


def test_a_list_that_is_too_long_is_refused_in_words():
    item = b'{"gtin": "9506000134352", "expiry": "2028-06-30"}'
    raw = b'{"count": 1, "lots": [%s]}' % b",".join([item] * 4)

    assert sentences(refused(Order, raw)) == {"/lots": "found a list of 4, expected at most 3"}


def test_at_most_a_hundred_faults_are_listed():
    class Many(Body):
        numbers: list[int]

    raw = b'{"numbers": [%s]}' % b",".join([b'"x"'] * 500)

    assert len(refused(Many, raw).errors) == 100


def test_a_rule_of_a_model_is_told_in_its_own_words():
    class Either(Body):
        scan: str = ""
        gtin: str = ""

        @model_validator(mode="after")
        def _one(self) -> "Either":
            if bool(self.scan) == bool(self.gtin):
                raise ValueError("expected either scan or gtin")
            return self

        @field_validator("scan")
        @classmethod
        def _short(cls, scan: str) -> str:
            if len(scan) > 3:
                raise ValueError("Input should be short")
            return scan

    assert sentences(refused(Either, b"{}")) == {
        "": "found an object: expected either scan or gtin"
    }
    assert sentences(refused(Either, b'{"scan": "long"}')) == {
        "/scan": "found 'long', expected short"
    }


def test_a_query_is_text_and_is_read_as_such():
    page = validated_text(Page, {"pageSize": "20", "all": "true"}, "#/query")

    assert (page.page_size, page.all) == (20, True)


def test_a_query_that_is_wrong_points_into_the_query():
    with pytest.raises(Malformed) as refusal:
        validated_text(Page, {"pageSize": "many", "pageNumber": "1"}, "#/query")

    assert sentences(refusal.value) == {
        "#/query/pageSize": "found 'many', expected a valid integer, "
        "unable to parse string as an integer",
        "#/query/pageNumber": "found the unknown name 'pageNumber', expected one of: all, pageSize",
    }


def test_one_value_is_pointed_at_as_the_caller_says():
    with pytest.raises(ValidationError) as failure:
        Page(page_size="many")  # type: ignore[call-arg]

    assert malformed_value(failure.value, "many", "#/path/x").errors[0].pointer == "#/path/x"
