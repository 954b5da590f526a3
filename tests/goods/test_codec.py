"""How goods are written down: without loss, and small."""

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.goods.codec import (
    MOVED,
    decode_entries,
    decode_page,
    decode_thing,
    encode_entries,
    encode_page,
    encode_thing,
)
from chalicelib.goods.model import Entry, Kind, Thing
from chalicelib.gs1.keys import Sgtin
from chalicelib.ledger.epcset import EpcSet
from chalicelib.ledger.model import event_uri
from chalicelib.serial.model import PAGE, Place
from tests.builders import (
    START,
    Scene,
    entry,
    gln,
    gtin,
    lgtin,
    micros,
    operation,
    sscc,
    unit,
    units,
)
from tests.gs1.strategies import lgtins, sglns, sgtins
from tests.gs1.strategies import sscc as ssccs

parties = st.sampled_from([gln(number).digits for number in range(1, 6)])
containers = st.sampled_from([str(sscc(number)) for number in range(4)]) | sgtins.map(str)
entries = st.builds(
    Entry,
    kind=st.sampled_from(Kind),
    event=st.builds(
        lambda record, number: event_uri(operation(record), number).removeprefix("urn:uuid:"),
        st.integers(0, 2**60),
        st.integers(0, 255),
    ),
    at=st.integers(1, 2**53),
    by=parties,
    container=st.just("") | containers,
    party=st.just("") | parties,
    place=st.just("") | sglns.map(str),
    withdraws=st.just("")
    | st.builds(
        lambda record, number: event_uri(operation(record), number).removeprefix("urn:uuid:"),
        st.integers(0, 2**10),
        st.sampled_from([0, 1, 255]),
    ),
)
trails = st.lists(entries, max_size=6, unique_by=lambda each: each.at).map(
    lambda each: tuple(sorted(each, key=lambda one: one.at))
)
lots = st.just("") | lgtins.map(lambda each: each.lot)
sets = st.builds(
    EpcSet.of,
    st.lists(sgtins | ssccs | st.integers(0, 2000).map(unit), max_size=20),
    st.just({epc: Place(0, number) for number, epc in enumerate(units(2000))}),
)
things = st.builds(
    Thing,
    trail=trails,
    lot=lots,
    contents=sets,
    inside=st.dictionaries(lgtins, st.integers(1, 10**6), max_size=4),
    spilled=st.integers(0, 99),
    height=st.integers(0, 12),
)
paged = st.builds(Thing, trail=trails.filter(bool), lot=lots) | st.just(MOVED)


@st.composite
def pages(draw: st.DrawFn) -> dict[int, Thing]:
    """Slots of a page: a few different things, in runs and alone."""
    different = draw(st.lists(paged, min_size=1, max_size=5))
    slots: dict[int, Thing] = {}
    for _ in range(draw(st.integers(0, 12))):
        start, length = draw(st.integers(0, PAGE - 1)), draw(st.integers(1, 60))
        thing = draw(st.sampled_from(different))
        slots |= dict.fromkeys(range(start, min(start + length, PAGE)), thing)
    return slots


@settings(max_examples=40, deadline=None)
@given(pages())
def test_a_page_is_read_back_as_it_was_written(slots: Mapping[int, Thing]) -> None:
    found = decode_page(encode_page(slots))

    assert found == slots
    assert {slot for slot in found if found[slot] is MOVED} == {
        slot for slot in slots if slots[slot] is MOVED
    }


@settings(max_examples=40, deadline=None)
@given(pages())
def test_a_page_has_one_spelling(slots: dict[int, Thing]) -> None:
    shuffled = list(slots.items())
    random.Random(7).shuffle(shuffled)

    assert encode_page(dict(shuffled)) == encode_page(slots)
    assert encode_page(decode_page(encode_page(slots))) == encode_page(slots)


@settings(max_examples=40, deadline=None)
@given(things)
def test_a_thing_is_read_back_as_it_was_written(thing: Thing) -> None:
    assert decode_thing(encode_thing(thing)) == thing


@given(trails)
def test_a_stretch_of_a_trail_is_read_back_as_it_was_written(trail: tuple[Entry, ...]) -> None:
    assert decode_entries(encode_entries(trail)) == trail


def test_an_empty_page_is_empty() -> None:
    assert decode_page(encode_page({})) == {}
    assert decode_thing(encode_thing(Thing())) == Thing()


def test_equal_units_share_what_is_said_of_them() -> None:
    slots = decode_page(encode_page(dict.fromkeys(range(PAGE), Thing((entry("returned", 1),)))))

    assert len({id(thing) for thing in slots.values()}) == 1


def test_units_of_different_lots_are_told_apart() -> None:
    trail = (entry("commissioned", 1),)
    slots = {0: Thing(trail, "L1"), 1: Thing(trail, "L2"), 2: Thing(trail, "L1"), 511: MOVED}

    assert decode_page(encode_page(slots)) == slots


def page_of(scene: Scene) -> bytes:
    return encode_page({number: scene.thing(unit(number)) for number in range(PAGE)})


def test_a_page_of_eleven_cases_stays_within_one_write_unit() -> None:
    scene = Scene()
    for start in range(0, PAGE, 128):
        scene.commission("acme", units(start + 128, start))
    for number in range(11):
        inner = units(min(number * 47 + 47, PAGE), number * 47)
        scene.pack("acme", sscc(number), *inner)

    body = page_of(scene)

    assert len(body) <= 1000
    assert decode_page(body)[500] == scene.thing(unit(500))


def test_a_page_of_units_that_were_shipped_singly_grows_by_their_events_only() -> None:
    scene, some = Scene(), units(100)
    scene.commission("acme", units(PAGE))
    small = len(page_of(scene))
    for _ in range(4):
        scene.send("acme", "meddist", *some)
        scene.send("meddist", "acme", *some)

    assert len(page_of(scene)) - small < 16 * 40


def test_a_withdrawal_adds_little_to_a_page() -> None:
    scene = Scene()
    scene.commission("acme", units(512))
    scene.sample("acme", *units(512))
    before = len(page_of(scene))

    scene.withdraw("acme")

    assert len(page_of(scene)) - before < 60


def test_a_container_of_five_thousand_units_is_small() -> None:
    places = {epc: Place(0, number) for number, epc in enumerate(units(5000))}
    contents = EpcSet.of(places, places)
    pallet = Thing((entry("filled", micros(START)),), contents=contents, inside={lgtin(): 5000})

    assert len(encode_thing(pallet)) < 250


def test_a_foreign_serial_is_kept_to_the_letter() -> None:
    odd = Sgtin.of(gtin(), "%&'()*+,-./:;<=>?_")
    holding = Thing((entry("packed", 5, container=str(odd)),), contents=EpcSet.of([odd], {}))

    assert decode_thing(encode_thing(holding)) == holding
