"""Packs change their state one by one, exactly once, and what is odd is alerted."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.alerts import store as alerts
from chalicelib.errors import Busy, Forbidden
from chalicelib.goods.verification import Claim
from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin
from chalicelib.packs.model import Operation, Result
from chalicelib.packs.usecases import FEW, Asked, do
from tests.harness.faults import Kind, injected
from tests.harness.network import AT, GTIN, LOT, Network, gln, serial_of

ROLES = frozenset({Role.WAREHOUSE, Role.QUALITY})


class Pharmacy:
    """Asks for one thing after the other, each under a new identity."""

    def __init__(self, network: Network, name: str = "citypharm") -> None:
        self.network, self.name = network, name
        self._numbers = iter(range(1, 1000))

    def ask(
        self, operation: str, *packs: Any, at: datetime = AT, place: str = "", number: int = 0,
        roles: frozenset[Role] = ROLES, lot: str | None = None,
    ) -> list[Result]:  # fmt: skip
        own = Gln(gln(self.name))
        identity = UUID(int=(number or next(self._numbers)) << 72)
        asked = Asked(
            Operation(operation), identity, "f", Actor(self.name, own, "c", roles), at, at,
            Sgln(own, place or None),
        )  # fmt: skip
        return do(asked, [Claim(unit(pack), lot) for pack in packs])


def unit(pack: Any) -> Sgtin:
    return pack if isinstance(pack, Sgtin) else Sgtin.of(Gtin(GTIN), serial_of(str(pack)))


@pytest.fixture
def packs(network: Network) -> list[str]:
    """Sixty packs in two cases at the pharmacy."""
    units = network.commissioned(60)
    cases = [network.packed(units[:30]), network.packed(units[30:])]
    network.delivered(cases, "acme", "citypharm")
    return units


@pytest.fixture
def pharmacy(network: Network, packs: list[str]) -> Pharmacy:
    return Pharmacy(network)


def codes(results: list[Result]) -> list[tuple[bool, str | None, str]]:
    return [(r.outcome.done, r.outcome.code, r.outcome.alert) for r in results]


GOOD = (True, "NMVS_SUCCESS", "")
ENDS = ["supply", "export", "sample", "free_sample", "lock", "destroy", "stolen", "check_out"]


@pytest.mark.parametrize("operation", ENDS)
def test_an_active_pack_takes_every_state_and_then_another_raises_a24(
    pharmacy: Pharmacy, packs: list[str], operation: str
) -> None:
    assert codes(pharmacy.ask(operation, packs[0])) == [GOOD]

    for other in set(ENDS) - {operation}:
        (found,) = codes(pharmacy.ask(other, packs[0]))
        reversible = operation not in {"destroy", "stolen", "check_out"}
        if other == "stolen" and reversible:
            assert found == GOOD
            return
        assert found == (False, "NMVS_NC_PCK_06", "A24"), other


@pytest.mark.parametrize("operation", ["supply", "export", "sample", "free_sample", "lock"])
def test_a_state_is_undone_by_who_brought_it_about(
    pharmacy: Pharmacy, packs: list[str], operation: str
) -> None:
    pharmacy.ask(operation, packs[0])

    (result,) = pharmacy.ask("undo", packs[0])

    assert codes([result]) == [GOOD]
    assert result.state == "ACTIVE"
    assert codes(pharmacy.ask("supply", packs[0])) == [GOOD]


@pytest.mark.parametrize("operation", ["destroy", "stolen", "check_out"])
def test_some_states_are_never_undone(pharmacy: Pharmacy, packs: list[str], operation: str) -> None:
    pharmacy.ask(operation, packs[0])

    assert codes(pharmacy.ask("undo", packs[0])) == [(False, "NMVS_NC_PCK_06", "A24")]


def test_undoing_is_in_time_and_at_the_place(pharmacy: Pharmacy, packs: list[str]) -> None:
    pharmacy.ask("supply", packs[0], packs[1], place="TILL-1")
    late = AT + timedelta(days=10, seconds=1)

    assert codes(pharmacy.ask("undo", packs[0], at=late)) == [(False, "NMVS_NC_PCK_20", "A24")]
    assert codes(pharmacy.ask("undo", packs[0], place="TILL-2")) == [GOOD]
    assert codes(pharmacy.ask("undo", packs[2])) == [(False, "NMVS_NC_PCK_06", "")]


def test_the_same_again_is_a_double_scan_where_it_was_done(
    pharmacy: Pharmacy, packs: list[str]
) -> None:
    pharmacy.ask("supply", packs[0])

    found = [codes(pharmacy.ask("supply", packs[0]))[0] for _ in range(4)]

    again, alerted = (True, "NMVS_NC_PCK_23", ""), (False, "NMVS_NC_PCK_22", "A24")
    assert found == [again, again, alerted, alerted]


def test_what_is_not_what_it_says_is_alerted(pharmacy: Pharmacy, packs: list[str]) -> None:
    def ask(pack: Any, lot: str) -> tuple[bool, str | None, str]:
        return codes(pharmacy.ask("supply", pack, lot=lot))[0]

    unheard = Sgtin.of(Gtin(GTIN), "nowhere")
    assert ask(packs[0], "X") == (False, "NMVS_FE_LOT_13", "A68")
    assert ask(unheard, LOT) == (False, "NMVS_NC_PC_02", "A3")
    assert ask(unheard, "X") == (False, "NMVS_FE_LOT_03", "A2")
    assert ask(Sgtin.of(Gtin("09506000134352"), "S"), LOT) == (False, "NMVS_NC_PC_01", "")
    assert ask(packs[0], LOT) == GOOD


def test_alerts_are_the_makers_business_and_the_pharmacys(
    pharmacy: Pharmacy, packs: list[str]
) -> None:
    (result,) = pharmacy.ask("supply", packs[0], lot="X")

    for organisation in ("acme", "citypharm"):
        (alert,), _ = alerts.page(organisation, after=None, limit=10)
        assert (alert.id, alert.code, alert.reason) == (result.alert, "A68", "NMVS_FE_LOT_13")
        assert (alert.lot, alert.serial) == ("X", result.unit.serial)


def test_a_recalled_batch_is_not_supplied_and_nothing_is_alerted(
    network: Network, pharmacy: Pharmacy, packs: list[str]
) -> None:
    network.post("acme-quality", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]}, "reason": "glass", "classification": "I",
    })  # fmt: skip

    (verified,) = pharmacy.ask("verify", packs[0])
    rejected = [pharmacy.ask(each, packs[0])[0] for each in ("supply", "export", "free_sample")]

    assert (verified.outcome.done, verified.outcome.reasons) == (False, ("recalled",))
    assert {(r.outcome.code, r.outcome.alert, r.alert) for r in rejected} == {(None, "", "")}
    assert codes(pharmacy.ask("destroy", packs[0])) == [GOOD]


def test_a_pack_of_somebody_else_is_rejected_without_an_alert(
    network: Network, packs: list[str]
) -> None:
    other = Pharmacy(network, "ruralpharm")

    assert codes(other.ask("supply", packs[0])) == [(False, None, "")]
    assert codes(other.ask("verify", packs[0])) == [GOOD]


def test_of_many_packs_each_has_its_own_result_in_order(
    pharmacy: Pharmacy, packs: list[str]
) -> None:
    pharmacy.ask("export", packs[3], packs[40])
    unheard = Sgtin.of(Gtin(GTIN), "nowhere")

    results = pharmacy.ask("supply", *packs[:50], unheard, packs[0])

    assert [r.unit for r in results] == [unit(each) for each in (*packs[:50], unheard, packs[0])]
    wrong = {n for n, r in enumerate(results) if not r.outcome.done}
    assert wrong == {3, 40, 50}
    assert len(packs[:50]) > FEW
    assert codes(pharmacy.ask("verify", packs[0], packs[59])) == [(False, "NMVS_SUCCESS", ""), GOOD]


def test_a_role_that_may_not_is_refused_before_anything_is_done(
    pharmacy: Pharmacy, packs: list[str]
) -> None:
    with pytest.raises(Forbidden):
        pharmacy.ask("supply", packs[0], roles=frozenset({Role.PARTNER}))

    assert codes(pharmacy.ask("verify", packs[0], roles=frozenset({Role.PARTNER}))) == [GOOD]


@pytest.mark.parametrize(
    "kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER, Kind.CONFLICT]
)
def test_a_request_that_was_disturbed_anywhere_is_completed_by_its_repeat(
    network: Network, pharmacy: Pharmacy, packs: list[str], kind: Kind
) -> None:
    pharmacy.ask("export", packs[59])
    for at in range(1, 11):
        some = [*packs[5 * at - 5 : 5 * at], packs[59]]
        with injected({at: kind}) as calls, suppress(Busy):
            pharmacy.ask("sample", *some, number=100 + at)
        assert at > 9 or calls.hit or kind is Kind.CONFLICT

        first, again = (pharmacy.ask("sample", *some, number=100 + at) for _ in range(2))

        assert first == again
        assert [r.outcome.done for r in again] == [True] * 5 + [False]
        assert again[5].outcome.alert == "A24"
        path = f"/v1/units/{GTIN}/{serial_of(some[0])}/history"
        events = network.get("citypharm-warehouse", path)["events"]
        steps = [event["bizStep"] for event in events]
        assert steps.count("sampling") == 1
    found, _ = alerts.page("acme", after=None, limit=50)
    assert len(found) == 10
