"""Sets of EPCs: they behave as sets, and are stored without loss."""

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.model import Epc
from chalicelib.gs1.keys import Gtin, Sgtin, Sscc
from chalicelib.ledger.epcset import EMPTY, EpcSet, epc_of
from chalicelib.serial.model import Place
from tests.builders import gtin, sscc, unit, units
from tests.gs1.strategies import sgtins
from tests.gs1.strategies import sscc as ssccs


class Spelled:
    """Spells a place as `S{index}`, with an `e` for each epoch."""

    def texts(self, gtin: Gtin, places: Sequence[Place]) -> list[str]:
        return ["e" * place.epoch + f"S{place.index:08}" for place in places]


def places(epcs: Sequence[Epc]) -> Mapping[Sgtin, Place]:
    return {epc: place for epc in epcs if isinstance(epc, Sgtin) and (place := place_of(epc))}


def place_of(epc: Epc) -> Place | None:
    serial = epc.serial if isinstance(epc, Sgtin) else ""
    text = serial.lstrip("e")
    if len(text) == 9 and text.startswith("S") and text[1:].isascii() and text[1:].isdigit():
        return Place(len(serial) - len(text), int(text[1:]))
    return None


ours = st.builds(
    lambda epoch, index, of: Sgtin.of(gtin(of), "e" * epoch + f"S{index:08}"),
    st.integers(0, 2),
    st.integers(0, 40) | st.integers(0, 10**8 - 1),
    st.integers(1, 3),
)
foreign = sgtins.filter(lambda epc: place_of(epc) is None)
epcs = st.frozensets(ours | foreign | ssccs, max_size=30)


def made(of: frozenset[Epc]) -> EpcSet:
    return EpcSet.of(of, places(list(of)))


def listed(of: EpcSet) -> set[Epc]:
    return set(of.epcs(Spelled()))


@settings(max_examples=50)
@given(epcs)
def test_a_set_holds_what_it_was_made_of(some: frozenset[Epc]) -> None:
    found = made(some)

    assert listed(found) == some
    assert len(found) == len(some) == len(found.epcs(Spelled()))
    assert all(found.holds(epc, place_of(epc)) for epc in some)


@settings(max_examples=50)
@given(epcs, epcs)
def test_a_set_holds_nothing_else(some: frozenset[Epc], others: frozenset[Epc]) -> None:
    assert not any(made(some).holds(epc, place_of(epc)) for epc in others - some)


@settings(max_examples=50)
@given(epcs, epcs)
def test_union_and_difference_are_those_of_sets(a: frozenset[Epc], b: frozenset[Epc]) -> None:
    assert made(a) | made(b) == made(a | b)
    assert made(a) - made(b) == made(a - b)
    assert (made(a) | made(b)) - made(b) == made(a - b)


@settings(max_examples=50)
@given(epcs)
def test_nothing_is_the_neutral_element(some: frozenset[Epc]) -> None:
    assert made(some) | EMPTY == made(some) - EMPTY == made(some)
    assert made(some) - made(some) == EMPTY
    assert len(EMPTY) == 0


@settings(max_examples=50)
@given(epcs)
def test_what_was_packed_is_unpacked_the_same(some: frozenset[Epc]) -> None:
    packed = json.loads(json.dumps(made(some).pack()))

    assert EpcSet.unpack(packed) == made(some)


def test_nothing_packs_to_nothing() -> None:
    assert EMPTY.pack() == {}
    assert EpcSet.unpack({}) == EMPTY


def test_neighbours_are_packed_as_runs() -> None:
    ordered = (*units(100), *units(205, 200))

    packed = made(frozenset(ordered)).pack()

    assert packed == {"u": [[gtin().digits, 0, 0, 100, 100, 5]]}


def test_the_order_of_a_set_is_always_the_same() -> None:
    mixed: list[Epc] = [sscc(2), unit(7), sscc(1), unit(3), unit(5, gtin(2)), unit(4)]
    strange = Sgtin.of(gtin(), "!")

    found = made(frozenset([*mixed, strange])).epcs(Spelled())

    assert found == (unit(3), unit(4), unit(7), unit(5, gtin(2)), sscc(1), sscc(2), strange)


def test_a_set_is_not_changed_by_what_is_made_of_it() -> None:
    some = made(frozenset(units(3)))

    _ = some | made(frozenset(units(9))), some - made(frozenset(units(2)))

    assert listed(some) == set(units(3))


def test_a_unit_without_a_place_is_kept_as_text() -> None:
    found = EpcSet.of([unit(3)], {})

    assert found.others == {unit(3)}
    assert found.holds(unit(3), None)
    assert not found.holds(unit(3), Place(0, 3))


def test_one_index_in_two_epochs_is_two_units() -> None:
    first, second = unit(3), Sgtin.of(gtin(), "eS00000003")

    found = made(frozenset([first]))

    assert not found.holds(second, place_of(second))
    assert len(found | made(frozenset([second]))) == 2


@pytest.mark.parametrize("epc", [unit(1), sscc(1), Sgtin.of(gtin(), "a/b?c")])
def test_a_plain_key_is_read_back(epc: Sgtin | Sscc) -> None:
    assert epc_of(str(epc)) == epc


@pytest.mark.parametrize("members", [units(3), [sscc(2), sscc(1)], [sscc(1), *units(9, 4)]])
def test_one_of_a_set_is_always_the_same(members: Sequence[Sgtin | Sscc]) -> None:
    found = made(frozenset(members))

    assert found.one(Spelled()) in listed(found)
    assert found.one(Spelled()) == found.one(Spelled())
