"""Records and the ids of their events."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.epcis.model import BizStep
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import MOST_EVENTS, Record, event_uri, place_of
from chalicelib.serial.model import Place
from tests.builders import START, event, operation, unit, units

records = st.integers(0, 2**120 - 1).map(lambda number: UUID(int=number << 8))


@given(records, st.integers(0, MOST_EVENTS))
def test_an_event_id_tells_its_record_and_its_number(record: UUID, number: int) -> None:
    uri = event_uri(record, number)

    assert place_of(uri) == place_of(uri.removeprefix("urn:uuid:")) == (record, number)
    assert UUID(uri.removeprefix("urn:uuid:")).int - number == record.int


def test_events_are_numbered_in_order() -> None:
    each = tuple(event(BizStep.SHIPPING, "acme", epcs=(epc,), to="meddist") for epc in units(3))
    record = Record(operation(7), "acme", "acme-line", "f", START, each)

    assert [place_of(uri) for uri in record.event_ids()] == [(operation(7), n) for n in range(3)]


def test_the_epcs_of_an_event_are_kept_by_their_places() -> None:
    shipped = event(BizStep.SHIPPING, "acme", epcs=units(2), to="meddist")
    place = Place(0, 3)

    record = Record(operation(7), "acme", "c", "f", START, (shipped,), places={unit(0): place})

    assert record.epcset(shipped) == EpcSet.of(units(2), {unit(0): place})
    assert record.epcset(shipped).others == {unit(1)}


@pytest.mark.parametrize("text", ["", "urn:uuid:", "urn:uuid:nothing", "../etc"])
def test_what_is_no_uuid_names_no_event(text: str) -> None:
    with pytest.raises(ValueError, match="badly formed"):
        place_of(text)
