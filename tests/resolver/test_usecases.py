"""Who manages links of what, and what anybody may know without one."""

from datetime import UTC, datetime

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.errors import Malformed, NotFound, Stale
from chalicelib.goods.guessing import Guesser
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln
from chalicelib.resolver import store, usecases
from chalicelib.resolver.model import Link, anchor_of
from tests.harness.network import GTIN, LOT, Network, gln, serial_of

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LINK = Link("https://ref.gs1.org/voc/pip", "https://acme.example/", "Page", default=True)
PUBLIC = Guesser("public#x", "", "public")


def own_key(ai: str, payload: str) -> str:
    return f"{ai}/{payload}{check_digit(payload)}"


def actor(name: str) -> Actor:
    return Actor(name, Gln(gln(name)), f"{name}-admin", frozenset({Role.ADMIN}))


def put(anchor: str, who: str = "acme", *links: Link, **more: int) -> usecases.Kept:
    expected = more.get("expected")
    return usecases.put_links(
        anchor, "Examplin", links or (LINK,), actor=actor(who), expected=expected
    )


def test_the_owner_sets_changes_and_removes_links(network: Network) -> None:
    created = put(f"01/{GTIN}")
    same = put(f"https://acme.example/01/{GTIN}")
    changed = put(f"01/{GTIN}", "acme", LINK, LINK)
    gone = usecases.put_links(f"01/{GTIN}", "Examplin", (), actor=actor("acme"), expected=None)

    assert [(each.created, each.links.version) for each in (created, same, changed, gone)] == [
        (True, 1), (False, 1), (False, 2), (False, 3),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        usecases.links_of(f"01/{GTIN}", actor=actor("acme"))
    assert put(f"01/{GTIN}").created


def test_what_is_another_ones_does_not_exist(network: Network) -> None:
    anchors = (f"01/{GTIN}", f"01/{GTIN}/10/L", "01/09521000000025", f"414/{gln('acme')}")

    for anchor in anchors:
        with pytest.raises(NotFound, match="of yours"):
            put(anchor, "meddist")
        with pytest.raises(NotFound, match="of yours"):
            usecases.links_of(anchor, actor=actor("meddist"))


def test_keys_of_ones_own_company_prefix_are_ones_own(network: Network) -> None:
    for anchor in (
        f"414/{gln('acme')}/254/DOCK-1",
        own_key("414", "952100000077"),
        own_key("00", "39521000000000007"),
        f"417/{gln('acme')}",
    ):
        assert put(anchor).created
    for anchor in (own_key("414", "952200000077"), own_key("00", "39522000000000007")):
        with pytest.raises(NotFound):
            put(anchor)


@pytest.mark.parametrize(
    ("anchor", "code"),
    [("01/1", "length"), (own_key("8018", "95210000000000007"), "kind"), ("nothing", "syntax")],
)
def test_what_is_no_such_digital_link_is_refused(network: Network, anchor: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        put(anchor)

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [("/anchor", code)]


def test_links_have_a_default(network: Network) -> None:
    with pytest.raises(Malformed, match="default"):
        put(f"01/{GTIN}", "acme", Link(LINK.type, LINK.href, "Page"))


def test_another_version_than_the_expected_is_refused(network: Network) -> None:
    with pytest.raises(Stale):
        put(f"01/{GTIN}", expected=1)
    put(f"01/{GTIN}")
    with pytest.raises(Stale):
        put(f"01/{GTIN}", "acme", LINK, LINK, expected=2)
    assert put(f"01/{GTIN}", "acme", LINK, LINK, expected=1).links.version == 2
    # The answer was lost, and the request comes again.
    assert put(f"01/{GTIN}", "acme", LINK, LINK, expected=1).links.version == 2
    assert [each.version for each in store.read([f"01/{GTIN}"])] == [2]


def test_anybody_may_know_product_recall_and_verdict(network: Network) -> None:
    (unit,) = network.commissioned(1)

    def seen(path: str) -> usecases.Seen | None:
        return usecases.seen(anchor_of(path)[1], PUBLIC, AT)

    product, lot = seen(f"01/{GTIN}"), seen(f"01/{GTIN}/10/{LOT}")
    good, bad = seen(f"01/{GTIN}/21/{serial_of(unit)}"), seen(f"01/{GTIN}/21/nothing")
    assert product is not None
    assert lot is not None
    assert good is not None
    assert bad is not None
    assert (product.product, product.verdict, lot.lot_recalled) == ("Aspirin 500 mg", None, False)
    assert good.verdict is not None
    assert good.verdict.verified
    assert bad.verdict is not None
    assert bad.verdict.reasons == ("unknown",)
    assert seen("01/09506000134352") is None
    assert seen(f"414/{gln('acme')}") is None
