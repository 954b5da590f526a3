from uuid import UUID

import pytest

from tests.http.private import GTIN, pack


def test_a_repeat_has_the_same_operation_and_the_same_fingerprint(door):
    first = pack(door, {"gtin": GTIN, "children": None})
    again = pack(door, raw=f'{{ "children":null, "gtin" : "{GTIN}" }}', body=None)

    assert again.json["operation"] == first.json["operation"]
    again = door.ask("POST", "/v1/packing", raw=f'{{"children":null,\n"gtin":"{GTIN}"}}')
    assert again.json == first.json


def test_another_key_another_client_or_another_path_is_another_operation(door):
    operations = {
        pack(door).json["operation"],
        pack(door, key="key-2").json["operation"],
        pack(door, token="meddist.line").json["operation"],
    }

    assert len(operations) == 3


def test_another_body_under_the_same_key_has_another_fingerprint(door):
    first, other = pack(door), pack(door, {"gtin": "4006381333931"})

    assert first.json["operation"] == other.json["operation"]
    assert first.json["fingerprint"] != other.json["fingerprint"]


def test_an_operation_is_a_uuid_8_that_leaves_a_byte_for_numbering(door):
    operation = UUID(pack(door).json["operation"])

    assert (operation.version, operation.bytes[15]) == (8, 0)


def test_a_post_that_changes_something_needs_a_key(door):
    answered = pack(door, key=None)

    assert answered.status == 400
    assert answered.faults == {"#/header/Idempotency-Key": "missing"}


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\x00"])
def test_a_key_is_printable_ascii(door, key):
    assert pack(door, key=key).faults == {"#/header/Idempotency-Key": "idempotency_key"}


def test_the_fingerprint_of_a_body_that_is_no_json_is_of_its_bytes(door):
    def ask(raw: str) -> str:
        return door.ask("POST", "/v1/documents", raw=raw, content_type="application/xml").text

    assert ask("<a/>") == ask("<a/>") != ask("<a />")
