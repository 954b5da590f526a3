"""What is answered: the truth, as far as it is the caller's business."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.epcis.model import Epc
from chalicelib.errors import Busy, Malformed, NotFound
from chalicelib.goods import answers
from chalicelib.goods.corrections import correct
from chalicelib.goods.wire import Verifications
from chalicelib.gs1.keys import Sgln, Sgtin, Sscc
from chalicelib.lots.model import RecallMark
from tests.builders import (
    EXPIRY,
    Stage,
    actor,
    faults,
    gln,
    gtin,
    lgtin,
    lot,
    minute,
    refused,
    sscc,
)
from tests.epcis.schemas import breaches
from tests.goods.captures import capture, found
from tests.harness.aws import Aws

AT = minute(1000)
CASE, PALLET, TOTE = sscc(1), sscc(10), sscc(1, "meddist")
CUSTODY = ("holder", "place", "in_transit_to", "container", "containers")


@pytest.fixture
def stage(aws: Aws) -> Stage:
    return Stage()


@pytest.fixture
def sold(stage: Stage) -> tuple[Stage, tuple[Sgtin, ...]]:
    """Acme's case of ten on a pallet went to meddist, and the case on to citypharm."""
    made = stage.made(12)
    stage.pack("acme", CASE, *made[:10])
    stage.pack("acme", PALLET, CASE)
    stage.send("acme", "meddist", PALLET)
    stage.send("meddist", "citypharm", CASE)
    return stage, made


def unit(stage: Stage, who: str, epc: Sgtin, as_of: datetime | None = None) -> dict[str, Any]:
    return answers.unit(epc, actor(who), stage.numbers(), AT, as_of).model_dump(by_alias=False)


def container(stage: Stage, who: str, epc: Sscc, as_of: datetime | None = None) -> dict[str, Any]:
    found = answers.container(epc, actor(who), stage.numbers(), AT, as_of)
    return found.model_dump(by_alias=False)


def history(
    stage: Stage, who: str, epc: Epc, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    return answers.history(epc, actor(who), stage.numbers(), AT, as_of).events


# --- what was recorded


def test_an_answer_names_all_events_and_counts_those_asked_for(stage: Stage) -> None:
    made = stage.made(12)
    stage.pack("acme", CASE, *made[:10])

    found = answers.recorded(stage.ship("acme", "meddist", *made[9:12]))

    assert len(found.event_ids) == 2
    assert found.event_id == found.event_ids[-1]
    assert (found.count, found.record_time) == (3, minute(stage.clock))


def test_a_commissioning_answers_with_its_lot(stage: Stage) -> None:
    fresh = stage.issue(5)

    found = answers.commissioned(stage.commission("acme", fresh))

    assert (found.gtin, found.lot, found.count) == (gtin(), "L1", 5)


# --- verification


def spellings(epc: Sgtin) -> dict[str, str]:
    raw = f"01{epc.gtin}17280630" + f"10L1\x1d21{epc.serial}"
    return {
        "data matrix": "]d2" + raw,
        "gs1-128": "]C1" + raw,
        "qr code": "]Q3" + raw,
        "raw": raw,
        "element string": f"(01){epc.gtin}(21){epc.serial}(10)L1(17)280630",
        "digital link": f"https://id.gs1.org/01/{epc.gtin}/10/L1/21/{epc.serial}?17=280630",
        "short link": f"https://example.com/shop/01/{epc.gtin}/21/{epc.serial}",
        "urn": epc.urn(7),
    }


@pytest.mark.parametrize("name", spellings(Sgtin.of(gtin(), "x")))
def test_a_scan_is_read_in_every_spelling(stage: Stage, name: str) -> None:
    (made,) = stage.made(1)

    found = answers.verified(
        Verifications(scan=spellings(made)[name]), actor("citypharm"), stage.numbers(), AT
    ).model_dump(by_alias=False)

    assert found["verified"], found
    assert (found["gtin"], found["serial"], found["lot"], found["expiry"]) == (
        str(gtin()), made.serial, "L1", "2028-06-30",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scan", "code"),
    [
        ("(01)09521000000019(21)a", "check_digit"),
        ("nothing of ours", "unknown_ai"),
        ("]d1010952100000001821a", "symbology"),
        (f"(01){gtin()}", "kind"),
        (f"(00){CASE}", "kind"),
        (f"(01){gtin()}(21)a(17)281399", "date"),
        ("\x00", "length"),
        ("\ud800", "unknown_ai"),
        ("٠١" * 20, "unknown_ai"),
    ],
)
def test_a_scan_that_cannot_be_read_is_refused_under_its_field(
    stage: Stage, scan: str, code: str
) -> None:
    body = Verifications.model_construct(scan=scan, items=())

    refusal = refused(answers.verified, body, actor("citypharm"), stage.numbers(), AT)

    assert isinstance(refusal, Malformed)
    assert faults(refusal) == {"/scan": code}


def test_of_several_packs_each_has_its_own_verdict(stage: Stage) -> None:
    made = stage.made(2)
    stage.dispense("acme", made[1])
    items = [
        {"scan": spellings(made[0])["raw"]},
        {"scan": "garbage"},
        {"gtin": str(gtin()), "serial": made[1].serial},
        {"gtin": str(gtin()), "serial": "unheard of"[:7]},
        {"gtin": str(gtin()), "serial": made[0].serial, "lot": "L2"},
    ]

    found = answers.verified(Verifications(items=items), actor("citypharm"), stage.numbers(), AT)

    results = found.model_dump(by_alias=False)["results"]
    assert [each["reasons"] for each in results] == [
        [], ["malformed"], ["dispensed"], ["unknown"], ["lot_mismatch"],
    ]  # fmt: skip
    assert "expected" in results[1]["detail"]
    assert {each["lot"] for each in results[1:]} == {None, "L1"}
    assert (results[4]["lot"], results[4]["expiry"]) == (None, None)
    assert (results[3]["state"], results[2]["state"]) == (None, "dispensed")


# --- where things are


def test_who_holds_a_unit_is_told_where_it_is(sold: tuple[Stage, tuple[Sgtin, ...]]) -> None:
    stage, made = sold

    found = unit(stage, "citypharm", made[0])

    assert found == {
        "epc": made[0].digital_link(),
        "state": "active",
        "container": CASE.digital_link(),
        "containers": [CASE.digital_link()],
        "holder": str(gln("citypharm")),
        "place": None,
        "in_transit_to": None,
        "recalled": False,
        "gtin": str(gtin()),
        "serial": made[0].serial,
        "lot": "L1",
        "expiry": "2028-06-30",
        "expired": False,
    }


def test_the_place_is_told_to_who_has_the_goods(stage: Stage) -> None:
    (made,) = stage.made(1)
    stage.ship("acme", "meddist", made)
    stage.receive("meddist", made, biz_location=Sgln.of(gln("meddist"), "A1"))

    assert (
        unit(stage, "meddist", made)["place"] == f"https://id.gs1.org/414/{gln('meddist')}/254/A1"
    )
    assert unit(stage, "acme", made)["place"] is None
    assert unit(stage, "acme", made)["holder"] == str(gln("meddist"))


def test_a_past_holder_is_told_the_state_and_no_more(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, made = sold

    found = unit(stage, "acme", made[0])

    assert {name: found[name] for name in CUSTODY} == dict.fromkeys(CUSTODY) | {"containers": []}
    assert (found["state"], found["lot"]) == ("active", "L1")
    stage.dispense("citypharm", made[0])
    assert unit(stage, "acme", made[0])["state"] == "dispensed"


@pytest.mark.parametrize("who", ["ruralpharm", "stranger"])
def test_to_others_goods_are_as_if_they_were_not(
    sold: tuple[Stage, tuple[Sgtin, ...]], who: str
) -> None:
    stage, made = sold
    unknown = refused(unit, stage, who, Sgtin.of(gtin(), "unheard"))

    for look, epc in ((unit, made[0]), (container, CASE), (history, made[0]), (history, CASE)):
        found = refused(look, stage, who, epc)
        assert isinstance(found, NotFound)
        assert (found.detail, found.code, found.errors, found.facts) == (
            unknown.detail, unknown.code, unknown.errors, unknown.facts,
        )  # fmt: skip


def test_a_unit_that_was_beside_others_goods_is_not_known_by_them(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, made = sold

    assert isinstance(refused(unit, stage, "citypharm", made[11]), NotFound)
    assert isinstance(refused(container, stage, "citypharm", PALLET), NotFound)


def test_as_of_a_time_one_is_told_what_was_true_then(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, made = sold
    received, shipped = 5, 4
    before = unit(stage, "acme", made[0], minute(shipped - 0.5))
    on_its_way = unit(stage, "acme", made[0], minute(shipped))

    assert before["containers"] == [CASE.digital_link(), PALLET.digital_link()]
    assert (before["holder"], before["in_transit_to"]) == (str(gln("acme")), None)
    assert on_its_way["in_transit_to"] == str(gln("meddist"))
    assert unit(stage, "acme", made[0], minute(received))["holder"] == str(gln("meddist"))
    assert isinstance(refused(unit, stage, "acme", made[0], minute(0)), NotFound)
    assert container(stage, "meddist", CASE, minute(received))["holder"] == str(gln("meddist"))


def test_a_moment_includes_all_that_one_event_did_at_it(stage: Stage) -> None:
    made = stage.made(3)
    stage.pack("acme", CASE, *made)
    stage.pack("acme", PALLET, CASE)

    done = stage.ship("acme", "meddist", made[0])

    at = done.record.events[-1].event_time
    assert unit(stage, "acme", made[0], at)["in_transit_to"] == str(gln("meddist"))
    assert steps(history(stage, "acme", made[0], at))[-2:] == ["unpacking", "shipping"]
    just_before = at - timedelta(milliseconds=1)
    assert unit(stage, "acme", made[0], just_before)["container"] == CASE.digital_link()


def test_a_recalled_or_expired_unit_says_so(stage: Stage) -> None:
    (made,) = stage.made(1)
    late = datetime(EXPIRY.year + 1, 1, 1, tzinfo=AT.tzinfo)

    found = answers.unit(made, actor("acme"), stage.numbers(), late, None)

    assert found.expired
    stage.keep(lot(recalls=[RecallMark("r1")]))
    assert unit(stage, "acme", made)["recalled"]


def test_a_returned_number_has_no_lot(stage: Stage) -> None:
    (number,) = stage.issue(1)
    stage.return_numbers("acme", number)

    found = unit(stage, "acme", number)

    assert (found["state"], found["lot"], found["expiry"]) == ("number_returned", None, None)


# --- what is in containers


def test_who_holds_a_container_is_told_what_is_in_it(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, made = sold
    stage.dispense("citypharm", made[0])

    found = container(stage, "citypharm", CASE)

    assert (found["sscc"], found["count"]) == (str(CASE), 9)
    assert found["lots"] == [{"gtin": str(gtin()), "lot": "L1", "quantity": 9}]


def test_nobody_watches_a_container_after_it_was_sold_on(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, _ = sold

    assert container(stage, "meddist", CASE)["count"] == 10
    for as_of in (None, minute(3.5)):
        found = container(stage, "acme", CASE, as_of)
        assert (found["count"], found["lots"]) == (None, None)


# --- histories


def steps(events: list[dict[str, Any]]) -> list[str]:
    return [event["bizStep"] for event in events]


def test_a_history_is_of_events_of_the_standard(sold: tuple[Stage, tuple[Sgtin, ...]]) -> None:
    stage, made = sold
    stage.unpack("citypharm", CASE, made[0])
    stage.destroy("citypharm", made[0], reason="leaking")

    for who in ("acme", "meddist", "citypharm"):
        for epc in (made[0], CASE, made[5]):
            for event in history(stage, who, epc):
                assert breaches(event) == [], event


def test_a_history_tells_of_the_one_thing_and_not_of_its_siblings(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, made = sold

    events = history(stage, "citypharm", made[0])

    assert steps(events) == ["commissioning", "packing", "packing", "unpacking", "shipping",
                             "receiving"]  # fmt: skip
    assert events[0]["epcList"] == [made[0].digital_link()]
    assert events[0]["ilmd"] == {"cbvmda:lotNumber": "L1"}
    assert (events[1]["parentID"], events[1]["childEPCs"]) == (
        CASE.digital_link(), [made[0].digital_link()],
    )  # fmt: skip
    assert (events[2]["parentID"], events[2]["childEPCs"]) == (
        PALLET.digital_link(), [CASE.digital_link()],
    )  # fmt: skip
    assert events[4]["epcList"] == [CASE.digital_link()]


def test_a_history_ends_when_it_is_asked_to(sold: tuple[Stage, tuple[Sgtin, ...]]) -> None:
    stage, made = sold

    assert steps(history(stage, "acme", made[0], minute(3))) == [
        "commissioning", "packing", "packing",
    ]  # fmt: skip
    assert history(stage, "acme", made[0], minute(0)) == []


def test_who_filled_a_container_is_told_with_what(stage: Stage) -> None:
    made = stage.made(3)
    stage.pack("acme", CASE, *made[:2])
    stage.pack("acme", PALLET, CASE)
    stage.pack("acme", CASE, made[2])
    stage.unpack("acme", CASE, made[0])

    filled = history(stage, "acme", PALLET)

    assert [(event["parentID"], len(event["childEPCs"])) for event in filled] == [
        (PALLET.digital_link(), 1),
        (CASE.digital_link(), 1),
        (CASE.digital_link(), 1),
    ]
    assert filled[1]["childEPCs"] == [made[2].digital_link()]
    assert (filled[2]["action"], filled[2]["childEPCs"]) == ("DELETE", [made[0].digital_link()])


def test_others_are_told_how_much_went_into_a_container_they_got(
    sold: tuple[Stage, tuple[Sgtin, ...]],
) -> None:
    stage, _ = sold

    first = history(stage, "meddist", CASE)[0]

    assert first["bizStep"] == "packing"
    assert "childEPCs" not in first
    assert first["childQuantityList"] == [
        {"epcClass": lgtin().digital_link(), "quantity": 10}
    ]  # fmt: skip


def test_what_others_put_into_a_container_later_is_not_told(stage: Stage) -> None:
    made = stage.made(11)
    stage.pack("acme", CASE, *made[:10])
    stage.send("acme", "meddist", CASE, made[10])
    before = history(stage, "acme", CASE)

    stage.pack("meddist", CASE, made[10])

    assert history(stage, "acme", CASE) == before
    assert len(history(stage, "meddist", CASE)) == len(before) + 1


def test_an_empty_container_that_went_in_is_named(stage: Stage) -> None:
    made = stage.made(1)
    stage.pack("acme", CASE, *made)
    stage.unpack("acme", CASE)
    stage.pack("acme", PALLET, CASE)
    stage.send("acme", "meddist", PALLET)

    first = history(stage, "meddist", PALLET)[0]

    assert first["childEPCs"] == [CASE.digital_link()]
    assert breaches(first) == []


def test_a_history_whose_record_is_not_there_yet_is_asked_again(stage: Stage, aws: Aws) -> None:
    (made,) = stage.made(1)
    aws.table("events").items.clear()

    with pytest.raises(Busy, match="being written"):
        history(stage, "acme", made)


# --- corrections and transformations


def test_a_container_tells_of_a_withdrawn_packing_with_what_it_was_about(stage: Stage) -> None:
    made = stage.made(3)
    stage.pack("acme", CASE, made[0])
    stage.pack("acme", PALLET, CASE)
    packing = stage.pack("acme", CASE, *made[1:]).record
    correct(packing.event_ids()[0], "did_not_occur", actor("acme"), AT, numbers=stage.numbers())

    for epc in (CASE, PALLET):
        last = history(stage, "acme", epc)[-1]
        assert last["parentID"] == CASE.digital_link()
        assert sorted(last["childEPCs"]) == sorted(each.digital_link() for each in made[1:])
        assert last["errorDeclaration"]["reason"] == "did_not_occur"
        assert breaches(last) == []
    alone = history(stage, "acme", made[1])[-1]
    assert (alone["childEPCs"], "errorDeclaration" in alone) == ([made[1].digital_link()], True)


def test_what_goods_were_made_of_is_told_to_who_made_them_and_to_nobody_else(
    stage: Stage,
) -> None:
    stage.register(gtin(2))
    stage.keep(lot("M1", gtin(2)))
    used, made = stage.made(2), stage.issue(2, of=gtin(2))
    event = found(
        "TransformationEvent", "assembling", 60,
        inputEPCList=[each.digital_link() for each in used],
        inputQuantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}],
        outputEPCList=[each.digital_link() for each in made],
        transformationID="urn:x:batch-7",
        ilmd={"cbvmda:lotNumber": "M1"},
    )  # fmt: skip
    assert capture("acme", event).errors == {}
    stage.clock = 100
    stage.send("acme", "meddist", made[0])

    assert unit(stage, "acme", used[0])["state"] == "consumed"
    for epc in (used[0], made[0]):
        whole = next(
            each for each in history(stage, "acme", epc) if each["type"] == "TransformationEvent"
        )
        assert sorted(whole["inputEPCList"]) == sorted(event["inputEPCList"])
        assert sorted(whole["outputEPCList"]) == sorted(event["outputEPCList"])
    told = history(stage, "meddist", made[0])[0]
    assert told["outputEPCList"] == [made[0].digital_link()]
    assert not {"inputEPCList", "inputQuantityList", "transformationID"} & told.keys()
