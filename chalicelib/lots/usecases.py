"""Setting and seeing lots."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access.model import Actor, Role
from chalicelib.directory.store import ProductStore
from chalicelib.errors import NotFound, Stale
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.lots.model import Change, Description, Lot, no_lot
from chalicelib.lots.store import LotStore

Held = Callable[[Gln, Lgtin], bool]
"""Whether a party holds, or ever held, goods of a lot."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A lot as it is now, and whether it is new."""

    lot: Lot
    created: bool


def set_lot(
    lgtin: Lgtin,
    wanted: Description,
    *,
    actor: Actor,
    expected: int | None,
    at: datetime,
    products: ProductStore,
    lots: LotStore,
) -> Kept:
    """Make a lot known, or describe it anew; whoever owns the GTIN may.

    What is described so already is not written again, so that a repeat changes nothing.

    Args:
        lgtin: GTIN and lot number.
        wanted: how it shall be.
        actor: who asks.
        expected: version that the caller saw; None for whatever it is.
        at: now.
        products: tells the owner.
        lots: where it is kept.

    Raises:
        NotFound: the GTIN is not the caller's, or is not registered.
        Forbidden: `quality_only`.
        Stale: it is not the expected version.
        Raced: somebody was faster.
    """
    product = products.get(lgtin.gtin)
    if product is None or product.owner != actor.organisation:
        raise NotFound(f"There is no GTIN {lgtin.gtin} of yours here.")
    there = lots.get(lgtin)
    quality = not actor.roles.isdisjoint({Role.QUALITY, Role.ADMIN})
    if there is None:
        lot = wanted.of_new(lgtin, actor.organisation)
    else:
        lot = there.described(wanted, quality=quality)
        # The version before is what a repeat expects whose first answer was lost.
        if lot == there and (expected is None or there.version - 1 <= expected <= there.version):
            return Kept(there, created=False)
    if expected is not None and expected != lot.version:
        found = f"the current version is {lot.version}" if there else "there is nothing yet"
        raise Stale(f"If-Match names version {expected}, but {found}.")
    return Kept(lots.put(lot, client=actor.client_id, at=at), created=there is None)


def lot_of(lgtin: Lgtin, *, actor: Actor, lots: LotStore, held: Held) -> Lot:
    """Return a lot to whoever may see where goods come from: its owner, and every holder.

    Raises:
        NotFound: there is none, or it is nobody's business of the caller, in the same words.
    """
    lot = lots.get(lgtin)
    if lot is None:
        raise no_lot(lgtin)
    if lot.owner != actor.organisation and not held(actor.gln, lgtin):
        raise no_lot(lgtin)
    return lot


def changes_of(lgtin: Lgtin, *, actor: Actor, lots: LotStore) -> list[Change]:
    """Return every description that a lot had, to its owner alone.

    Raises:
        NotFound: there is no such lot of the caller's.
    """
    lot = lots.get(lgtin)
    if lot is None or lot.owner != actor.organisation:
        raise no_lot(lgtin)
    return lots.changes(lgtin)
