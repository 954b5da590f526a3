"""Nobody learns another's customers; whom a recall does not concern learns nothing."""

import pytest

from chalicelib.errors import NotFound
from chalicelib.gs1.keys import Sgtin
from chalicelib.recall import sight
from chalicelib.recall.identification import identify
from chalicelib.recall.model.notice import Told
from chalicelib.recall.model.recall import Covered, Recall
from chalicelib.recall.store.notices import NoticeStore
from tests.recall.builders import (
    ACME,
    AT,
    CITYPHARM,
    CLINIC,
    GTIN,
    LOT,
    MEDDIST,
    NAMES,
    RURALPHARM,
    SECOND_LOT,
    a_notice,
    affected,
    gln,
)
from tests.recall.world import World, an_actor

EVERYBODY = ("acme", "meddist", "citypharm", "ruralpharm")


@pytest.fixture
def recall(world: World) -> Recall:
    """Three tiers: acme to meddist and a clinic, meddist to both pharmacies, one of them on."""
    world.delivered(ACME, MEDDIST, 100)
    world.delivered(ACME, CLINIC, 7)
    world.delivered(MEDDIST, CITYPHARM, 20)
    world.delivered(MEDDIST, RURALPHARM, 30)
    world.delivered(CITYPHARM, gln(77), 4)
    opened = world.opened(LOT, SECOND_LOT)
    world.work()
    return opened


def parties_seen(recall: Recall, name: str) -> set[tuple[str, str]]:
    """Return shipper and party of every notice that an organisation can list."""
    found, last = sight.notices(recall.id, actor=an_actor(name), after=None, limit=100)
    assert last is None
    return {
        (NAMES.get(notice.shipper, "?"), NAMES.get(notice.party, str(notice.party)))
        for notice in found
    }


def test_each_sees_its_own_notice_and_its_own_customers(recall: Recall) -> None:
    assert {name: parties_seen(recall, name) for name in EVERYBODY} == {
        "acme": {("acme", "meddist"), ("acme", str(CLINIC))},
        "meddist": {
            ("acme", "meddist"),
            ("meddist", "citypharm"),
            ("meddist", "ruralpharm"),
        },
        "citypharm": {("meddist", "citypharm"), ("citypharm", str(gln(77)))},
        "ruralpharm": {("meddist", "ruralpharm")},
    }


def test_the_matrix_of_single_notices_is_the_same(world: World, recall: Recall) -> None:
    everything = [
        notice
        for shipper in (ACME, MEDDIST, CITYPHARM)
        for notice in NoticeStore(recall).of(shipper).values()
    ]
    assert len(everything) == 5

    for name in EVERYBODY:
        may = parties_seen(recall, name)
        for notice in everything:
            pair = (NAMES[notice.shipper], NAMES.get(notice.party, str(notice.party)))
            if pair in may:
                seen = sight.notice(recall.id, notice.id, actor=an_actor(name))
                assert seen == notice
            else:
                with pytest.raises(NotFound, match="There is no such notice"):
                    sight.notice(recall.id, notice.id, actor=an_actor(name))


def test_the_brand_owner_sees_of_deeper_tiers_how_many(recall: Recall) -> None:
    seen = sight.seen(recall.id, actor=an_actor("acme"))

    assert seen.owned
    assert seen.scope == recall.scope
    assert [(tier.tier, tier.shippers, tier.quantity) for tier in seen.progress.tiers] == [
        (1, 1, 107),
        (2, 1, 50),
        (3, 2, 4),
    ]
    assert seen.progress.notices[Told.UNREACHABLE] == 5
    assert seen.received == ()


def test_a_notified_organisation_sees_its_own_part(recall: Recall) -> None:
    seen = sight.seen(recall.id, actor=an_actor("meddist"))

    assert not seen.owned
    assert seen.scope == (Covered(LOT),)  # of the second lot it got nothing
    assert [(tier.tier, tier.shippers, tier.quantity) for tier in seen.progress.tiers] == [
        (2, 1, 50)
    ]
    assert [notice.shipper for notice in seen.received] == [ACME]


def test_the_last_in_the_chain_has_nobody_to_tell(recall: Recall) -> None:
    seen = sight.seen(recall.id, actor=an_actor("ruralpharm"))

    assert sum(seen.progress.notices.values()) == 0
    assert [notice.quantity for notice in seen.received] == [30]


def test_for_everybody_else_there_is_no_such_recall(world: World, recall: Recall) -> None:
    world.lots(owner="acme")
    own = world.opened(SECOND_LOT, number=2)
    world.work()

    for name in ("meddist", "citypharm", "ruralpharm"):
        for recall_id in (own.id, "0" * 32):
            with pytest.raises(NotFound, match="There is no such recall"):
                sight.seen(recall_id, actor=an_actor(name))
            with pytest.raises(NotFound, match="There is no such recall"):
                sight.notices(recall_id, actor=an_actor(name), after=None, limit=9)
            with pytest.raises(NotFound, match="There is no such recall"):
                sight.notice(recall_id, "0" * 32, actor=an_actor(name))


def test_a_party_sees_its_recall_before_any_message_arrives(world: World) -> None:
    world.delivered(ACME, MEDDIST, 1)
    opened = world.opened(LOT)
    with pytest.raises(NotFound):
        sight.seen(opened.id, actor=an_actor("meddist"))

    identify(opened.id, ACME, run="r1", at=AT)

    seen = sight.seen(opened.id, actor=an_actor("meddist"))
    assert [notice.status for notice in seen.received] == [Told.PENDING]


def test_of_a_partial_recall_a_party_sees_how_many_items_are_its_own(world: World) -> None:
    units = tuple(Sgtin.of(GTIN, serial) for serial in "ABCD")
    opened = world.opened(LOT, serials=units)
    NoticeStore(opened).keep(
        [
            a_notice(MEDDIST, recall=opened.id, lots=(affected(2, serials=("A", "B")),)),
            a_notice(CITYPHARM, recall=opened.id, lots=(affected(1, serials=("C",)),)),
        ]
    )

    assert sight.seen(opened.id, actor=an_actor("acme")).scope == (Covered(LOT, 4),)
    assert sight.seen(opened.id, actor=an_actor("meddist")).scope == (Covered(LOT, 2),)
    assert sight.seen(opened.id, actor=an_actor("citypharm")).scope == (Covered(LOT, 1),)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_pages_of_notices_show_each_once(world: World, limit: int) -> None:
    opened = world.opened(LOT)
    NoticeStore(opened).keep(
        [
            a_notice(MEDDIST, ACME, recall=opened.id),
            a_notice(MEDDIST, CITYPHARM, recall=opened.id),
            *(a_notice(gln(500 + n), MEDDIST, recall=opened.id) for n in range(9)),
        ]
    )

    found, after = [], None
    for _ in range(30):
        page, after = sight.notices(opened.id, actor=an_actor("meddist"), after=after, limit=limit)
        assert len(page) <= limit
        found += page
        if after is None:
            break

    assert len(found) == len({notice.party for notice in found}) + 1 == 11
    assert [notice.party for notice in found[:2]] == [MEDDIST, MEDDIST]
