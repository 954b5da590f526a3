"""What a case asks for is done exactly once, whoever comes to it."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from chalicelib.access.model import Actor
from chalicelib.access.model import Role as ClientRole
from chalicelib.errors import Busy, KeyReused
from chalicelib.gs1.keys import Gln, Gtin, Sgtin
from chalicelib.suspicions import holding, store, usecases
from chalicelib.suspicions.model import FEW, Contact, Hold, Note, State
from chalicelib.suspicions.usecases import Asked, note, open_case
from tests.harness.network import AT, GTIN, Network, gln, serial_of
from tests.suspicions.builders import at_meddist

QUALITY = Actor("meddist", Gln(gln("meddist")), "meddist-quality", frozenset({ClientRole.QUALITY}))
ASKED = Asked(QUALITY, AT)
ID = UUID("0199aaaa-0000-8000-8000-000000000000")
OPENING = Note(AT, "c", State.SUSPECT, "odd", ID.hex, "f")


def sgtins(units: list[str]) -> list[Sgtin]:
    return [Sgtin.of(Gtin(GTIN), serial_of(each)) for each in units]


def opened(units: list[str]) -> Any:
    return open_case(ID, OPENING, Contact(), sgtins(units), ASKED)


def dies_at(number: int) -> Any:
    """Let recording fail once, the so-manieth time."""
    calls: list[None] = []
    record = holding.record

    def one(*args: Any, **more: Any) -> Any:
        calls.append(None)
        if len(calls) == number:
            raise Busy("cut off")
        return record(*args, **more)

    return patch.object(holding, "record", one)


def test_what_was_interrupted_is_finished_by_a_repeat(network: Network) -> None:
    units = at_meddist(network, FEW + 5)
    with dies_at(2), pytest.raises(Busy):
        opened(units)
    case = store.find(ID.hex)
    assert case is not None
    assert [page.hold for page in store.pages(case)] == [Hold.SUSPECT, None]

    _, pages, replayed = opened(units)

    assert {each.hold for page in pages for each in page.things} == {Hold.SUSPECT}
    assert replayed
    assert opened(units)[1] == pages


def test_what_an_opening_left_undone_is_done_by_what_follows(network: Network) -> None:
    units = at_meddist(network, FEW + 5)
    with dies_at(2), pytest.raises(Busy):
        opened(units)
    condemned = replace(OPENING, state=State.ILLEGITIMATE, operation="o1", fingerprint="g")

    _, pages, _ = note(ID.hex, condemned, ASKED)

    assert {each.hold for page in pages for each in page.things} == {Hold.CONDEMNED}
    assert opened(units)[1] == pages  # a late repeat of the opening takes nothing back


def test_a_note_whose_work_was_interrupted_is_finished_by_its_repeat(network: Network) -> None:
    units = at_meddist(network, FEW + 5)
    opened(units)
    cleared = replace(OPENING, state=State.CLEARED, operation="o1", fingerprint="g")
    with dies_at(2), pytest.raises(Busy):
        note(ID.hex, cleared, ASKED)

    _, pages, replayed = note(ID.hex, cleared, ASKED)

    assert replayed
    assert {each.hold for page in pages for each in page.things} == {Hold.RELEASED}


def test_two_that_open_the_same_case_hold_its_things_once(network: Network) -> None:
    units = at_meddist(network, 2)
    first: list[Any] = []
    create = store.create

    def second_is_faster(*args: Any) -> bool:
        if not first:
            first.append(None)
            first[0] = opened(units)
        return create(*args)

    with patch.object(usecases.store, "create", second_is_faster):
        _, pages, _ = opened(units)

    assert [page.things for page in pages] == [page.things for page in first[0][1]]
    path = f"/v1/units/{GTIN}/{serial_of(units[0])}/history"
    steps = [e["bizStep"] for e in network.get("meddist-quality", path)["events"]]
    assert sum(step.endswith("suspecting") for step in steps) == 1


def test_a_key_is_of_one_case(network: Network) -> None:
    units = at_meddist(network, 1)
    opened(units)

    with pytest.raises(KeyReused):
        open_case(ID, replace(OPENING, fingerprint="other"), Contact(), sgtins(units), ASKED)


def test_what_is_in_another_case_is_not_let_go_by_this_one(network: Network) -> None:
    units = at_meddist(network, 1)
    opened(units)
    other = UUID(int=ID.int + (1 << 80))

    _, (page,), _ = open_case(
        other, replace(OPENING, operation=other.hex), Contact(), sgtins(units), ASKED
    )
    assert (page.things[0].hold, page.things[0].code) == (None, "suspect")
    note(other.hex, replace(OPENING, state=State.CLEARED, operation="o9"), ASKED)

    path = f"/v1/units/{GTIN}/{serial_of(units[0])}"
    assert network.get("meddist-quality", path)["state"] == "suspect"
