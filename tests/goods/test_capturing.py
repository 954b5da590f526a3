"""Capturing documents: the effect of the friendly endpoints, all or nothing, once, at any size."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.access.model import Role
from chalicelib.directory.book import PartyStore
from chalicelib.directory.model import Party
from chalicelib.directory.store import OrganisationItem, gln_pk
from chalicelib.epcis.document import EventObject
from chalicelib.epcis.eventhash import event_hash
from chalicelib.epcis.jsonld import render
from chalicelib.errors import Busy
from chalicelib.goods import capturing
from chalicelib.goods.capturing import Capturer, Taken
from chalicelib.goods.model import Status
from chalicelib.goods.verification import Claim, verify
from chalicelib.gs1.keys import Gtin, Lgtin, Sgtin
from chalicelib.ledger.store import RecordItem, to_record
from chalicelib.lots.store import LotStore
from chalicelib.serial.store import Numbers
from chalicelib.table.read import scan
from chalicelib.table.transaction import Transaction
from tests.builders import Stage, actor, gln, gtin, lgtin, lot, minute, sscc, unit
from tests.goods.captures import (
    OUTSIDE,
    STRANGER,
    capture,
    commissioning,
    found,
    packing,
    shipping,
    take,
)
from tests.harness.aws import Aws
from tests.harness.faults import Killed, Kind, injected


@pytest.fixture
def stage(aws: Aws) -> Stage:
    """A product of acme with a lot, and meddist in acme's address book."""
    PartyStore("acme").put(Party(gln("meddist"), "MedDist", ()))
    return Stage()


def reasons(unit: Sgtin) -> tuple[str, ...]:
    (verdict,) = verify([Claim(unit)], Numbers(), on=minute(0).date())
    return verdict.reasons


def recorded(aws: Aws) -> object:
    """Return the events table."""
    return next(rows for name, rows in aws.snapshot().items() if name.endswith("events"))


def outside(count: int) -> list[Sgtin]:
    return [unit(number, OUTSIDE) for number in range(count)]


def consignment(count: int) -> Iterator[EventObject]:
    """Yield what a seller outside the network sends of goods in cases of fifty on one pallet."""
    units = outside(count)
    cases = [sscc(100 + n) for n in range(0, count, 50)]
    yield commissioning(units)
    for n, case in enumerate(cases):
        yield packing(case, units[n * 50 : n * 50 + 50], 1)
    yield packing(sscc(99), cases, 2)
    yield shipping([sscc(99)], STRANGER, gln("meddist"), 3)


def test_captured_events_have_the_effect_of_the_friendly_endpoints(stage: Stage) -> None:
    units = stage.issue(20)

    outcome = capture(
        "acme",
        commissioning(units),
        packing(sscc(1), units),
        shipping([sscc(1)], gln("acme"), gln("meddist")),
    )

    assert (outcome.recorded, outcome.errors) == (3, {})
    now = stage.where(units[0])
    assert (now.status, now.holder, now.to) == (
        Status.ACTIVE,
        gln("acme").digits,
        gln("meddist").digits,
    )
    assert reasons(units[0]) == ()
    stage.receive("meddist", sscc(1))
    assert stage.where(units[7]).holder == gln("meddist").digits


def test_a_document_that_comes_again_changes_nothing(aws: Aws, stage: Stage) -> None:
    units = stage.issue(20)
    document = [commissioning(units), packing(sscc(1), units)]
    capture("acme", *document)
    before = aws.snapshot()

    outcome = capture("acme", *document, batch="another")

    assert (outcome.recorded, outcome.repeated, outcome.errors) == (0, 2, {})
    assert aws.snapshot() == before


def test_a_refused_event_takes_the_whole_document_back(aws: Aws, stage: Stage) -> None:
    units = stage.issue(20)
    before = aws.snapshot()

    outcome = capture("acme", commissioning(units), packing(sscc(1), [unit(1)]))

    assert list(outcome.errors) == [1]
    assert [each.pointer for each in outcome.errors[1].errors] == ["/childEPCs/0"]
    assert aws.snapshot() == before
    assert reasons(units[0]) == ("unknown",)


def test_goods_go_to_nobody_that_could_not_be_told_of_a_recall(stage: Stage) -> None:
    units = stage.made(1)

    outcome = capture("acme", shipping(units, gln("acme"), gln(77)))

    assert outcome.errors[0].errors[0].code == "unknown_party"
    assert outcome.errors[0].errors[0].pointer == "/destinationList"


def test_another_event_under_a_used_id_is_refused(stage: Stage) -> None:
    units = stage.issue(2)
    capture("acme", commissioning(units[:1]) | {"eventID": "urn:x:1"})

    outcome = capture("acme", commissioning(units[1:]) | {"eventID": "urn:x:1"})

    assert outcome.errors[0].code == "already_exists"


def test_a_role_that_may_not_do_a_step_may_not_capture_it(stage: Stage) -> None:
    outcome = capture("acme", commissioning(stage.issue(1)), roles=[Role.WAREHOUSE])

    assert outcome.errors[0].code == "scope"


def test_goods_from_outside_the_network_come_in_by_their_sellers_document(stage: Stage) -> None:
    outcome = capture("meddist", *consignment(100))

    assert outcome.errors == {}
    now = stage.where(sscc(99))
    assert (now.holder, now.to) == (STRANGER.digits, gln("meddist").digits)
    stage.receive("meddist", sscc(99))
    assert stage.where(outside(100)[42]).holder == gln("meddist").digits
    assert reasons(outside(1)[0]) == ()


def test_nobody_in_the_network_is_spoken_for(stage: Stage) -> None:
    tx = Transaction()
    tx.put(
        OrganisationItem(
            gln_pk(gln("acme")),
            id="acme",
            gln=gln("acme").digits,
            name="Acme",
            roles=[],
            operator=False,
        )
    )
    tx.commit()
    units = outside(2)

    outcome = capture("meddist", commissioning(units), shipping(units, gln("acme"), gln("meddist")))

    assert outcome.errors[1].errors[0].code == "destination"


def test_nobody_introduces_the_products_of_a_member(stage: Stage) -> None:
    outcome = capture("meddist", commissioning([unit(1, gtin())]))

    assert outcome.errors[0].status == 404


def test_an_observation_is_noted_where_the_goods_are_ones_own(stage: Stage) -> None:
    units = stage.made(3)
    place = {"readPoint": {"id": "urn:epc:id:sgln:9521000.00000.BIN-7"}}
    seen = found(
        "ObjectEvent", "storing", 5, action="OBSERVE",
        epcList=[each.digital_link() for each in units], **place,
    )  # fmt: skip

    assert capture("acme", seen).errors == {}
    assert stage.where(units[0]).place.endswith("#BIN-7")
    assert capture("meddist", seen).errors == {}, "it says nothing of goods that it does not know"
    assert stage.where(units[0]).holder == gln("acme").digits


def test_a_shipment_is_voided_until_it_is_received(stage: Stage) -> None:
    units = stage.made(3)
    stage.ship("acme", "meddist", *units)
    void = found(
        "ObjectEvent", "void_shipping", 50, action="OBSERVE",
        epcList=[each.digital_link() for each in units],
    )  # fmt: skip

    assert capture("acme", void).errors == {}
    assert stage.where(units[0]).to == ""
    assert (
        capture("acme", void | {"eventTimeZoneOffset": "+01:00"}).errors[0].code == "not_in_transit"
    )


def test_an_event_without_effect_can_be_declared_an_error(stage: Stage) -> None:
    seen = found("ObjectEvent", "inspecting", 5, action="OBSERVE", epcList=["urn:x:pallet"])
    wrong = seen | {"errorDeclaration": {"declarationTime": "2026-11-01T10:00:00Z"}}

    assert capture("acme", wrong).errors[0].status == 404
    assert capture("acme", seen).recorded == 1
    assert capture("acme", wrong).recorded == 1
    assert capture("acme", wrong).repeated == 1


def declared(event: EventObject, **more: object) -> EventObject:
    return event | {"errorDeclaration": {"declarationTime": "2026-11-01T10:00:00Z", **more}}


def test_what_an_event_did_to_goods_is_declared_away_newest_first(stage: Stage) -> None:
    units = stage.issue(20)
    made, packed = commissioning(units), packing(sscc(1), units[:10])
    sent = shipping([sscc(1), units[12]], gln("acme"), gln("meddist"))
    capture("acme", made, packed, sent)

    assert capture("acme", declared(made)).errors[0].code == "happened_since"
    outcome = capture("acme", *map(declared, (sent, packed, made)))

    assert (outcome.recorded, outcome.errors) == (3, {})
    assert reasons(units[0]) == reasons(units[12]) == ("unknown",)
    assert capture("acme", declared(sent)).repeated == 1
    assert stage.thing(units[0]).goods(units[0]) == {}
    stage.commission("acme", units, "L1")
    assert reasons(units[0]) == ()


def test_an_event_and_its_declaration_may_come_in_one_document(stage: Stage) -> None:
    units = stage.issue(3)
    made = commissioning(units)

    outcome = capture("acme", made, declared(made), made | {"eventID": "urn:uuid:" + "1" * 32})

    assert outcome.errors == {}
    assert reasons(units[0]) == ()
    assert stage.kinds(units[0]) == ["commissioned", "withdrawn", "commissioned"]


def test_an_emptying_and_its_declaration_may_come_in_one_document(stage: Stage) -> None:
    units = stage.made(600)
    elsewhere = [Sgtin.of(gtin(), f"other-{n}") for n in range(3)]
    stage.commission("acme", elsewhere)
    stage.pack("acme", sscc(1), *units, *elsewhere)
    before = stage.thing(sscc(1))
    emptied = found("AggregationEvent", "unpacking", 60, action="DELETE", parentID=sscc(1).urn(7))

    assert capture("acme", emptied, declared(emptied)).errors == {}

    after = stage.thing(sscc(1))
    assert (after.contents, after.inside) == (before.contents, before.inside)
    assert stage.where(units[599]).chain == stage.where(elsewhere[0]).chain == (str(sscc(1)),)


def test_only_ones_own_events_are_declared_errors(stage: Stage) -> None:
    units = stage.made(2)
    sent = shipping(units, gln("acme"), gln("meddist"))
    capture("acme", sent)

    assert capture("meddist", declared(sent)).errors[0].status == 404
    changed = declared(sent | {"bizLocation": {"id": "urn:epc:id:sgln:9521000.00000.X"}})
    assert capture("acme", changed | {"eventID": "urn:x:1"}).errors[0].status == 404


def test_a_declaration_repeats_the_event_whole(stage: Stage) -> None:
    sent = shipping(stage.made(2), gln("acme"), gln("meddist")) | {"eventID": "urn:x:sent"}
    capture("acme", sent)

    fewer = sent | {"epcList": sent["epcList"][:1]}

    assert capture("acme", declared(fewer)).errors[0].code == "other_event"


def test_a_declaration_needs_the_scope_of_the_step(stage: Stage) -> None:
    sent = shipping(stage.made(2), gln("acme"), gln("meddist"))
    capture("acme", sent)

    assert capture("acme", declared(sent), roles=[Role.LINE]).errors[0].code == "scope"
    assert capture("acme", declared(sent), roles=[Role.WAREHOUSE]).errors == {}


def test_what_a_friendly_endpoint_recorded_is_declared_an_error_as_it_is_read(
    stage: Stage,
) -> None:
    units = stage.made(10)
    stage.pack("acme", sscc(1), *units[:5])
    done = stage.ship("acme", "meddist", units[0], units[7]).record
    uri = done.event_ids()[-1]
    read = render(done.events[-1], uri, done.recorded)

    outcome = capture("acme", declared(read, reason="did_not_occur"))

    assert (outcome.recorded, outcome.errors) == (1, {})
    assert stage.where(units[0]).chain == (str(sscc(1)),), "the unpacking that it implied, too"
    assert stage.where(units[7]).to == ""
    assert capture("meddist", declared(read)).errors[0].status == 404
    other = declared(read | {"disposition": "returned"})
    assert capture("acme", other | {"eventID": done.event_ids()[0]}).errors[0].code == "other_event"
    beyond = other | {"eventID": uri[:-2] + "99"}
    assert capture("acme", beyond).errors[0].status == 404


# --- transformations


def transformation(inputs: list[str], outputs: list[str], at: float = 60) -> EventObject:
    lot = {"cbvmda:lotNumber": "M1", "cbvmda:itemExpirationDate": "2028-06-30"}
    return found(
        "TransformationEvent", "creating_class_instance", at,
        inputEPCList=inputs, outputEPCList=outputs, ilmd=lot,
        inputQuantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}],
    )  # fmt: skip


@pytest.fixture
def making(stage: Stage) -> Stage:
    """Acme makes another product of its own."""
    stage.register(gtin(2))
    stage.keep(lot("M1", gtin(2)))
    return stage


def test_a_transformation_consumes_and_commissions(making: Stage) -> None:
    used, made = making.made(600), making.issue(20, of=gtin(2))
    making.pack("acme", sscc(1), *used[:100])
    ours, unknown = [each.urn(7) for each in used[:550]], "urn:epc:id:sgtin:4012345.012345.77"
    event = transformation([*ours, unknown, "urn:x:drum-7"], [each.urn(7) for each in made])

    outcome = capture("acme", event)

    assert (outcome.recorded, outcome.errors) == (1, {})
    assert reasons(used[0]) == reasons(used[549]) == ("consumed",)
    assert reasons(used[550]) == reasons(made[0]) == reasons(made[19]) == ()
    assert making.thing(sscc(1)).inside == {}
    (item,) = (i for i in scan(RecordItem, alone=True) if i.fingerprint == event_hash(event))
    record = to_record(item, Numbers())
    kept = render(record.events[-1], "urn:x:1", record.recorded)
    assert {kept["inputEPCList"][n] for n in (0, 549, 550, 551)} == {
        ours[0], ours[549], unknown, "urn:x:drum-7",
    }  # fmt: skip
    assert sorted(kept["outputEPCList"]) == sorted(event["outputEPCList"])
    assert event_hash(kept) == item.fingerprint


def test_a_transformation_is_captured_once_and_declared_an_error(aws: Aws, making: Stage) -> None:
    used, made = making.made(3), making.issue(2, of=gtin(2))
    making.pack("acme", sscc(1), *used)
    event = transformation([each.urn(7) for each in used], [each.urn(7) for each in made])
    capture("acme", event)
    before = aws.snapshot()

    assert capture("acme", event).repeated == 1
    assert aws.snapshot() == before
    assert capture("acme", declared(event)).errors == {}

    assert reasons(used[0]) == ()
    assert making.where(used[0]).chain == (str(sscc(1)),)
    assert reasons(made[0]) == ("unknown",)


def test_a_transformation_is_refused_with_the_names_of_its_fields(making: Stage) -> None:
    used, made = making.made(3), making.made(2)
    making.ship("acme", "meddist", used[0])
    event = transformation([each.urn(7) for each in used], [each.urn(7) for each in made])

    errors = capture("acme", event).errors[0].errors
    assert [(each.pointer, each.code) for each in errors] == [("/inputEPCList/0", "in_transit")]
    event = transformation([used[1].urn(7)], [each.urn(7) for each in used[2:]])
    errors = capture("acme", event).errors[0].errors
    assert [each.pointer for each in errors] == ["/ilmd"], "of another lot"
    assert capture("acme", event, roles=[Role.WAREHOUSE]).errors[0].code == "scope"


# --- larger than one transaction


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "WINDOW", 60)


@pytest.mark.usefixtures("small_windows")
def test_a_document_of_any_size_is_captured_as_one(stage: Stage) -> None:
    outcome = capture("meddist", *consignment(400))

    assert (outcome.recorded, outcome.errors) == (11, {})
    stage.receive("meddist", sscc(99))
    for each in (0, 49, 50, 399):
        assert stage.where(outside(400)[each]).holder == gln("meddist").digits
    assert stage.where(outside(1)[0]).chain == (str(sscc(100)), str(sscc(99)))


@pytest.mark.usefixtures("small_windows")
def test_a_large_document_that_comes_again_changes_nothing(aws: Aws, stage: Stage) -> None:
    capture("meddist", *consignment(200))
    before = recorded(aws)

    again = capture("meddist", *consignment(200))
    other = capture("meddist", *consignment(200), batch="other")

    assert (again.recorded, other.recorded, other.repeated) == (7, 0, 7)
    assert recorded(aws) == before


@pytest.mark.usefixtures("small_windows")
def test_nothing_of_a_refused_large_document_is_ever_seen(aws: Aws, stage: Stage) -> None:
    document = [*consignment(110), packing(sscc(77), [unit(1)], 9)]
    start = aws.save()
    with injected() as calls:
        outcome = capture("meddist", *document)
    assert list(outcome.errors) == [len(document) - 1]
    for call in range(1, len(calls.made) + 1, 11):
        aws.restore(start)
        with injected({call: Kind.KILLED_AFTER}), suppress(Killed):
            capture("meddist", *document)
        assert {reasons(outside(110)[n]) for n in (0, 60, 109)} == {("unknown",)}
    assert capture("meddist", *consignment(110)).recorded == 6


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("kind", [Kind.KILLED_BEFORE, Kind.KILLED_AFTER, Kind.LOST, Kind.REFUSED])
@pytest.mark.parametrize("salt", [0, 9])
def test_a_large_capture_that_breaks_anywhere_is_done_once_when_it_comes_again(
    aws: Aws, stage: Stage, kind: Kind, salt: int
) -> None:
    document = list(consignment(110))
    start = aws.save()
    with injected() as calls:
        capture("meddist", *document)
    wanted = stage.where(outside(110)[101])
    total = len(calls.made)
    for call in range(1 + salt, total + 1, 24):
        aws.restore(start)
        with injected({call: kind}), suppress(Killed, Busy):
            capture("meddist", *document)
        state = {reasons(outside(110)[n]) for n in (0, 60, 109)}
        assert len(state) == 1, f"half of it is seen after call {call}"
        outcome = capture("meddist", *document)
        assert outcome.errors == {}
        assert stage.where(outside(110)[101]) == wanted
        assert reasons(outside(110)[0]) == ()


@pytest.mark.parametrize("kind", [Kind.KILLED_AFTER, Kind.LOST])
def test_a_capture_staged_in_one_window_goes_on_after_a_crash(
    aws: Aws, stage: Stage, kind: Kind
) -> None:
    document = list(consignment(110))
    start = aws.save()
    with injected() as calls:
        capture("meddist", *document)
    for call in range(2, len(calls.made) + 1, 5):
        aws.restore(start)
        with injected({call: kind}), suppress(Killed, Busy):
            capture("meddist", *document)
        assert len({reasons(outside(110)[n]) for n in (0, 60, 109)}) == 1
        assert capture("meddist", *document).errors == {}
        assert stage.where(outside(110)[101]).to == gln("meddist").digits


@pytest.mark.usefixtures("small_windows")
def test_a_large_document_is_taken_back_by_declarations(stage: Stage) -> None:
    document = list(consignment(110))
    capture("meddist", *document)

    outcome = capture("meddist", *map(declared, reversed(document)), batch="back")

    assert (outcome.recorded, outcome.errors) == (len(document), {})
    assert {reasons(outside(110)[n]) for n in (0, 60, 109)} == {("unknown",)}
    again = [each | {"eventID": f"urn:x:{n}"} for n, each in enumerate(document)]
    assert capture("meddist", *again, batch="again").errors == {}
    assert stage.where(outside(110)[101]).to == gln("meddist").digits


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("kind", [Kind.KILLED_AFTER, Kind.LOST])
def test_a_shipment_is_voided_and_that_is_declared_an_error_in_one_large_document(
    aws: Aws, stage: Stage, kind: Kind
) -> None:
    units = stage.made(130)
    stage.ship("acme", "meddist", *units)
    void = found(
        "ObjectEvent", "void_shipping", 50, action="OBSERVE",
        epcList=[each.digital_link() for each in units[:70]],
    )  # fmt: skip
    document = [void, declared(void)]
    start = aws.save()
    with injected() as calls:
        assert capture("acme", *document).errors == {}
    for call in range(2, len(calls.made) + 1, 9):
        aws.restore(start)
        with injected({call: kind}), suppress(Killed, Busy):
            capture("acme", *document)
        assert capture("acme", *document).errors == {}
        assert stage.where(units[0]).to == gln("meddist").digits
        trail = [each.kind for each in stage.thing(units[0]).trail][-2:]
        assert [each.name for each in trail] == ["VOIDED", "WITHDRAWN"]
    (withdrawn,) = [
        event
        for item in scan(RecordItem, alone=True)
        for event in to_record(item, Numbers()).events
        if event.withdraws
    ]
    assert [(each.things, [q.count for q in each.goods]) for each in withdrawn.fulfils] == [
        (-70, [-70])
    ]


def test_a_large_document_that_is_refused_leaves_no_lot_behind(stage: Stage) -> None:
    units = [Sgtin.of(OUTSIDE, f"r{n}") for n in range(120)]
    wrong = commissioning(units, lot="O-1", expiry="2030-01-31")
    assert capture("acme", wrong, packing(sscc(1), [Sgtin.of(OUTSIDE, "none")])).errors
    lgtin = Lgtin.of(OUTSIDE, "O-1")
    assert LotStore().get(lgtin) is None

    right = commissioning(units, lot="O-1", expiry="2031-01-31")
    assert capture("acme", right, batch="other").recorded == 1

    lot = LotStore().get(lgtin)
    assert lot is not None
    assert lot.expiry == date(2031, 1, 31)


def test_a_lot_is_known_to_all_windows_of_its_document(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.goods.capturing.WINDOW", 60)
    some, more = ([Sgtin.of(OUTSIDE, f"{w}{n}") for n in range(60)] for w in "ab")

    other = commissioning(more, lot="O-1", expiry="2031-01-31")
    refused = capture("acme", commissioning(some, lot="O-1", expiry="2030-01-31"), other)
    assert [error.code for error in refused.errors.values()] == ["expiry"]

    alike = commissioning(more, lot="O-1", expiry="2030-01-31")
    outcome = capture("acme", commissioning(some, lot="O-1", expiry="2030-01-31"), alike, batch="c")
    assert (outcome.recorded, outcome.errors) == (2, {})


def test_units_of_several_products_that_say_the_same_keep_the_lots_of_their_products(
    stage: Stage,
) -> None:
    other = Gtin("05400000000027")
    units = [*outside(2), *(unit(number, other) for number in range(2))]
    capture("meddist", commissioning(units))

    world = stage.see(*units)

    assert len({id(world.things[str(each)]) for each in units}) == 1
    assert world.lots.keys() == {lgtin(of=OUTSIDE), lgtin(of=other)}


def test_no_window_is_kept_while_a_later_one_is_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capturing, "WINDOW", 20)  # ten events of one unit
    kept: list[int] = []

    def events() -> Iterator[Taken]:
        for index, each in enumerate(outside(60)):
            (taken,) = take([commissioning([each])], "meddist")
            if index % 10 == 9:
                gc.collect()
                kept.append(sum(isinstance(some, Taken) for some in gc.get_objects()))
            yield replace(taken, index=index)

    outcome = Capturer("b", actor("meddist"), minute(60), Numbers()).capture(events())

    assert outcome.recorded == 60
    assert max(kept[2:]) <= 11
