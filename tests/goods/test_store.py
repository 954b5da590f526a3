"""Goods in the units table: where they stand, what is written, and what is read."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import AlreadyExists, Raced, TooLarge
from chalicelib.goods.codec import MOVED, decode_page, decode_thing
from chalicelib.goods.corrections import correct
from chalicelib.goods.model import Kind, Status, situation
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.steps import take
from chalicelib.goods.store import (
    IN_PLACE,
    SPILL,
    GoodsStore,
    PageItem,
    ThingItem,
    page_key,
    page_of,
    spilled,
)
from chalicelib.goods.usecases import Recorded
from chalicelib.gs1.keys import Sgtin
from chalicelib.ledger.model import Record
from chalicelib.ledger.store import RecordItem
from chalicelib.lots import scopes
from chalicelib.lots.store import recall_lot
from chalicelib.serial.model import PAGE
from chalicelib.table.read import get
from chalicelib.table.transaction import Transaction
from tests.builders import (
    START,
    Stage,
    actor,
    event,
    faults,
    gln,
    gtin,
    lgtin,
    operation,
    refused,
    sscc,
)
from tests.harness.aws import Aws
from tests.harness.costs import counted

CASE, OTHER, PALLET = sscc(1), sscc(2), sscc(10)


@pytest.fixture
def stage(aws: Aws) -> Stage:
    """A product of acme with a lot; nothing is issued yet."""
    return Stage()


def own(aws: Aws) -> set[str]:
    """Return what stands in items of its own."""
    items = (item for item in aws.items("units") if item["sk"] == "-")
    return {item["pk"][2:] for item in items if item["pk"].startswith("U#")}


def paged(stage: Stage, epcs: Iterable[Sgtin]) -> list[Any]:
    """Return what stands on the pages of these units, in their order."""
    found = []
    for epc in epcs:
        (place,) = stage.numbers().locate(epc.gtin, [epc.serial])
        assert place is not None
        page = get(PageItem, page_key(page_of(epc, place)).pk)
        found.append(decode_page(page.body).get(place.index % PAGE) if page else None)
    return found


def unchanged(aws: Aws, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
    before = aws.snapshot()
    refusal = refused(verb, *args, **more)
    assert aws.snapshot() == before
    return refusal


# --- where things stand


def test_units_of_issued_numbers_stand_on_pages(aws: Aws, stage: Stage) -> None:
    stage.made(600)

    assert own(aws) == set()
    assert len([item for item in aws.items("units") if item["pk"].startswith("P#")]) == 2


def test_a_unit_from_elsewhere_stands_for_itself(aws: Aws, stage: Stage) -> None:
    foreign = Sgtin.of(gtin(), "from-elsewhere")
    stage.commission("acme", [foreign])

    assert own(aws) == {str(foreign)}
    stage.dispense("acme", foreign)
    assert stage.where(foreign).status is Status.DISPENSED


@pytest.mark.parametrize("few", [1, IN_PLACE - 1])
def test_few_units_of_a_page_move_out_and_the_page_says_so(
    aws: Aws, stage: Stage, few: int
) -> None:
    made = stage.made(20)

    stage.dispense("acme", *made[:few])

    assert own(aws) == set(map(str, made[:few]))
    assert [each is MOVED for each in paged(stage, made)] == [n < few for n in range(20)]
    assert stage.where(made[0]).status is Status.DISPENSED
    assert stage.where(made[few]).status is Status.ACTIVE


def test_many_units_of_a_page_change_in_place(aws: Aws, stage: Stage) -> None:
    made = stage.made(20)

    stage.dispense("acme", *made[:IN_PLACE])

    assert own(aws) == set()
    assert stage.where(made[0]).status is Status.DISPENSED


def test_a_unit_that_moved_out_stays_out(aws: Aws, stage: Stage) -> None:
    made = stage.made(20)
    stage.send("acme", "meddist", made[0])

    stage.send("acme", "meddist", *made[1:])
    stage.send("meddist", "citypharm", *made)

    assert own(aws) == {str(made[0])}
    assert stage.where(made[0]).holder == stage.where(made[1]).holder == gln("citypharm").digits


def test_a_unit_that_holds_others_stands_for_itself(aws: Aws, stage: Stage) -> None:
    made = stage.made(20)

    stage.pack("acme", made[0], *made[1:])

    assert own(aws) == {str(made[0])}
    assert stage.where(made[1]).chain == (str(made[0]),)
    stage.unpack("acme", made[0])
    assert own(aws) == {str(made[0])}
    assert stage.where(made[1]).chain == ()


def test_moving_a_container_writes_the_container_alone(aws: Aws, stage: Stage) -> None:
    made = stage.made(1000)
    stage.pack("acme", CASE, *made)

    with counted(aws) as spent:
        stage.send("acme", "meddist", CASE)

    assert spent.write_units == 2 * 2 * 2, "two events and two states, doubled by transactions"
    assert stage.where(made[999]).holder == gln("meddist").digits


def test_a_thousand_commissioned_units_are_few_write_units(aws: Aws, stage: Stage) -> None:
    fresh = stage.issue(1000)

    with counted(aws) as spent:
        stage.commission("acme", fresh)

    assert spent.write_units <= 12


# --- the limit of one transaction


def test_what_does_not_fit_one_transaction_is_refused_whole(aws: Aws, stage: Stage) -> None:
    foreign = [Sgtin.of(gtin(), f"elsewhere-{number}") for number in range(100)]

    refusal = unchanged(aws, stage.commission, "acme", foreign)

    assert isinstance(refusal, TooLarge)
    stage.commission("acme", foreign[:98])
    assert len(own(aws)) == 98


def test_where_moving_out_does_not_fit_pages_change_in_place(aws: Aws, stage: Stage) -> None:
    made = [stage.made(6, line=str(number)) for number in range(17)]

    stage.dispense("acme", *[epc for each in made for epc in each])

    assert own(aws) == set()
    assert {stage.where(each[5]).status for each in made} == {Status.DISPENSED}


def test_units_that_moved_out_before_are_never_written_back(aws: Aws, stage: Stage) -> None:
    made = stage.made(PAGE)
    for start in range(0, 105, 7):
        stage.send("acme", "meddist", *made[start : start + 7])
    assert len(own(aws)) == 105

    refusal = unchanged(aws, stage.dispense, "meddist", *made[:105])

    assert isinstance(refusal, TooLarge)
    stage.dispense("meddist", *made[:98])
    assert stage.where(made[0]).status is Status.DISPENSED
    assert stage.where(made[104]).status is Status.ACTIVE


def test_detached_units_among_those_on_pages_are_found(aws: Aws, stage: Stage) -> None:
    made = stage.made(200)
    stage.send("acme", "meddist", made[3], made[150])

    refusal = unchanged(aws, stage.ship, "acme", "citypharm", *made)

    assert faults(refusal) == {"/epcs/3": "not_held", "/epcs/150": "not_held"}


# --- what is read


def decided(stage: Stage, number: int, *events: Event) -> tuple[Any, Record]:
    """Load, decide as acme, and return what is to be saved."""
    identity = operation(10**6 + number)
    loaded = GoodsStore(stage.numbers()).load(events, [identity], now_us=0)
    decision = Decision(loaded.world, actor("acme"), identity)
    for each in events:
        take(decision, each)
    record = Record(
        identity, "acme", "acme-line", "f", START, tuple(decision.events),
        places=loaded.world.places,
    )  # fmt: skip
    return loaded, record


def test_only_one_of_two_that_read_the_same_writes(aws: Aws, stage: Stage) -> None:
    made = stage.made(20)
    first = decided(stage, 1, event(BizStep.DISPENSING, "acme", 5, epcs=made[:1]))
    second = decided(stage, 2, event(BizStep.SAMPLING, "acme", 6, epcs=made[1:2]))
    store = GoodsStore(stage.numbers())
    store.save(*first)

    refusal = unchanged(aws, store.save, *second)

    assert isinstance(refusal, Raced), "both change the page"


def test_a_record_under_the_same_id_stands_in_the_way(aws: Aws, stage: Stage) -> None:
    made = stage.made(20)
    shipped = event(BizStep.SHIPPING, "acme", 5, epcs=made[:1], to="meddist")
    store = GoodsStore(stage.numbers())
    first, second = decided(stage, 1, shipped), decided(stage, 1, shipped)
    store.save(*first)

    refusal = unchanged(aws, store.save, *second)

    assert isinstance(refusal, AlreadyExists)
    assert isinstance(refusal.existing, RecordItem)
    again = store.load([shipped], [first[1].id], now_us=0)
    assert first[1].id in again.records


def test_a_number_from_elsewhere_that_is_ours_by_now_is_found_among_many(
    aws: Aws, stage: Stage
) -> None:
    before = aws.save()
    early = stage.issue(40)[0]
    aws.restore(before)
    stage.commission("acme", [early])
    ours = stage.issue(40)
    assert ours[0] == early

    assert faults(refused(stage.return_numbers, "acme", *ours)) == {"/serials/0": "not_returnable"}
    stage.commission("acme", ours[1:])
    stage.ship("acme", "meddist", *ours)

    assert statuses(stage, *ours) == {Status.ACTIVE}
    assert stage.where(early).to == gln("meddist").digits


# --- what is read


def test_a_unit_deep_inside_is_read_level_by_level(aws: Aws, stage: Stage) -> None:
    made = stage.made(50)
    stage.pack("acme", CASE, *made)
    stage.pack("acme", PALLET, CASE)

    with counted(aws) as spent:
        found = situation(str(made[3]), stage.see(made[3]).things)

    assert found.chain == (str(CASE), str(PALLET))
    assert spent.round_trips <= 4
    assert spent.read_units <= 6


def test_containers_of_the_past_are_read_too(aws: Aws, stage: Stage) -> None:
    made = stage.made(10)
    stage.pack("acme", CASE, *made)
    stage.pack("acme", PALLET, CASE)
    stage.send("acme", "meddist", PALLET)
    stage.unpack("meddist", PALLET)
    stage.unpack("meddist", CASE, made[0])
    stage.send("meddist", "citypharm", CASE)

    assert stage.where(made[0]).holder == gln("meddist").digits
    assert stage.kinds(made[0]) == [
        "commissioned", "packed", f"packed {CASE}", f"shipped {PALLET}", f"received {PALLET}",
        f"emptied {PALLET}", "unpacked",
    ]  # fmt: skip


def test_a_container_on_a_page_that_was_read_for_its_contents_is_found(stage: Stage) -> None:
    made = stage.made(10)
    stage.pack("acme", made[0], made[1])
    stage.pack("acme", made[2], made[0])

    assert stage.where(made[1]).chain == (str(made[0]), str(made[2]))
    assert stage.dispense("acme", made[1]).record.events[0].parent == made[0]


def test_what_does_not_exist_is_not_there(stage: Stage) -> None:
    fresh = stage.issue(5)
    world = stage.see(fresh[0], sscc(77), Sgtin.of(gtin(), "from-elsewhere"))

    assert world.things == {}
    assert set(world.places) == {fresh[0]}


def test_a_number_that_was_never_issued_is_told_from_one_of_elsewhere(stage: Stage) -> None:
    (one,) = stage.issue(1)
    guessed = Sgtin.of(gtin(), one.serial[::-1] if one.serial != one.serial[::-1] else "2" * 12)

    refusal = refused(stage.commission, "acme", [guessed])

    assert faults(refusal) == {"/serials/0": "not_issued"}


def test_a_whole_pallet_ends_with_everything_in_it(aws: Aws, stage: Stage) -> None:
    made, foreign = stage.made(60), Sgtin.of(gtin(), "from-elsewhere")
    stage.commission("acme", [foreign])
    stage.pack("acme", made[0], *made[1:5])
    stage.pack("acme", CASE, *made[5:50], foreign)
    stage.pack("acme", OTHER, made[0])
    stage.unpack("acme", CASE, made[5])
    stage.pack("acme", CASE, made[5])
    stage.pack("acme", PALLET, CASE, OTHER, made[50])

    done = stage.decommission("acme", PALLET)

    assert [(each.lgtin, each.count) for each in done.record.events[-1].goods] == [(lgtin(), 52)]
    inactive: set[Epc] = {*made[:51], foreign, CASE, OTHER, PALLET}
    assert statuses(stage, *inactive) == {Status.INACTIVE}
    assert statuses(stage, made[51]) == {Status.ACTIVE}
    stage.reactivate("acme", PALLET)
    assert statuses(stage, *inactive) == {Status.ACTIVE}


def statuses(stage: Stage, *epcs: Epc) -> set[Status]:
    things = stage.see(*epcs).things
    return {things[str(epc)].state.status for epc in epcs}


@pytest.mark.parametrize("verb", ["dispense", "sample"])
def test_a_unit_ends_with_the_units_that_it_holds(stage: Stage, verb: str) -> None:
    made = stage.made(3)
    stage.pack("acme", made[0], made[1], made[2])

    getattr(stage, verb)("acme", made[0])

    assert stage.where(made[2]).status is stage.where(made[0]).status is not Status.ACTIVE


def test_ending_one_unit_does_not_read_what_else_is_in_its_containers(
    aws: Aws, stage: Stage
) -> None:
    foreign = [Sgtin.of(gtin(), f"elsewhere-{number}") for number in range(60)]
    stage.commission("acme", foreign)
    stage.pack("acme", CASE, *foreign)
    stage.pack("acme", PALLET, CASE)

    with counted(aws) as spent:
        stage.decommission("acme", foreign[0])

    assert spent.read_units < 12


# --- recalls of a part of a lot


def recalled(stage: Stage, *epcs: Epc) -> None:
    """Recall some units of the lot."""
    tx = Transaction()
    recall_lot(tx, lgtin(), "r1", partial=True)
    scopes.write(tx, "r1", lgtin(), [epc.serial for epc in epcs if isinstance(epc, Sgtin)])
    tx.commit()


def test_recalled_units_are_found_in_nested_containers(stage: Stage) -> None:
    made, foreign = stage.made(30), Sgtin.of(gtin(), "from-elsewhere")
    stage.commission("acme", [foreign])
    stage.pack("acme", CASE, *made[:10])
    stage.pack("acme", OTHER, *made[10:20], foreign)
    stage.pack("acme", PALLET, CASE, OTHER)
    stage.pack("acme", sscc(11), PALLET)

    recalled(stage, made[3], foreign)

    for epc in (sscc(11), PALLET, CASE, OTHER, made[3], foreign):
        assert faults(refused(stage.ship, "acme", "meddist", epc)) == {"/epcs/0": "recalled"}
    assert refused(stage.dispense, "acme", made[3]).code == "recalled"
    assert stage.ship("acme", "meddist", made[4], made[10], made[25])


@pytest.mark.parametrize("size", [3, 300])
def test_recalled_units_are_found_in_units_that_hold_others(stage: Stage, size: int) -> None:
    made = stage.made(size + 3)
    stage.pack("acme", made[0], made[1], made[2])
    stage.pack("acme", CASE, made[0], *made[3:])
    stage.pack("acme", PALLET, CASE)

    recalled(stage, made[1])

    for epc in (PALLET, CASE, made[0]):
        assert faults(refused(stage.ship, "acme", "meddist", epc)) == {"/epcs/0": "recalled"}


def test_a_recall_of_other_units_lets_a_container_pass(stage: Stage) -> None:
    made = stage.made(30)
    stage.pack("acme", CASE, *made[:10])
    stage.pack("acme", PALLET, CASE)

    recalled(stage, made[20])

    assert stage.ship("acme", "meddist", PALLET)
    assert stage.receive("meddist", PALLET)
    assert stage.dispense("meddist", made[0])


def test_a_recall_of_a_whole_lot_is_seen_by_the_next_request(stage: Stage) -> None:
    made = stage.made(5)
    stage.pack("acme", CASE, *made)
    tx = Transaction()
    recall_lot(tx, lgtin(), "r1", partial=False)
    tx.commit()

    assert refused(stage.ship, "acme", "meddist", CASE).code == "recalled"


# --- long trails


def test_a_long_trail_spills_and_nothing_of_it_is_lost(aws: Aws, stage: Stage) -> None:
    made = stage.made(70)
    for epc in made:
        stage.pack("acme", CASE, epc)
    stage.unpack("acme", CASE, made[0])

    thing = stage.thing(CASE)
    further = spilled(str(CASE), thing)

    assert thing.spilled >= 2
    assert len(thing.trail) <= SPILL + 3
    assert len(thing.trail) + len(further) == 71
    assert thing.inside == {lgtin(): 69}
    told = stage.kinds(CASE, further={str(CASE): further})
    assert told == ["filled"] * 70 + ["relieved"]
    assert len({item["sk"] for item in aws.items("units") if item["pk"] == f"U#{CASE}"}) == (
        thing.spilled + 1
    )


def test_a_trail_that_spilled_keeps_state_and_time(stage: Stage) -> None:
    made = stage.made(SPILL + 5)
    for number, epc in enumerate(made):
        stage.pack("acme", CASE, epc, at=100 + number)

    stage.ship("acme", "meddist", CASE, at=50)

    thing = stage.thing(CASE)
    assert thing.spilled == 1
    assert thing.state.holder == gln("acme").digits
    assert stage.kinds(made[-1]) == ["commissioned", "packed", f"shipped {CASE}"]
    assert stage.where(made[0]).to == gln("meddist").digits


def test_a_reused_container_keeps_every_emptying(stage: Stage) -> None:
    made = stage.made(4)
    for epc in made:
        stage.pack("acme", CASE, epc)
        stage.unpack("acme", CASE)

    assert {stage.where(epc).chain for epc in made} == {()}
    assert stage.kinds(made[0]) == ["commissioned", "packed", f"emptied {CASE}"]
    kinds = [each.kind for each in stage.thing(CASE).trail]
    assert kinds == [Kind.FILLED, Kind.EMPTIED] * 4


def test_what_is_stored_is_what_is_read(aws: Aws, stage: Stage) -> None:
    made = stage.made(10)
    stage.pack("acme", CASE, *made)

    item = get(ThingItem, f"U#{CASE}")

    assert item is not None
    assert decode_thing(item.body) == stage.thing(CASE)
    assert int(item.version) == 1


def declare(stage: Stage, done: Recorded, now: int = 90) -> None:
    """Declare the last event of a record an error."""
    event_id, at = done.record.event_ids()[-1], START + timedelta(minutes=now)
    correct(event_id, "did_not_occur", actor("acme"), at, numbers=stage.numbers())


def test_packings_can_be_withdrawn_whose_entries_have_moved_out(stage: Stage) -> None:
    made = stage.made(50)
    packings = [stage.pack("acme", CASE, epc) for epc in made]

    declare(stage, packings[3])
    declare(stage, packings[45])

    thing = stage.thing(CASE)
    assert thing.spilled >= 1
    assert thing.inside == {lgtin(): 48}
    assert len(thing.contents) == 48
    assert stage.where(made[3]).chain == stage.where(made[45]).chain == ()
    further = {str(CASE): spilled(str(CASE), thing)}
    assert stage.kinds(CASE, further=further) == ["filled"] * 50 + ["withdrawn"] * 2
    refusal = refused(declare, stage, packings[0])
    assert refusal.code == "happened_since", "the case came to be with it"


def test_a_trail_of_withdrawals_spills_and_keeps_its_state(stage: Stage) -> None:
    made = stage.made(3)
    stage.pack("acme", CASE, made[0])
    for number in range(SPILL):
        declare(stage, stage.pack("acme", CASE, made[1], at=20 + number))

    thing = stage.thing(CASE)
    assert thing.spilled >= 1
    assert len(thing.trail) <= SPILL + 3
    assert thing.inside == {lgtin(): 1}
    assert thing.state.holder == gln("acme").digits
    stage.ship("acme", "meddist", CASE)
    assert stage.where(made[0]).to == gln("meddist").digits
    assert stage.where(made[1]).chain == ()


def test_a_case_of_units_from_elsewhere_and_of_ours_is_filled_again(stage: Stage) -> None:
    elsewhere = [Sgtin.of(gtin(), f"other-{n}") for n in range(30)]
    stage.commission("acme", elsewhere)
    made = stage.made(600)
    stage.pack("acme", CASE, *elsewhere, *made)
    stage.pack("acme", PALLET, CASE)
    before = stage.thing(CASE)

    declare(stage, stage.unpack("acme", CASE))

    thing = stage.thing(CASE)
    assert (thing.contents, thing.inside) == (before.contents, before.inside)
    assert stage.where(made[599]).chain == (str(CASE), str(PALLET))
    assert stage.where(elsewhere[7]).chain == (str(CASE), str(PALLET))
    assert stage.thing(PALLET).inside == {lgtin(): 630}


def test_the_end_of_a_pallet_is_withdrawn_with_everything_on_it(stage: Stage) -> None:
    made = stage.made(40)
    stage.pack("acme", CASE, *made)
    stage.pack("acme", PALLET, CASE)

    declare(stage, stage.destroy("acme", PALLET))

    for epc in (PALLET, CASE, made[0], made[39]):
        assert stage.where(epc).status is Status.ACTIVE
