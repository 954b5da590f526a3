"""Rows that lead to events, each party's own; and named queries."""

import pytest

from chalicelib.errors import AlreadyExists, NoSuchName
from chalicelib.query.model import ALL, Row
from chalicelib.query.store import QueryStore, put_rows, row_of, rows, values
from tests.builders import gln
from tests.harness.aws import Aws

pytestmark = pytest.mark.usefixtures("aws")
KEYS = [ALL, ("bizStep", "shipping"), ("document", "urn:x:d")]


def found(who: str = "acme", **how: bool) -> list[str]:
    page = rows(gln(who), "document", "urn:x:d", limit=10, newest_first=how.get("newest", True))
    return [row_of(item).event for item in page.items]


def test_events_are_found_under_their_keys_in_the_order_of_time() -> None:
    for number in (2, 1, 3):
        put_rows(gln("acme"), Row(f"2026-01-0{number}", f"e{number}"), KEYS)

    assert found() == ["e3", "e2", "e1"]
    assert found(newest=False) == ["e1", "e2", "e3"]
    assert found("meddist") == []


def test_what_has_few_values_is_told_in_the_row_of_every_event() -> None:
    put_rows(gln("acme"), Row("2026", "e"), KEYS)

    (item,) = rows(gln("acme"), *ALL, limit=9, newest_first=True).items

    assert row_of(item).told == {("bizStep", "shipping")}
    assert rows(gln("acme"), "bizStep", "shipping", limit=9, newest_first=True).items == []


def test_a_row_written_again_is_the_same_row(aws: Aws) -> None:
    put_rows(gln("acme"), Row("2026", "e"), KEYS)
    before = aws.snapshot()

    put_rows(gln("acme"), Row("2026", "e"), KEYS)

    assert aws.snapshot() == before


def test_an_event_with_many_keys_has_a_row_for_each() -> None:
    put_rows(gln("acme"), Row("2026", "e"), [("epc", f"urn:x:{n:03}") for n in range(130)])

    first, after = values(gln("acme"), "epc", after=None, limit=100)
    second, end = values(gln("acme"), "epc", after=after, limit=100)

    assert len({*first, *second}) == 130
    assert end is None


def test_a_query_is_kept_under_its_name_for_its_organisation() -> None:
    store = QueryStore("acme")
    store.create("mine", {"EQ_bizStep": ["shipping"]})
    store.create("mine", {"EQ_bizStep": ["shipping"]})

    assert store.get("mine") == {"EQ_bizStep": ["shipping"]}
    assert store.page(after=None, limit=9) == ([("mine", {"EQ_bizStep": ["shipping"]})], None)
    with pytest.raises(AlreadyExists):
        store.create("mine", {})
    with pytest.raises(NoSuchName):
        QueryStore("meddist").get("mine")


def test_a_forgotten_query_is_gone() -> None:
    store = QueryStore("acme")
    store.create("mine", {})
    store.delete("mine")

    with pytest.raises(NoSuchName):
        store.delete("mine")
    store.create("mine", {"EQ_action": ["ADD"]})
    assert store.get("mine") == {"EQ_action": ["ADD"]}
