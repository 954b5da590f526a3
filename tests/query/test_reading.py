"""Events as an organisation may see them."""

from typing import Any

import pytest

from chalicelib.ledger.model import event_uri, place_of
from chalicelib.ledger.store import RecordItem
from chalicelib.query.model import Row
from chalicelib.query.reading import Reader
from chalicelib.table.read import scan
from tests.builders import Stage, actor
from tests.harness.aws import Aws
from tests.harness.costs import counted

NOBODY = "00000000-0000-8000-8000-000000000100"


@pytest.fixture
def units(aws: Aws) -> list[str]:
    """Plain keys of units that were commissioned together."""
    return [str(unit) for unit in Stage().made(3)]


@pytest.fixture
def event(units: list[str]) -> str:
    (item,) = scan(RecordItem, alone=True)
    return event_uri(place_of(item.pk)[0], 0)


def test_only_its_parties_see_an_event_and_others_what_was_done_to_their_goods(
    units: list[str], event: str
) -> None:
    def seen(who: str, *about: str) -> Any:
        (found,) = Reader(actor(who)).events([Row(0, event, 0, about=about)])
        return found and sorted(epc.rpartition("/")[2] for epc in found["epcList"])

    serials = sorted(unit.partition("#")[2] for unit in units)
    assert seen("acme") == serials
    assert seen("meddist") is None
    assert seen("meddist", *sorted(units)[:2]) == serials[:2]


def test_what_is_not_recorded_yet_or_never_was_is_no_event(event: str) -> None:
    beyond = event_uri(place_of(event)[0], 7)
    reader = Reader(actor("acme"))

    assert reader.events([Row(0, NOBODY, 0), Row(0, beyond, 0)]) == [None, None]
    assert reader.rows([(NOBODY, ()), (beyond, ())]) == []
    assert reader.named(event) == [event]
    assert reader.named("urn:x:none") == []


def test_the_record_of_an_event_is_read_once(aws: Aws, event: str) -> None:
    reader = Reader(actor("acme"))
    (row,) = reader.rows([(event, ("x",))])
    with counted(aws) as spent:
        reader.rows([(event, ())])

    assert spent.round_trips == 0
    assert row.about == ("x",)
