"""Queries and answers about deliveries and holdings."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.trace.wire import (
    DeliveriesAnswer,
    DeliveryAnswer,
    DocumentAnswer,
    HoldingAnswer,
    HoldingsAnswer,
    HoldingsQuery,
)
from tests.builders import START, gln, gtin


@pytest.mark.parametrize(
    "query", [{}, {"gtin": str(gtin())}, {"gtin": str(gtin()), "lot": "L1"}, {"lot": "L1"}]
)
def test_holdings_are_asked_for_by_product_and_lot(query: dict[str, str]) -> None:
    assert HoldingsQuery.model_validate(query).model_dump(exclude_none=True, mode="json") == query


@pytest.mark.parametrize("query", [{"gtin": "1"}, {"lot": ""}, {"lot": "x" * 21}, {"lots": "L1"}])
def test_a_query_in_other_words_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        HoldingsQuery.model_validate(query)


def test_deliveries_are_answered_in_camel_case() -> None:
    row = DeliveryAnswer(
        party=str(gln("meddist")),
        quantity=3,
        event_id="urn:uuid:1",
        event_time=START,
        documents=[DocumentAnswer(type="po", id="7")],
    )
    answer = DeliveriesAnswer(gtin=gtin(), lot="L1", as_of=None, deliveries=[row])

    assert answer.model_dump(mode="json") == {
        "gtin": str(gtin()),
        "lot": "L1",
        "asOf": None,
        "deliveries": [
            {
                "party": str(gln("meddist")),
                "quantity": 3,
                "eventId": "urn:uuid:1",
                "eventTime": "2026-11-01T08:00:00.000Z",
                "documents": [{"type": "po", "id": "7"}],
            }
        ],
        "next": None,
    }


def test_holdings_say_as_of_when() -> None:
    rows: list[Any] = [HoldingAnswer(gtin=gtin(), lot="L1", quantity=7)]

    assert HoldingsAnswer(as_of=START, holdings=rows).model_dump(mode="json") == {
        "asOf": "2026-11-01T08:00:00.000Z",
        "holdings": [{"gtin": str(gtin()), "lot": "L1", "quantity": 7}],
    }
