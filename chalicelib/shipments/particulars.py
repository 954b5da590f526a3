"""What a transaction says of products and parties, from the directory of its seller.

Their particulars come with master data: a seller tells its own by capturing a document that
describes them. What nobody told is asked for, all of it at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.directory.book import PartyStore
from chalicelib.directory.model import Product
from chalicelib.directory.store import Directory, ProductStore
from chalicelib.directory.told import Thing, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.dscsa_reading import OF_PARTIES, OF_PRODUCTS
from chalicelib.epcis.masterdata import PlaceEntry, ProductEntry
from chalicelib.errors import Conflict, FieldError
from chalicelib.gs1.keys import Gln, Gtin, Sgln
from chalicelib.shipments.model import Shipment

_NAME, _MAKER = "regulatedProductName", "manufacturerOfTradeItemPartyName"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the header of a transaction describes.

    Attributes:
        seller: who gives up ownership.
        buyer: who gains it.
        products: of all units.
        places: besides seller and buyer.
    """

    seller: PlaceEntry
    buyer: PlaceEntry
    products: tuple[ProductEntry, ...]
    places: tuple[PlaceEntry, ...] = ()


def particulars(shipment: Shipment, organisation: str) -> Particulars:
    """Return what is known of the products and parties of a shipment.

    Args:
        shipment: with a source and a destination.
        organisation: who asks; its directory is read where the seller is no member.

    Raises:
        Conflict: `master_data`: something is missing; all that is, by name.
    """
    seller, buyer = shipment.event.source, shipment.event.destination
    if seller is None or buyer is None:
        raise Conflict("The shipment names no seller or no buyer.", code="master_data")
    member = Directory().organisations_of([seller]).get(seller)
    keeper = member.id if member else organisation
    gtins = sorted({lot.lgtin.gtin for lot in shipment.lots()})
    place = shipment.event.read_point
    ends = (seller, buyer)
    wanted: list[Thing] = [*ends, *map(Sgln, ends), *gtins, *([place] if place else [])]
    told = ToldStore(keeper).of(wanted)
    names = PartyStore(keeper).names_of(ends)
    found = Particulars(
        seller=_party(seller, told, names),
        buyer=_party(buyer, told, names),
        products=tuple(_products(gtins, told)),
        places=tuple(_places(place, told, {seller, buyer})),
    )
    _check(found)
    return found


def _party(gln: Gln, told: Mapping[Any, Told], names: Mapping[Gln, str]) -> PlaceEntry:
    about = told.get(Sgln(gln)) or told.get(gln)
    name = {"name": names[gln]} if gln in names else {}
    return PlaceEntry("", {**(about.attributes if about else {}), **name}, key=Sgln(gln))


def _places(place: Sgln | None, told: Mapping[Any, Told], ends: set[Gln]) -> Iterable[PlaceEntry]:
    about = told.get(place) if place else None
    if place and about and (place.extension or place.gln not in ends):
        yield PlaceEntry("", about.attributes, key=place)


def _products(gtins: list[Gtin], told: Mapping[Any, Told]) -> Iterable[ProductEntry]:
    registered = ProductStore().get_many(gtins)
    owners = Directory().organisations_of({each.owner_gln for each in registered.values()})
    makers = {gln: member.name for gln, member in owners.items()}
    for gtin in gtins:
        known = _registered(registered.get(gtin), makers)
        about = told.get(gtin)
        yield ProductEntry("", {**known, **(about.attributes if about else {})}, key=gtin)


def _registered(product: Product | None, makers: Mapping[Gln, str]) -> dict[str, str]:
    """Return what the register says of a product, in the words of CBV."""
    if product is None:
        return {}
    maker = {_MAKER: makers[product.owner_gln]} if product.owner_gln in makers else {}
    return {_NAME: product.name, **maker}


def _check(found: Particulars) -> None:
    """Refuse a transaction that would lack particulars.

    Raises:
        Conflict: `master_data`.
    """
    parties = {"seller": found.seller, "buyer": found.buyer}
    missing = [
        _missing(f"/{who}/{name}", f"{name} of the {who} {entry.key}")
        for who, entry in parties.items()
        for name in OF_PARTIES
        if not entry.text(name)
    ]
    missing += [
        _missing(f"/products/{entry.key}/{name}", f"{name} of the product {entry.key}")
        for entry in found.products
        for name in OF_PRODUCTS
        if not entry.text(name)
    ]
    if missing:
        raise Conflict(
            f"The transaction lacks {len(missing)} particulars; the seller tells them by "
            "capturing a document whose master data have them.",
            code="master_data",
            errors=missing[:100],
        )


def _missing(pointer: str, what: str) -> FieldError:
    return FieldError(pointer, "missing", f"found nothing, expected the {what}")
