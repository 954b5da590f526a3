"""Returns are taken in exactly once, and as they were decided first."""

from contextlib import suppress
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.errors import Busy
from chalicelib.goods.verification import Claim
from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin
from chalicelib.lots.model import day
from chalicelib.returns import store, usecases
from chalicelib.returns.model import FEW, Outcome, Result
from chalicelib.returns.usecases import Asked, results_of, take
from tests.harness.network import AT, GTIN, LOT, Network, gln, serial_of
from tests.returns.builders import OUTSIDER, sold_outside

ACME = Actor("acme", Gln(gln("acme")), "acme-warehouse", frozenset({Role.WAREHOUSE}))
ASKED = Asked(
    UUID("0199aaaa-0000-8000-8000-000000000000"), "f", ACME, AT, AT, Sgln(ACME.gln), Gln(OUTSIDER)
)
EXPIRY = day("281231", this_year=2026)


def claims(units: list[str], lot: str = LOT) -> list[Claim]:
    return [Claim(Sgtin.of(Gtin(GTIN), serial_of(each)), lot, EXPIRY) for each in units]


def ends(results: list[Result]) -> set[Outcome]:
    return {each.outcome for each in results}


def test_what_was_interrupted_is_shown_as_pending_and_finished_by_a_repeat(
    network: Network,
) -> None:
    units = sold_outside(network, FEW + 5)
    calls: list[Any] = []

    def dies_the_second_time(*args: Any, **more: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise Busy("cut off")
        return record(*args, **more)

    record = usecases.record
    with patch.object(usecases, "record", dies_the_second_time), pytest.raises(Busy):
        take(ASKED, claims(units))
    made = store.find(ASKED.id.hex)
    assert made is not None
    assert not made.complete
    assert [done for _, done in results_of(made, first=FEW - 1, limit=2)] == [True, False]

    made, results, replayed = take(ASKED, claims(units))

    assert (made.totals, ends(results), replayed) == (
        {Outcome.ACCEPTED: FEW + 5}, {Outcome.ACCEPTED}, False,
    )  # fmt: skip
    assert take(ASKED, claims(units)) == (made, results, True)


def test_what_was_decided_first_is_done_by_a_repeat_though_it_would_be_decided_otherwise_now(
    network: Network,
) -> None:
    units = sold_outside(network, 1)
    with patch.object(usecases, "record", side_effect=Busy("cut off")), suppress(Busy):
        take(ASKED, claims(units, lot="X"))

    with patch.object(usecases, "verify_each", side_effect=AssertionError("asked again")):
        _, (result,), _ = take(ASKED, claims(units, lot="X"))

    assert (result.outcome, result.reasons) == (
        Outcome.QUARANTINED, ("lot_mismatch", "not_verified"),
    )  # fmt: skip


def test_a_unit_that_is_gone_meanwhile_is_refused_and_the_others_are_taken_in(
    network: Network,
) -> None:
    units = sold_outside(network, 3, packed=False)
    with patch.object(usecases, "record", side_effect=Busy("cut off")), suppress(Busy):
        take(ASKED, claims(units))
    network.post("acme-warehouse", "/v1/returns", {
        "from": OUTSIDER,
        "items": [{"gtin": GTIN, "serial": serial_of(units[1]), "lot": LOT,
                   "expiry": "2028-12-31"}],
    })  # fmt: skip

    _, results, _ = take(ASKED, claims(units))

    assert [(each.outcome, each.reasons) for each in results] == [
        (Outcome.ACCEPTED, ()), (Outcome.REFUSED, ("already_received",)), (Outcome.ACCEPTED, ()),
    ]  # fmt: skip


def test_two_that_take_the_same_return_in_do_it_once(network: Network) -> None:
    units = sold_outside(network, 2)
    first: list[Any] = []

    def second_is_faster(*args: Any) -> Any:
        if not first:
            first.append(None)
            first[0] = take(ASKED, claims(units))
        return finish(*args)

    finish = store.finish
    with patch.object(store, "finish", second_is_faster):
        made, results, _ = take(ASKED, claims(units))

    assert (made, results) == first[0][:2]
    assert made.totals == {Outcome.ACCEPTED: 2}
