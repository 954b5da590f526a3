"""Verdicts on packs: right, uniform where nothing may be said, and cheap."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.goods.model import Status
from chalicelib.goods.verification import Claim, Verdict, verify
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.lots import scopes
from chalicelib.lots.model import Status as LotStatus
from chalicelib.lots.store import recall_lot
from chalicelib.serial.epochs import Known, known, rotate
from chalicelib.serial.model import DEFAULT, PAGE
from chalicelib.table.transaction import Transaction
from tests.builders import EXPIRY, Stage, gtin, lgtin, lot, sscc
from tests.harness.aws import Aws
from tests.harness.costs import counted

TODAY = date(2026, 11, 23)


@pytest.fixture
def stage(aws: Aws) -> Stage:
    return Stage()


def verdict(stage: Stage, unit: Sgtin, *claims: Any, on: date = TODAY) -> Verdict:
    (found,) = verify([Claim(unit, *claims)], stage.numbers(), on=on)
    return found


def recall(*units: Sgtin) -> None:
    """Recall the lot, or only these units of it."""
    tx = Transaction()
    recall_lot(tx, lgtin(), "r1", partial=bool(units))
    if units:
        scopes.write(tx, "r1", lgtin(), [unit.serial for unit in units])
    tx.commit()


# --- right


def test_a_pack_that_is_what_it_says_is_verified(stage: Stage) -> None:
    (unit,) = stage.made(1)

    for claims in ((), ("L1",), (None, EXPIRY), ("L1", EXPIRY)):
        found = verdict(stage, unit, *claims)
        assert found.verified
        assert (found.reasons, found.status, found.lot and found.lot.lgtin) == (
            (), Status.ACTIVE, lgtin(),
        )  # fmt: skip
        assert not found.recalled
        assert not found.expired


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("dispense", Status.DISPENSED),
        ("sample", Status.SAMPLED),
        ("destroy", Status.DESTROYED),
        ("decommission", Status.INACTIVE),
    ],
)
@pytest.mark.parametrize("together", [1, 20], ids=["moved out", "on its page"])
def test_a_pack_whose_life_ended_is_refused_by_what_it_is(
    stage: Stage, verb: str, status: Status, together: int
) -> None:
    made = stage.made(30)

    getattr(stage, verb)("acme", *made[:together])

    found = verdict(stage, made[0], "L1")
    assert (found.reasons, found.status) == ((status.value,), status)
    assert verdict(stage, made[29], "L1").verified


def test_where_a_pack_is_makes_no_difference(stage: Stage) -> None:
    made = stage.made(30)
    stage.pack("acme", sscc(1), *made[:20])
    stage.ship("acme", "meddist", sscc(1), made[25])

    for unit in (made[0], made[25], made[29]):
        assert verdict(stage, unit, "L1").verified


def test_a_pack_from_elsewhere_is_known_by_its_own_item(stage: Stage) -> None:
    foreign = Sgtin.of(gtin(), "from/elsewhere")
    stage.commission("acme", [foreign])

    assert verdict(stage, foreign).verified
    assert verdict(stage, Sgtin.of(gtin(), "from/Elsewhere")).reasons == ("unknown",)


@pytest.mark.parametrize(("days", "expired"), [(0, False), (1, True)])
def test_the_expiry_date_is_the_last_day_of_use(stage: Stage, days: int, expired: bool) -> None:
    (unit,) = stage.made(1)

    found = verdict(stage, unit, "L1", on=EXPIRY + timedelta(days))

    assert found.expired is expired
    assert found.reasons == (("expired",) if expired else ())


@pytest.mark.parametrize("status", [LotStatus.QUARANTINED, LotStatus.REJECTED])
def test_what_quality_has_not_released_is_refused(stage: Stage, status: LotStatus) -> None:
    (unit,) = stage.made(1)
    stage.keep(lot(status=status))

    assert verdict(stage, unit).reasons == (status.value,)


def test_a_recall_of_the_lot_is_seen_at_once(stage: Stage) -> None:
    (unit,) = stage.made(1)
    assert verdict(stage, unit, "L1").verified

    recall()

    found = verdict(stage, unit, "L1")
    assert (found.reasons, found.recalled) == (("recalled",), True)


def test_a_recall_of_some_units_holds_of_them_only(stage: Stage) -> None:
    made, foreign = stage.made(3), Sgtin.of(gtin(), "from-elsewhere")
    stage.commission("acme", [foreign])

    recall(made[1], foreign)

    found = verify([Claim(unit) for unit in (*made, foreign)], stage.numbers(), on=TODAY)
    assert [each.recalled for each in found] == [False, True, False, True]
    assert [each.verified for each in found] == [True, False, True, False]


def test_every_reason_is_told_the_gravest_first(stage: Stage) -> None:
    (unit,) = stage.made(1)
    stage.destroy("acme", unit)
    stage.keep(lot(status=LotStatus.REJECTED))
    recall()

    found = verdict(stage, unit, "other", date(2020, 1, 1), on=EXPIRY + timedelta(1))

    assert found.reasons == (
        "lot_mismatch", "expiry_mismatch", "recalled", "rejected", "destroyed", "expired",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "reasons"),
    [
        (("l1",), ("lot_mismatch",)),
        (("L2",), ("lot_mismatch",)),
        (("L1", EXPIRY + timedelta(1)), ("expiry_mismatch",)),
        ((None, EXPIRY - timedelta(1)), ("expiry_mismatch",)),
        (("L2", EXPIRY), ("lot_mismatch",)),
    ],
)
def test_what_is_printed_wrong_is_refused_without_telling_what_is_right(
    stage: Stage, claims: Any, reasons: tuple[str, ...]
) -> None:
    stage.keep(lot("L2"))
    (unit,) = stage.made(1)

    found = verdict(stage, unit, *claims)

    assert (found.reasons, found.lot) == (reasons, None)


# --- uniform


def test_what_nobody_may_tell_apart_gets_one_answer(stage: Stage) -> None:
    made, issued = stage.made(5), stage.issue(5)
    stage.return_numbers("acme", issued[0])
    strange = gtin(9)
    units = {
        "issued, not commissioned": issued[1],
        "returned": issued[0],
        "our format, never issued": Sgtin.of(gtin(), made[0].serial[::-1]),
        "not our format": Sgtin.of(gtin(), "elsewhere"),
        "no such product": Sgtin.of(strange, made[0].serial),
    }

    for lot_claimed in (None, "L1", "L2"):
        for name, unit in units.items():
            found = verdict(stage, unit, lot_claimed, EXPIRY)
            assert found == Verdict(Claim(unit, lot_claimed, EXPIRY), ("unknown",)), name


def test_a_returned_number_spoils_no_other_verdict(stage: Stage) -> None:
    made, issued = stage.made(2), stage.issue(1)
    stage.return_numbers("acme", *issued)

    found = verify([Claim(unit) for unit in (*made, *issued)], stage.numbers(), on=TODAY)

    assert [each.verified for each in found] == [True, True, False]


# --- many, and cheap


def test_verdicts_come_in_the_order_of_the_claims(stage: Stage) -> None:
    made = stage.made(20)
    stage.dispense("acme", made[3])
    claims = [Claim(made[3]), Claim(made[0]), Claim(Sgtin.of(gtin(), "?")), Claim(made[3], "L2")]

    found = verify(claims, stage.numbers(), on=TODAY)

    assert [each.claim for each in found] == claims
    assert [each.reasons for each in found] == [
        ("dispensed",), (), ("unknown",), ("lot_mismatch", "dispensed"),
    ]  # fmt: skip


def test_nothing_is_answered_to_nothing(stage: Stage) -> None:
    assert verify([], stage.numbers(), on=TODAY) == []


def test_a_claim_that_names_its_lot_is_one_round_trip_of_three_items(
    aws: Aws, stage: Stage
) -> None:
    made = stage.made(PAGE)
    stage.pack("acme", sscc(1), *made[:400])
    stage.dispense("acme", made[500])

    for unit in (made[0], made[500], made[511]):
        with counted(aws) as spent:
            verdict(stage, unit, "L1")
        assert spent.round_trips == 1
        assert spent.read_units <= 3


def test_a_claim_without_a_lot_is_two_round_trips(aws: Aws, stage: Stage) -> None:
    (unit,) = stage.made(1)

    with counted(aws) as spent:
        verdict(stage, unit)

    assert spent.round_trips == 2
    assert spent.read_units <= 3


def test_an_unknown_pack_of_a_known_lot_costs_the_same_as_a_known_one(
    aws: Aws, stage: Stage
) -> None:
    stage.made(1)
    (unused,) = stage.issue(1)

    with counted(aws) as spent:
        assert verdict(stage, unused, "L1").reasons == ("unknown",)

    assert spent.round_trips == 1
    assert spent.read_units <= 3


def test_a_thousand_claims_are_few_requests(aws: Aws, stage: Stage) -> None:
    made = stage.made(1000)
    stage.keep(lot("L2"))
    more = stage.made(0 + 24, "L2")
    claims: Sequence[Claim] = [Claim(unit) for unit in (*made[:980], *more[:20])]

    with counted(aws) as spent:
        found = verify(claims, stage.numbers(), on=TODAY)

    assert all(each.verified for each in found)
    assert spent.round_trips <= 30


# --- epochs that other processes opened


def remembered(of: Gtin) -> Known:
    return Known(known(of).history, dict(known(of).issued))


def forgotten(of: Gtin, then: Known) -> None:
    """Let this process know only what it knew then, as another process would."""
    known(of).history, known(of).issued = then.history, dict(then.issued)


@pytest.mark.parametrize("lot_claimed", [None, "L2"])
def test_a_pack_of_an_epoch_that_another_process_opened_is_not_called_unknown(
    stage: Stage, lot_claimed: str | None
) -> None:
    (old,) = stage.made(1)
    then = remembered(gtin())
    rotate(gtin(), DEFAULT, "operation", "fingerprint")
    stage.keep(lot("L2"))
    (new,) = stage.made(1, "L2")
    forgotten(gtin(), then)

    found = verify([Claim(old, "L1"), Claim(new, lot_claimed)], stage.numbers(), on=TODAY)

    assert [each.reasons for each in found] == [(), ()]


def test_a_number_of_a_new_epoch_is_commissioned_where_it_is_unheard_of(stage: Stage) -> None:
    stage.made(1)
    then = remembered(gtin())
    rotate(gtin(), DEFAULT, "operation", "fingerprint")
    fresh = stage.issue(3)
    forgotten(gtin(), then)

    stage.commission("acme", fresh)

    assert verdict(stage, fresh[0], "L1").verified
