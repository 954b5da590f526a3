"""Managing links, and finding what a Digital Link leads to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Malformed, NotFound, Stale
from chalicelib.goods.guessing import Guesser, verify_within_budget
from chalicelib.goods.verification import Claim, Verdict
from chalicelib.gs1.keys import Elements, Gtin, Lgtin, Sgtin
from chalicelib.gs1.prefixes import company_prefix_length
from chalicelib.lots.store import LotStore
from chalicelib.resolver import store
from chalicelib.resolver.model import KEYS, Link, Links, anchor_of
from chalicelib.serial.store import Numbers

_PRODUCT_KEYS = frozenset({"01", "8006"})


@dataclass(frozen=True, slots=True)
class Kept:
    """Links as they are now, and whether they are new."""

    links: Links
    created: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What anybody may know of a thing without a link.

    Attributes:
        product: its name; empty when the product is not registered here.
        brand: organisation that owns it.
        lot_recalled: whether a recall covers the whole lot that the link names.
        verdict: on the unit that the link names; None when it names none.
    """

    product: str
    brand: str
    lot_recalled: bool = False
    verdict: Verdict | None = None


def put_links(
    text: str, description: str, links: Sequence[Link], *, actor: Actor, expected: int | None
) -> Kept:
    """Set what a thing's Digital Link leads to; for who owns the product, or allocated the key.

    What is set so already is not written again, so that a repeat changes nothing.

    Args:
        text: Digital Link of one of `KEYS`, or its path.
        description: of the thing, for people.
        links: in order; without any the thing has none any more.
        actor: who asks.
        expected: version that the caller saw; None for whatever it is.

    Raises:
        Malformed: it is no such Digital Link, or has links and no default.
        NotFound: the thing is not the caller's.
        Stale: it is not the expected version.
        Raced: somebody was faster.
    """
    anchor = _own(text, actor, "/anchor")
    if links and not any(link.default for link in links):
        message = "found no default among the links, expected at least one"
        raise Malformed.field("/links", "default", message)
    there = _standing(anchor)
    wanted = Links(anchor, actor.organisation, description, tuple(links), 1)
    if there is not None:
        wanted = replace(wanted, version=there.version)
        if wanted == there and (expected is None or there.version - 1 <= expected <= there.version):
            return Kept(there, created=False)
    found = there.version if there else None
    if expected is not None and expected != found:
        raise Stale(f"If-Match names version {expected}, the current one is {found or 'none'}.")
    kept = replace(wanted, version=(found or 0) + 1)
    store.put(kept)
    return Kept(kept, created=there is None or not there.links)


def links_of(text: str, *, actor: Actor) -> Links:
    """Return the links of a thing to who manages them.

    Raises:
        Malformed: it is no such Digital Link.
        NotFound: the thing is not the caller's, or has no links.
    """
    anchor = _own(text, actor, "#/query/anchor")
    there = _standing(anchor)
    if there is None or not there.links:
        raise NotFound(f"There are no links of {anchor} here.")
    return there


def _standing(anchor: str) -> Links | None:
    return next(iter(store.read([anchor])), None)


def _own(text: str, actor: Actor, pointer: str) -> str:
    """Read what links are about, and refuse what is not the actor's to manage."""
    try:
        anchor, elements = anchor_of(text)
    except Malformed as error:
        raise Malformed.field(pointer, error.errors[0].code, error.detail) from error
    ai, value = elements[0]
    if ai not in KEYS:
        message = f"found the key ({ai}), expected one of {', '.join(KEYS)}"
        raise Malformed.field(pointer, "kind", message)
    if ai in _PRODUCT_KEYS:
        product = ProductStore().get(Gtin(value))
        mine = product is not None and product.owner == actor.organisation
    else:  # allocated under the company prefix of the organisation's own GLN
        own = str(actor.gln)
        prefix = own[: company_prefix_length(own) or len(own)]
        mine = (value[1:] if ai == "00" else value).startswith(prefix)
    if not mine:
        raise NotFound(f"There is no {anchor} of yours here.")
    return anchor


def seen(elements: Elements, guesser: Guesser, at: datetime) -> Seen | None:
    """Return what anybody may know of goods; None when there is nothing to say.

    Raises:
        TooMany: the asker has asked about too many packs that do not exist.
    """
    (ai, value), *rest = elements
    if ai != "01":
        return None
    qualifiers = dict(rest)
    gtin, lot, serial = Gtin(value), qualifiers.get("10"), qualifiers.get("21")
    product = ProductStore().get(gtin)
    if product is None:
        return None
    seen = Seen(product.name, product.owner)
    if serial is not None:
        claim = Claim(Sgtin.of(gtin, serial), lot)
        (verdict,) = verify_within_budget(guesser, [claim], Numbers(), at=at)
        return replace(seen, verdict=verdict)
    known = LotStore().get(Lgtin.of(gtin, lot)) if lot else None
    return replace(seen, lot_recalled=bool(known and known.recalled))
