"""The goods of a case are as its state asks, each few in one transaction."""

from dataclasses import replace
from unittest.mock import patch

from chalicelib.errors import TooLarge
from chalicelib.gs1.keys import Sscc
from chalicelib.suspicions import holding
from chalicelib.suspicions.holding import Doing, go_on
from chalicelib.suspicions.model import Held, Hold, Page, Role, State
from tests.harness.network import AT, LOT, Network
from tests.suspicions.builders import at_meddist
from tests.suspicions.test_model import CASE, note
from tests.suspicions.test_usecases import QUALITY, sgtins

DOING = Doing(CASE, QUALITY, AT)


def test_a_page_is_looked_at_once_and_left_when_it_is_done(network: Network) -> None:
    (unit,) = at_meddist(network, 1)
    page = Page(0, tuple(map(Held, sgtins([unit]))))

    done = go_on(DOING, page)

    (held,) = done.things
    assert (done.hold, done.version, held.hold) == (Hold.SUSPECT, 2, Hold.SUSPECT)
    assert [(each.lgtin.lot, each.count) for each in held.goods] == [(LOT, 1)]
    assert {role for _, role in held.partners} == {Role.SUPPLIER}
    assert go_on(DOING, done) is done
    assert go_on(DOING, page).things == done.things  # as if it had not been kept


def test_what_was_never_held_is_not_let_go(network: Network) -> None:
    (unit,) = at_meddist(network, 1)
    cleared = replace(DOING, case=CASE.noted(note(State.CLEARED, 1)))

    done = go_on(cleared, Page(0, tuple(map(Held, sgtins([unit])))))

    assert (done.hold, done.things[0].hold) == (Hold.RELEASED, None)


def test_a_container_that_holds_too_much_is_refused_and_says_so(network: Network) -> None:
    units = network.commissioned(2)
    case = network.packed(units)
    network.delivered([case], "acme", "meddist")
    page = Page(0, (Held(Sscc(case.rpartition("/")[2])),))

    with patch.object(holding, "record", side_effect=TooLarge("too much")):
        (held,) = go_on(DOING, page).things

    assert (held.hold, held.code) == (None, "too_large")
    assert held.goods[0].count == 2
