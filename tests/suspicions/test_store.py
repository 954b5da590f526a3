"""Cases, their things and their notices are kept, and changed by one at a time."""

from dataclasses import replace

import pytest

from chalicelib.epcis.model import Quantity
from chalicelib.errors import Raced
from chalicelib.gs1.keys import Gtin, Lgtin, Sgtin, Sscc
from chalicelib.suspicions import store
from chalicelib.suspicions.model import (
    Classification,
    Contact,
    Held,
    Hold,
    Notice,
    Page,
    Partner,
    Role,
    State,
)
from tests.harness.aws import Aws
from tests.harness.network import AT, GTIN, gln
from tests.suspicions.test_model import CASE, note

UNIT = Sgtin.of(Gtin(GTIN), "S/1")
HELD = Held(
    UNIT, Hold.SUSPECT, "c", "d", True, (Quantity(Lgtin.of(Gtin(GTIN), "L"), 2),),
    ((CASE.gln, Role.SUPPLIER),),
)  # fmt: skip
PAGE = Page(0, (HELD, Held(Sscc("095210000000000018"))))
NOTICE = Notice(
    "b" * 32, CASE.id, CASE.gln, Contact("Ann", "5", "a@b"),
    Partner(CASE.gln, frozenset({Role.CUSTOMER}), (UNIT,)), "citypharm", State.ILLEGITIMATE,
    Classification.STOLEN, AT,
)  # fmt: skip


def test_a_case_comes_back_as_it_was_kept_and_is_created_once(aws: Aws) -> None:
    assert store.create(CASE, [PAGE])
    assert not store.create(CASE, [PAGE])

    assert store.find(CASE.id) == CASE
    assert store.pages(CASE) == [PAGE]
    assert store.listed("meddist", after=None, limit=5) == ([CASE], None)
    assert store.listed("acme", after=None, limit=5) == ([], None)
    assert store.find("c" * 32) is None


def test_things_of_another_request_under_the_same_key_are_no_things_of_the_case(aws: Aws) -> None:
    store.create(CASE, [PAGE])
    opening = replace(CASE.opening, fingerprint="another")

    assert not store.create(replace(CASE, notes=(opening,)), [Page(0, (HELD,) * 9)])
    assert store.pages(CASE) == [PAGE]


def test_a_change_is_kept_once_and_not_over_another(aws: Aws) -> None:
    store.create(CASE, [PAGE])
    noted = CASE.noted(
        replace(note(State.ILLEGITIMATE, 1), classification=Classification.UNFIT, notified=AT,
                incident="7")
    )  # fmt: skip

    store.replace(noted)
    store.replace(noted)
    assert store.find(CASE.id) == noted
    with pytest.raises(Raced):
        store.replace(CASE.noted(note(State.CLEARED, 2)))

    done = replace(PAGE, hold=Hold.CONDEMNED, version=2)
    store.replace_page(CASE, done)
    store.replace_page(CASE, done)
    with pytest.raises(Raced):
        store.replace_page(CASE, replace(done, things=()))
    assert store.pages(CASE) == [done]


def test_a_notice_stands_in_both_lists(aws: Aws) -> None:
    store.put_notices([NOTICE])
    store.put_notices([NOTICE])
    outside = replace(NOTICE, id="c" * 32, organisation="")
    store.put_notices([outside])

    assert store.find_notice(NOTICE.id) == NOTICE
    assert store.notices_to("citypharm", after=None, limit=5) == ([NOTICE], None)
    assert store.notices_of(CASE, after=None, limit=5) == ([outside, NOTICE], None)
    assert store.notices_to(gln("acme"), after=None, limit=5) == ([], None)
    assert store.find_notice("d" * 32) is None
