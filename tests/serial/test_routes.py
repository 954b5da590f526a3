"""Serial numbers over HTTP: ask for a block, fetch its numbers, change the key."""

import json
from typing import Any

import pytest

from chalicelib.gs1.keys import Sgtin
from tests.harness.aws import Aws
from tests.http.door import Answered, Door
from tests.serial.orders import GTIN

BLOCKS, BLOCK = "/v1/serials/blocks", "/v1/serials/blocks/{block}"
NUMBERS, EPOCHS = f"{BLOCK}/numbers", "/v1/products/{gtin}/serial-epochs"


def issue(door: Door, count: int = 2500, **more: Any) -> Answered:
    body = {"gtin": str(GTIN), "count": count, **more.pop("body", {})}
    return door.ask("POST", BLOCKS, body, **more)


def fetch(door: Door, block: str, query: dict[str, str] | None = None, **more: Any) -> Answered:
    many = {name: [value] for name, value in (query or {}).items()}
    return door.ask("GET", NUMBERS, path={"block": block}, query=many or None, key=None, **more)


@pytest.fixture
def block(door: Door) -> str:
    made: str = issue(door).json["id"]
    return made


def test_a_line_asks_for_a_block(door: Door) -> None:
    answered = issue(door, body={"line": "L1"})

    assert answered.status == 201
    block = answered.json["id"]
    assert answered.headers["Location"] == f"/v1/serials/blocks/{block}"
    assert answered.json["count"] == 2500
    assert answered.json["format"]["length"] == 12
    assert answered.json["line"] == "L1"
    again = door.ask("GET", BLOCK, path={"block": block}, key=None)
    assert (again.status, again.json) == (200, answered.json)


def test_a_repeat_is_answered_as_the_first_time(door: Door, aws: Aws) -> None:
    first = issue(door)
    before = aws.snapshot()

    again = issue(door)

    assert (again.status, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert aws.snapshot() == before


def test_a_key_with_another_body_is_refused(door: Door) -> None:
    issue(door)

    assert issue(door, 2501).status == 422


def test_pages_lead_from_one_to_the_next(door: Door, block: str) -> None:
    first = fetch(door, block, {"limit": "2000"})
    second = fetch(door, block, {"limit": "2000", "offset": str(first.json["next"])})

    assert first.headers["Link"] == '<?limit=2000&offset=2000>; rel="next"'
    assert second.json["next"] is None
    assert "Link" not in second.headers
    numbers = first.json["numbers"] + second.json["numbers"]
    assert len(set(numbers)) == 2500


def test_a_thousand_numbers_come_unless_another_limit_is_given(door: Door, block: str) -> None:
    assert len(fetch(door, block).json["numbers"]) == 1000


def test_numbers_come_as_csv_and_ndjson_alike(door: Door, block: str) -> None:
    numbers = fetch(door, block).json["numbers"]

    table = fetch(door, block, accept="text/csv")
    lines = fetch(door, block, {"format": "ndjson"})

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.text.splitlines() == ["serial", *numbers]
    assert table.headers["Link"] == '<?offset=1000>; rel="next"'
    assert lines.headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
    assert [json.loads(line)["serial"] for line in lines.text.splitlines()] == numbers


def test_numbers_come_as_digital_links(door: Door, block: str) -> None:
    numbers = fetch(door, block, {"limit": "5"}).json["numbers"]

    links = fetch(door, block, {"limit": "5", "as": "digitalLink"}).json["numbers"]

    assert links == [Sgtin(GTIN, number).digital_link() for number in numbers]


def test_a_page_is_kept_by_whoever_asked(door: Door, block: str) -> None:
    page = fetch(door, block)
    tag = page.headers["ETag"]

    assert page.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    for asked in (tag, f'"x", {tag}', "*"):
        again = fetch(door, block, if_none_match=asked)
        assert (again.status, again.text, again.headers["ETag"]) == (304, "", tag)
    assert fetch(door, block, {"limit": "7"}, if_none_match=tag).status == 200


def test_a_page_is_the_same_for_ever(door: Door, block: str) -> None:
    before = fetch(door, block)
    door.ask("POST", EPOCHS, path={"gtin": str(GTIN)}, token="acme.admin")
    issue(door, key="another")

    assert fetch(door, block).text == before.text


@pytest.mark.parametrize("token", ["meddist.line", "meddist.admin"])
def test_others_find_nothing(door: Door, block: str, token: str) -> None:
    missing = "11111111-1111-8111-8111-111111111100"

    for asked in (block, missing):
        assert fetch(door, asked, token=token).status == 404
        assert door.ask("GET", BLOCK, path={"block": asked}, token=token).status == 404
    assert issue(door, token=token).status == 404


@pytest.mark.parametrize("role", ["warehouse", "quality", "partner", "auditor"])
def test_only_lines_and_administrators_may_ask(door: Door, block: str, role: str) -> None:
    assert issue(door, token=f"acme.{role}").status == 403
    assert fetch(door, block, token=f"acme.{role}").status == 403


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"gtin": "123"}, {"/gtin": "length"}),
        ({"gtin": "09506000134353"}, {"/gtin": "check_digit"}),
        ({"count": 0}, {"/count": "greater_than_equal"}),
        ({"count": 5_000_001}, {"/count": "less_than_equal"}),
        ({"count": "5"}, {"/count": "int_type"}),
        ({"count": 1.5}, {"/count": "int_type"}),
        ({"count": True}, {"/count": "int_type"}),
        ({"count": None}, {"/count": "int_type"}),
        ({"line": ""}, {"/line": "string_too_short"}),
        ({"line": "a\u0007"}, {"/line": "character"}),
        ({"index": 5}, {"/index": "unknown_field"}),
        ({"gtin": 5, "count": -1}, {"/gtin": "string_type", "/count": "greater_than_equal"}),
    ],
)
def test_a_bad_order_is_refused_field_by_field(
    door: Door, aws: Aws, body: dict[str, Any], faults: dict[str, str]
) -> None:
    before = aws.snapshot()

    answered = issue(door, body=body)

    assert (answered.status, answered.faults) == (400, faults)
    assert aws.snapshot() == before


def test_an_order_needs_a_key_and_all_its_fields(door: Door) -> None:
    assert issue(door, key=None).faults == {"#/header/Idempotency-Key": "missing"}
    assert door.ask("POST", BLOCKS, {}).faults == {"/gtin": "missing", "/count": "missing"}


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ({"offset": "-1"}, {"#/query/offset": "greater_than_equal"}),
        ({"offset": "2500"}, {"#/query/offset": "offset"}),
        ({"limit": "0"}, {"#/query/limit": "greater_than_equal"}),
        ({"limit": "250001"}, {"#/query/limit": "less_than_equal"}),
        ({"limit": "10001"}, {"#/query/limit": "limit"}),
        ({"limit": "many"}, {"#/query/limit": "int_parsing"}),
        ({"format": "xml"}, {"#/query/format": "literal_error"}),
        ({"as": "urn"}, {"#/query/as": "literal_error"}),
        ({"form": "serial"}, {"#/query/form": "unknown_field"}),
        ({"index": "1"}, {"#/query/index": "unknown_field"}),
    ],
)
def test_a_bad_query_is_refused(
    door: Door, block: str, query: dict[str, str], faults: dict[str, str]
) -> None:
    answered = fetch(door, block, query)

    assert (answered.status, answered.faults) == (400, faults)


def test_what_is_no_block_id_is_refused(door: Door) -> None:
    assert fetch(door, "1").faults == {"#/path/block": "uuid_parsing"}


def test_an_administrator_changes_the_key(door: Door, block: str) -> None:
    def rotate() -> Answered:
        return door.ask("POST", EPOCHS, path={"gtin": str(GTIN)}, token="acme.admin")

    answered, again = rotate(), rotate()

    assert answered.status == 201
    assert answered.json["epoch"] == 1
    assert answered.json["format"]["alphabet"] == "unambiguous"
    assert again.json == answered.json
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(("token", "status"), [("acme.line", 403), ("meddist.admin", 404)])
def test_nobody_else_changes_the_key(door: Door, token: str, status: int) -> None:
    answered = door.ask("POST", EPOCHS, path={"gtin": str(GTIN)}, token=token)

    assert answered.status == status
