"""Histories: what happened to goods while it happened to them, and who may know."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.model import BizStep, Epc, Event
from chalicelib.errors import PacktrailError
from chalicelib.goods.history import (
    Step,
    history,
    last_shipment,
    parties,
    related,
    sent,
    situation_at,
    standing_steps,
    told,
    visible,
)
from chalicelib.goods.model import EVER, Kind, Situation, Status, situation
from chalicelib.ledger.epcset import epc_of
from tests.builders import Scene, entry, event, gln, micros, minute, sscc, unit, units

CASE, PALLET, TOTE, CRATE = sscc(1), sscc(2), sscc(1, "meddist"), sscc(1, "citypharm")


@pytest.fixture
def scene() -> Scene:
    """Acme has commissioned two units and packed them into a case, and that on a pallet."""
    scene = Scene()
    scene.commission("acme", units(4))
    scene.pack("acme", CASE, unit(0), unit(1))
    scene.pack("acme", PALLET, CASE)
    return scene


@pytest.fixture
def journey(scene: Scene) -> Scene:
    """From acme by meddist to citypharm, in other containers on the second leg."""
    scene.send("acme", "meddist", PALLET)
    scene.unpack("meddist", PALLET)
    scene.unpack("meddist", CASE, unit(0))
    scene.pack("meddist", TOTE, unit(0))
    scene.send("meddist", "citypharm", TOTE)
    scene.unpack("citypharm", TOTE)
    scene.dispense("citypharm", unit(0))
    return scene


MADE = ["commissioned", "packed", f"packed {CASE}"]
TO_MEDDIST = [f"shipped {PALLET}", f"received {PALLET}"]
REPACKED = [f"emptied {PALLET}", "unpacked", "packed"]
TO_CITY = [f"shipped {TOTE}", f"received {TOTE}"]
USED = [f"emptied {TOTE}", "dispensed"]


# --- while inside, and only then


def test_a_history_includes_the_containers(journey: Scene) -> None:
    assert journey.kinds(unit(0)) == MADE + TO_MEDDIST + REPACKED + TO_CITY + USED


def test_a_history_excludes_what_happens_to_a_container_later(journey: Scene) -> None:
    assert journey.kinds(unit(1)) == MADE + TO_MEDDIST + REPACKED[:1]
    journey.send("meddist", "ruralpharm", CASE)
    journey.ship("meddist", "ruralpharm", PALLET)

    assert journey.kinds(unit(0))[-1] == "dispensed"
    assert journey.kinds(unit(1))[-2:] == [f"shipped {CASE}", f"received {CASE}"]


def test_a_history_excludes_what_happened_to_a_container_before() -> None:
    scene = Scene()
    scene.commission("acme", units(2))
    scene.pack("acme", CASE, unit(0))
    scene.send("acme", "meddist", CASE)
    scene.send("acme", "meddist", unit(1))
    scene.pack("meddist", CASE, unit(1))
    scene.send("meddist", "citypharm", CASE)

    assert scene.kinds(unit(1)) == [
        "commissioned", "shipped", "received", "packed", f"shipped {CASE}", f"received {CASE}",
    ]  # fmt: skip


def test_emptied_and_filled_anew_a_container_counts_for_its_new_goods_only(scene: Scene) -> None:
    scene.unpack("acme", CASE)
    scene.pack("acme", CASE, unit(2))
    scene.send("acme", "meddist", PALLET)

    assert scene.kinds(unit(0)) == [*MADE, f"emptied {CASE}"]
    assert scene.kinds(unit(2)) == ["commissioned", "packed", *TO_MEDDIST]


def test_put_back_into_the_same_container_both_stays_count(scene: Scene) -> None:
    scene.unpack("acme", CASE, unit(0))
    scene.pack("acme", CASE, unit(2))
    scene.pack("acme", CASE, unit(0))
    scene.send("acme", "meddist", PALLET)

    assert scene.kinds(unit(0)) == [*MADE, "unpacked", "packed", *TO_MEDDIST]


def test_three_containers_deep_everything_around_counts(scene: Scene) -> None:
    scene.pack("acme", CRATE, PALLET)
    scene.send("acme", "meddist", CRATE)
    scene.unpack("meddist", CRATE)
    scene.unpack("meddist", PALLET, CASE)
    scene.unpack("meddist", CASE)

    assert scene.kinds(unit(0)) == [
        *MADE, f"packed {PALLET}", f"shipped {CRATE}", f"received {CRATE}", f"emptied {CRATE}",
        f"unpacked {CASE}", f"emptied {CASE}",
    ]  # fmt: skip


def test_what_goes_in_and_out_beside_it_is_no_history_of_a_unit(scene: Scene) -> None:
    scene.pack("acme", CASE, unit(2))
    scene.unpack("acme", CASE, unit(1))

    assert scene.kinds(unit(0)) == MADE
    assert scene.kinds(CASE) == ["filled", "packed", "filled", "relieved"]


def test_a_late_event_of_the_container_falls_into_the_stay(scene: Scene) -> None:
    scene.commission("acme", [unit(9)], at=100)
    scene.ship("acme", "meddist", PALLET, at=20)

    assert scene.kinds(unit(0)) == [*MADE, TO_MEDDIST[0]]
    assert scene.kinds(unit(0), until=micros(minute(20)) - 1) == MADE
    assert scene.kinds(unit(9)) == ["commissioned"]


def test_a_late_event_never_goes_before_the_packing_that_it_was_told_after(scene: Scene) -> None:
    scene.pack("acme", CASE, unit(2), at=60)
    scene.ship("acme", "meddist", PALLET, at=30)

    assert scene.kinds(unit(2)) == ["commissioned", "packed", TO_MEDDIST[0]]


def test_a_history_ends_when_it_is_asked_to(journey: Scene) -> None:
    steps = history(str(unit(0)), journey.things)

    for number, step in enumerate(steps):
        until = step.entry.at
        assert history(str(unit(0)), journey.things, until=until) == steps[: number + 1]
        assert history(str(unit(0)), journey.things, until=until - 1) == steps[:number]


def test_entries_that_lie_elsewhere_are_put_in_their_place(scene: Scene) -> None:
    further = {str(CASE): [entry("filled", micros(minute(2.5))), entry("filled", EVER)]}

    steps = history(str(CASE), scene.things, until=micros(minute(50)), further=further)

    assert [step.entry.kind for step in steps] == [Kind.FILLED, Kind.FILLED, Kind.PACKED]


# --- as of any time


def test_the_situation_of_the_last_moment_is_that_of_now(journey: Scene) -> None:
    for key in journey.things:
        assert situation_at(key, journey.things, EVER) == situation(key, journey.things)


ACME, MEDDIST, CITY = (gln(name).digits for name in ("acme", "meddist", "citypharm"))


@pytest.mark.parametrize(
    ("step", "status", "holder", "to", "chain"),
    [
        (0, Status.ACTIVE, ACME, "", ()),
        (1, Status.ACTIVE, ACME, "", (CASE,)),
        (2, Status.ACTIVE, ACME, "", (CASE, PALLET)),
        (3, Status.ACTIVE, ACME, MEDDIST, (CASE, PALLET)),
        (4, Status.ACTIVE, MEDDIST, "", (CASE, PALLET)),
        (5, Status.ACTIVE, MEDDIST, "", (CASE,)),
        (6, Status.ACTIVE, MEDDIST, "", ()),
        (7, Status.ACTIVE, MEDDIST, "", (TOTE,)),
        (8, Status.ACTIVE, MEDDIST, CITY, (TOTE,)),
        (9, Status.ACTIVE, CITY, "", (TOTE,)),
        (10, Status.ACTIVE, CITY, "", ()),
        (11, Status.DISPENSED, CITY, "", ()),
    ],
)
def test_as_of_every_boundary(
    journey: Scene, step: int, status: Status, holder: str, to: str, chain: tuple[Epc, ...]
) -> None:
    steps = history(str(unit(0)), journey.things)
    begins = steps[step].entry.at
    ends = steps[step + 1].entry.at if step + 1 < len(steps) else EVER

    for moment in {begins, min(begins + 1, ends - 1), ends - 1}:
        found = situation_at(str(unit(0)), journey.things, moment)
        assert found._replace(place="") == (status, holder, "", to, tuple(map(str, chain)))


def test_before_its_time_there_is_nothing(journey: Scene) -> None:
    first = journey.thing(unit(0)).trail[0].at

    assert situation_at(str(unit(0)), journey.things, first - 1) == (
        Status.UNASSIGNED, "", "", "", (),
    )  # fmt: skip


# --- who may know


VIEWS = {
    "acme": MADE + TO_MEDDIST + REPACKED,
    "meddist": MADE + TO_MEDDIST + REPACKED + TO_CITY + [f"emptied {TOTE}"],
    "citypharm": MADE + REPACKED + TO_CITY + USED,
}


@pytest.mark.parametrize("who", VIEWS)
def test_everybody_sees_where_goods_come_from_and_its_own_trade(journey: Scene, who: str) -> None:
    assert journey.kinds(unit(0), who) == VIEWS[who]


@pytest.mark.parametrize("who", ["ruralpharm", "stranger"])
def test_others_have_nothing_to_do_with_it(journey: Scene, who: str) -> None:
    assert not related(str(unit(0)), journey.things, gln(who))


def test_nobody_sees_its_customers_customer(journey: Scene) -> None:
    for name, hidden in (("acme", CITY), ("citypharm", "never")):
        steps = visible(history(str(unit(0)), journey.things), gln(name))
        assert not [step for step in steps if hidden in (step.entry.by, step.entry.party)]
    steps = visible(history(str(unit(0)), journey.things), gln("citypharm"))
    assert not [step for step in steps if {step.entry.by, step.entry.party} == {ACME, MEDDIST}]


def test_a_destination_sees_goods_on_their_way_and_nothing_before_its_supplier(
    scene: Scene,
) -> None:
    scene.ship("acme", "meddist", PALLET)

    assert related(str(unit(0)), scene.things, gln("meddist"))
    assert scene.kinds(unit(0), "meddist") == [*MADE, TO_MEDDIST[0]]
    assert not related(str(unit(2)), scene.things, gln("meddist")), "it was not on the pallet"


def test_a_supplier_of_the_supplier_stays_unknown(scene: Scene) -> None:
    scene.send("acme", "ruralpharm", PALLET)
    scene.unpack("ruralpharm", PALLET)
    scene.pack("ruralpharm", CRATE, CASE)
    scene.send("ruralpharm", "meddist", CRATE)
    scene.unpack("meddist", CRATE)
    scene.send("meddist", "citypharm", CASE)

    assert scene.kinds(unit(0), "citypharm") == [*MADE, f"shipped {CASE}", f"received {CASE}"]


@pytest.mark.parametrize("children", [(), (unit(0),)])
def test_the_container_of_a_customers_customer_stays_unknown_when_goods_come_back(
    journey: Scene, children: tuple[Epc, ...]
) -> None:
    journey.reactivate("citypharm", unit(0))
    journey.pack("citypharm", CRATE, unit(0))
    journey.send("citypharm", "meddist", CRATE)

    journey.unpack("meddist", CRATE, *children)

    assert journey.kinds(unit(0), "acme") == VIEWS["acme"]
    assert len(journey.kinds(unit(0), "citypharm")) == len(VIEWS["citypharm"]) + 5


def test_the_parties_of_a_container_are_those_of_the_goods_in_it_at_the_time(
    journey: Scene,
) -> None:
    journey.send("meddist", "ruralpharm", CASE)
    journey.ship("meddist", "stranger", PALLET)

    assert parties(str(unit(0)), journey.things) == {ACME, MEDDIST, CITY}
    assert parties(str(unit(1)), journey.things) == {ACME, MEDDIST, gln("ruralpharm").digits}
    assert parties(str(PALLET), journey.things) == {ACME, MEDDIST, gln("stranger").digits}


def test_the_last_shipment_counts_those_inside_others(journey: Scene) -> None:
    shipped = {str(PALLET): 4, str(CASE): 4, str(unit(1)): 4, str(unit(0)): 9}

    for key, clock in shipped.items():
        assert last_shipment(key, journey.things) == micros(minute(clock))
    assert last_shipment(str(unit(3)), journey.things) is None


HELD = Situation(Status.ACTIVE, MEDDIST, f"{MEDDIST}#A1", "", (str(CASE),))
MOVING = HELD._replace(to=CITY)


@pytest.mark.parametrize(
    ("now", "who", "sees"),
    [
        (HELD, "meddist", HELD),
        (MOVING, "citypharm", MOVING),
        (HELD, "acme", HELD._replace(place="")),
        (HELD, "ruralpharm", Situation(Status.ACTIVE, "", "", "", ())),
        (MOVING, "acme", MOVING._replace(place="")),
    ],
)
def test_where_goods_are_is_told_to_who_had_a_hand_in_it(
    scene: Scene, now: Situation, who: str, sees: Situation
) -> None:
    scene.send("acme", "meddist", PALLET)
    steps = history(str(unit(0)), scene.things)

    assert told(now, steps, gln(who)) == sees


def test_where_goods_are_is_told_no_more_once_they_were_sold_on(journey: Scene) -> None:
    now, steps = journey.where(unit(0)), history(str(unit(0)), journey.things)

    assert told(now, steps, gln("acme")) == Situation(Status.DISPENSED, "", "", "", ())
    assert told(now, steps, gln("meddist")).holder == CITY
    assert told(now, [], gln("acme")).holder == ""


# --- against a plain model


@dataclass
class Plain:
    """Everything in dictionaries: what is where, and a diary for each thing."""

    inside: dict[str, str] = field(default_factory=dict)
    diary: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def happens(self, word: str, epc: Epc) -> None:
        """Note it for the thing and for everything in it."""
        self.diary[str(epc)].append(word)
        for inner in self.within(str(epc)):
            self.diary[inner].append(f"{word} {epc}")

    def within(self, key: str) -> list[str]:
        found = [inner for inner, outer in self.inside.items() if outer == key]
        return found + [deep for inner in found for deep in self.within(inner)]


GOODS: tuple[Epc, ...] = (*units(4), sscc(1), sscc(2), sscc(3))
things = st.sampled_from(GOODS)
boxes = st.sampled_from(GOODS[3:])
times = st.none() | st.integers(0, 40)
words = st.sampled_from(["pack", "pack", "pack", "unpack", "unpack", "empty", "ship", "receive"])
deeds = st.tuples(words, boxes, things, times)


@settings(max_examples=60, deadline=None)
@given(st.lists(deeds, min_size=8, max_size=40))
def test_histories_equal_diaries_whatever_happens_in_whatever_order(
    deeds: list[tuple[str, Epc, Epc, int | None]],
) -> None:
    scene, plain = Scene(), Plain()
    for loose in units(4):
        scene.commission("acme", [loose])
        plain.happens("commissioned", loose)
    for case, *inner in ((sscc(1), unit(0), unit(1)), (sscc(2), unit(2)), (sscc(3), sscc(1))):
        _note(plain, *scene.pack("acme", case, *inner))
    for deed, box, epc, when in deeds:
        try:
            happened = _deed(scene, deed, box, epc, when)
        except PacktrailError:
            continue
        for each in happened:
            _note(plain, each)
    for key in scene.things:
        words = scene.kinds(epc_of(key))
        assert [word for word in words if word not in ("filled", "relieved")] == plain.diary[key]
        assert list(scene.where(epc_of(key)).chain) == _chain(plain, key)
        moments = [step.entry.at for step in history(key, scene.things)]
        assert moments == sorted(moments)


def _deed(scene: Scene, deed: str, box: Epc, epc: Epc, when: int | None) -> tuple[Event, ...]:
    """Let whoever has a thing do something with it; acme and meddist send to each other."""
    held = box if deed == "empty" else epc
    now = scene.where(held) if str(held) in scene.things else None
    if deed == "unpack" and now and now.chain:
        box = epc_of(now.chain[0])
    who = "meddist" if now and now.holder == MEDDIST else "acme"
    peer = "acme" if who == "meddist" else "meddist"
    late = {} if when is None else {"at": when}
    done: tuple[Event, ...]
    match deed:
        case "pack":
            done = scene.pack(who, box, epc, **late)
        case "unpack":
            done = scene.unpack(who, box, epc, **late)
        case "empty":
            done = scene.unpack(who, box, **late)
        case "ship":
            done = scene.ship(who, peer, epc, **late)
        case _:
            done = scene.receive(peer, epc, **late)
    return done


def _note(plain: Plain, event: Event) -> None:
    match event.biz_step.value, event.epcs:
        case "packing", _:
            for epc in event.epcs:
                plain.happens("packed", epc)
                plain.inside[str(epc)] = str(event.parent)
        case "unpacking", () if event.parent:
            plain.happens("emptied", event.parent)
            for inner in [k for k, outer in plain.inside.items() if outer == str(event.parent)]:
                del plain.inside[inner]
        case "unpacking", _:
            for epc in event.epcs:
                plain.happens("unpacked", epc)
                del plain.inside[str(epc)]
        case "shipping", _:
            plain.happens("shipped", event.epcs[0])
        case "receiving", _:
            plain.happens("received", event.epcs[0])


def _chain(plain: Plain, key: str) -> list[str]:
    outer = plain.inside.get(key)
    return [] if outer is None else [outer, *_chain(plain, outer)]


# --- nobody learns a customer's customer, whatever happens


FIRMS = ("acme", "meddist", "citypharm", "ruralpharm")
BY_FIRM = {gln(name).digits: name for name in FIRMS}
trades = st.tuples(
    st.sampled_from(["send", "send", "ship", "pack", "pack", "unpack", "empty", "dispense"]),
    st.sampled_from(units(3)),
    st.sampled_from(FIRMS),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(trades, min_size=5, max_size=30))
def test_nobody_learns_of_parties_that_it_does_not_trade_with(
    deeds: list[tuple[str, Epc, str]],
) -> None:
    scene = Scene()
    scene.commission("acme", units(3))
    for number, (deed, epc, to) in enumerate(deeds):
        with suppress(PacktrailError):
            _trade(scene, number, deed, epc, to)
    for epc in units(3):
        steps = history(str(epc), scene.things)
        for who in FIRMS:
            if related(str(epc), scene.things, gln(who)):
                _learns_only_of_its_partners(who, steps, scene.where(epc))


def _trade(scene: Scene, number: int, deed: str, epc: Epc, to: str) -> None:
    """Let the holder of a unit do something with it, or with what it is in; SSCCs bear names."""
    now = scene.where(epc)
    who = BY_FIRM[now.holder]
    outer = epc_of(now.chain[-1]) if now.chain else epc
    match deed:
        case "send":
            scene.send(who, to, outer)
        case "ship":
            scene.ship(who, to, epc)
            scene.receive(to, epc)
        case "pack":
            scene.pack(who, sscc(number, who), outer)
        case "unpack" if now.chain:
            scene.unpack(who, epc_of(now.chain[0]), epc)
        case "empty":
            scene.unpack(who, outer)
        case _:
            scene.dispense(who, epc)


def _learns_only_of_its_partners(who: str, steps: list[Step], now: Situation) -> None:
    me = gln(who).digits
    trade = [step.entry for step in steps if step.entry.kind in (Kind.SHIPPED, Kind.RECEIVED)]
    partners = {me, ACME} | {
        name for each in trade if me in (each.by, each.party) for name in (each.by, each.party)
    }
    passed = {key for key, entry in steps if me in (entry.by, entry.party)}
    for key, found in visible(steps, gln(who)):
        assert {found.by, found.party} <= partners | {""}
        mine = me in (found.by, found.party)
        containers = {name for name in (key, found.container) if name and "#" not in name}
        for container in containers - passed if not mine else ():
            assert gln(_named_on(container)).digits in partners
    seen = told(now, steps, gln(who))
    assert {seen.holder, seen.to} <= partners | {""}


def _named_on(container: str) -> str:
    """Return the organisation whose company prefix an SSCC bears."""
    return next(name for name in FIRMS if container.startswith(f"0952{gln(name).digits[3]}"))


def test_shipments_stand_that_were_neither_voided_nor_withdrawn() -> None:
    scene = Scene()
    scene.commission("acme", units(2))
    scene.pack("acme", sscc(1), *units(2))
    scene.ship("acme", "meddist", sscc(1))
    scene.withdraw("acme")
    scene.ship("acme", "meddist", sscc(1))
    scene.do("acme", event(BizStep.VOIDING, "acme", 30, epcs=(sscc(1),)))
    scene.ship("acme", "citypharm", sscc(1), at=40)
    key = str(unit(0))

    assert scene.kinds(unit(0))[2:] == [
        f"{kind} {sscc(1)}" for kind in ("shipped", "withdrawn", "shipped", "voided", "shipped")
    ]
    assert [each.entry.party for each in sent(key, scene.things)] == [gln("citypharm").digits]
    assert [each.entry.kind.name for each in standing_steps(history(key, scene.things))] == [
        "COMMISSIONED", "PACKED", "SHIPPED", "VOIDED", "SHIPPED",
    ]  # fmt: skip


def test_a_withdrawal_is_told_to_whom_the_event_was_told_and_to_nobody_else() -> None:
    scene = Scene()
    scene.commission("acme", units(2))
    scene.ship("acme", "meddist", *units(2))
    scene.withdraw("acme")
    scene.send("acme", "citypharm", unit(0))

    assert scene.kinds(unit(0), "citypharm") == ["commissioned", "shipped", "received"]
    assert scene.kinds(unit(0), "meddist") == ["commissioned", "shipped", "withdrawn"]


def test_whom_goods_were_never_sent_to_is_not_told_where_they_are() -> None:
    scene = Scene()
    scene.commission("acme", units(2))
    scene.ship("acme", "meddist", *units(2))
    scene.withdraw("acme")

    now = told(scene.where(unit(0)), history(str(unit(0)), scene.things), gln("meddist"))

    assert (now.status, now.holder) == (Status.ACTIVE, "")


def test_what_happened_to_a_container_is_told_with_its_withdrawal_after_one_left_it() -> None:
    scene = Scene()
    scene.commission("acme", units(2))
    scene.pack("acme", sscc(1), *units(2))
    seen = event(BizStep.OBSERVING, "acme", 30, epcs=(sscc(1),))
    scene.do("acme", seen)
    observed = scene.done[-1]
    scene.unpack("acme", sscc(1), unit(0), at=40)
    scene.withdraw("acme", observed)

    assert scene.kinds(unit(0))[2:] == [
        f"observed {sscc(1)}", "unpacked", f"withdrawn {sscc(1)}",
    ]  # fmt: skip
