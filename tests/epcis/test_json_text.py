"""JSON, strictly: what is ambiguous or without bound is refused, what is read is written again."""

import pytest
from hypothesis import given, settings

from chalicelib.epcis.json_text import MOST, dumps, load
from chalicelib.errors import Malformed
from tests.epcis.test_json_format import values


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "json"),
        (b"\xff", "encoding"),
        (b'{"a": NaN}', "number"),
        (b'{"a": 1e999999}', "number"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b'{"a": "\\ud800"}', "character"),
        (b'{"a": "\\u0002"}', "character"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "too_deep"),
        (b"[" * 100_000, "too_deep"),
    ],
)
def test_what_is_no_strict_json_is_refused_with_its_reason(source: bytes, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        load(source)

    assert refused.value.errors[0].code == code


def test_an_object_of_too_many_fields_is_refused() -> None:
    assert len(load(dumps({str(at): at for at in range(MOST)}))) == MOST
    with pytest.raises(Malformed) as refused:
        load(dumps({str(at): at for at in range(MOST + 1)}))

    assert refused.value.errors[0].code == "too_many_fields"


@settings(max_examples=60)
@given(values)
def test_what_is_written_is_loaded_again(value: object) -> None:
    assert load(dumps(value)) == value


def test_only_what_json_knows_is_written() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})


@pytest.mark.parametrize("digits", ["1e999999999999999999999", "0e-99999999999999999999"])
def test_an_exponent_that_no_decimal_holds_is_refused(digits: str) -> None:
    with pytest.raises(Malformed) as refusal:
        load(f'{{"a": {digits}}}'.encode())

    assert refusal.value.errors[0].code == "number"
