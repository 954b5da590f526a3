"""Rows of the views: written again they are the same, and every one of them is found once."""

from datetime import timedelta

import pytest

from chalicelib.epcis.model import Document
from chalicelib.gs1.keys import Gln
from chalicelib.trace.model import Delivery, Movement
from chalicelib.trace.store import (
    MOST_MOVEMENTS,
    SHARDS,
    DeliveryStore,
    MovementStore,
    advance,
    ever_held,
    watermark,
)
from tests.builders import START, gln, gtin, lgtin, minute
from tests.harness.aws import Aws
from tests.harness.costs import counted

pytestmark = pytest.mark.usefixtures("aws")

ACME, MEDDIST = gln("acme"), gln("meddist")


def event_id(number: int) -> str:
    return f"urn:uuid:00000000-0000-8000-8000-{number:012x}"


def delivery(number: int, party: Gln = MEDDIST, lot: str = "L1", shipper: Gln = ACME) -> Delivery:
    documents = (Document("po", f"PO#{number}"), Document("urn:x", "ä"))
    return Delivery(
        lgtin(lot), shipper, party, 10 + number, event_id(number), minute(number), documents
    )


def movement(number: int, change: int, lot: str = "L1", party: Gln = ACME) -> Movement:
    return Movement(lgtin(lot), party, change, event_id(number), minute(number))


def paged(limit: int, lot: str = "L1", shipper: Gln = ACME) -> list[list[Delivery]]:
    """Return every page of a list."""
    pages: list[list[Delivery]] = []
    position = None
    while True:
        rows, position = DeliveryStore().page(lgtin(lot), shipper, after=position, limit=limit)
        pages.append(rows)
        if position is None:
            return pages


def test_a_delivery_is_read_back_as_it_was_written() -> None:
    DeliveryStore().put(delivery(1))

    assert list(DeliveryStore().of(lgtin(), ACME)) == [delivery(1)]


def test_a_delivery_written_again_is_the_same(aws: Aws) -> None:
    DeliveryStore().put(delivery(1))
    before = aws.items("views")

    DeliveryStore().put(delivery(1))

    assert aws.items("views") == before


def test_deliveries_are_those_of_one_lot_by_one_party() -> None:
    other = lgtin("L1", gtin(2))
    for row in (
        delivery(1),
        delivery(2, lot="L2"),
        delivery(3, lot="L1x"),
        delivery(4, shipper=gln("citypharm")),
        Delivery(other, ACME, MEDDIST, 1, event_id(5), START),
    ):
        DeliveryStore().put(row)

    assert list(DeliveryStore().of(lgtin(), ACME)) == [delivery(1)]


def rows(count: int) -> set[Delivery]:
    """Keep so many deliveries, five to each party."""
    kept = {delivery(number, gln(100 + number // 5)) for number in range(count)}
    for row in kept:
        DeliveryStore().put(row)
    return kept


@pytest.mark.parametrize("limit", [1, 7, 39, 40, 41, 500])
def test_pages_over_all_shards_hold_each_row_once(limit: int) -> None:
    kept = rows(40)

    pages = paged(limit)

    found = [row for page in pages for row in page]
    assert len(found) == len(set(found)) == 40
    assert set(found) == kept
    assert all(len(page) <= limit for page in pages)
    assert all(len(page) == limit for page in pages[:-1] if len(page) and limit < 5)


def test_every_page_but_the_last_is_full() -> None:
    rows(40)

    sizes = [len(page) for page in paged(7)]

    assert sum(sizes) == 40
    assert [size for size in sizes if size != 7] in ([40 % 7], [40 % 7, 0])


def test_an_empty_list_is_one_empty_page() -> None:
    assert paged(10) == [[]]


def test_parties_are_spread_over_the_shards(aws: Aws) -> None:
    rows(120)

    assert len({item["pk"] for item in aws.items("views")}) > SHARDS / 2


def test_movements_of_a_party_come_lot_by_lot() -> None:
    kept = [movement(1, 10), movement(2, -3, "L2"), movement(3, -4), movement(4, 1, "L10")]
    MovementStore().put([*kept, movement(5, 7, party=MEDDIST)])

    found = list(MovementStore().of(ACME))

    assert sorted(found, key=lambda row: row.event_id) == kept
    assert [row.lgtin.lot for row in found] == ["L1", "L1", "L10", "L2"]


def test_movements_count_once_however_they_were_put_together(aws: Aws) -> None:
    rows = [movement(number, number) for number in range(1, MOST_MOVEMENTS + 100)]
    with counted(aws) as spent:
        MovementStore().put(rows)
    for start in range(0, 60, 7):
        MovementStore().put(rows[start : start + 9])

    found = list(MovementStore().of(ACME))

    assert sorted(found, key=lambda row: row.change) == rows
    assert spent.write_units < 40


def test_movements_of_one_lot_are_not_those_of_a_lot_that_begins_alike() -> None:
    MovementStore().put([movement(1, 10), movement(2, 5, "L10")])

    assert [row.change for row in MovementStore().of(ACME, begins=f"{lgtin()}#")] == [10]
    assert [row.change for row in MovementStore().of(ACME, begins=f"{gtin()}#")] == [10, 5]
    assert list(MovementStore().of(ACME, begins=f"{gtin(2)}#")) == []


def test_who_had_anything_of_a_lot_held_it() -> None:
    MovementStore().put([movement(1, -3, "L10", MEDDIST)])

    assert ever_held(MEDDIST, lgtin("L10"))
    assert not ever_held(MEDDIST, lgtin("L1"))
    assert not ever_held(ACME, lgtin("L10"))


def test_a_watermark_only_goes_on() -> None:
    assert watermark("events") is None
    advance("events", START)
    assert watermark("events") == START

    advance("events", START - timedelta(seconds=1))
    assert watermark("events") == START
    advance("events", START + timedelta(milliseconds=1))
    assert watermark("events") == START + timedelta(milliseconds=1)
    assert watermark("others") is None
