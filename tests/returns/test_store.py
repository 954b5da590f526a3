"""Returns are kept once, and their units in pages."""

from dataclasses import replace
from datetime import date

from chalicelib.gs1.keys import Gln, Gtin, Sgln, Sgtin
from chalicelib.returns import store
from chalicelib.returns.model import FEW, Outcome, Result, Return, Verification
from chalicelib.returns.store import Page
from chalicelib.vrs.model import Info, Reason
from tests.harness.aws import Aws
from tests.harness.network import AT, GTIN, gln

MADE = Return(
    "a" * 32, "acme", Gln(gln("citypharm")), "c", AT, AT, Sgln(Gln(gln("acme")), "DOCK"), "f",
    FEW + 1, {},
)  # fmt: skip
RESULT = Result(
    Sgtin.of(Gtin(GTIN), "S/1"), "L1", date(2028, 12, 31), Outcome.QUARANTINED, ("expired",),
    Verification("u", "g", verified=False, reason=Reason.LOT, info=Info.EXPIRED), "d", locks=True,
)  # fmt: skip
UNREAD = Result(None, "", None, Outcome.REFUSED, ("malformed",), detail="expected more")


def test_a_return_comes_back_as_it_was_kept(aws: Aws) -> None:
    assert store.create(MADE, [RESULT] * FEW + [UNREAD])

    assert store.find(MADE.id) == MADE
    assert store.pages(MADE) == [Page(0, (RESULT,) * FEW), Page(1, (UNREAD,))]
    assert store.pages(MADE, [1]) == [Page(1, (UNREAD,))]
    assert store.find("b" * 32) is None


def test_a_return_is_created_once_and_a_page_done_once(aws: Aws) -> None:
    store.create(MADE, [RESULT] * FEW + [UNREAD])

    assert not store.create(MADE, [UNREAD] * (FEW + 1))
    done = store.finish(MADE, Page(1, (RESULT,)))
    assert store.finish(MADE, Page(1, (UNREAD,))) == done == Page(1, (RESULT,), done=True)
    assert store.pages(MADE)[1] == done


def test_totals_are_kept_once(aws: Aws) -> None:
    store.create(MADE, [RESULT] * FEW + [UNREAD])

    done = store.complete(MADE, {Outcome.ACCEPTED: 31})

    assert done == replace(MADE, totals={Outcome.ACCEPTED: 31})
    assert store.complete(MADE, {Outcome.REFUSED: 31}) == done == store.find(MADE.id)
    assert store.listed("acme", after=None, limit=5) == ([done], None)
    assert store.listed("meddist", after=None, limit=5) == ([], None)
