"""Where members of the network and products are kept; address books are in `book`.

Promises: reads are strongly consistent; a write is durable when the call returns, conditional on
the version that was read, and recognises itself when its answer was lost. Nothing is ever deleted.

Trust: whoever can alter this table can make another organisation the owner of a GTIN, or let a
stranger act for a member.
"""

from collections.abc import Iterable
from datetime import timedelta

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.directory.model import LONGEST_ID, Done, Organisation, Product, Request
from chalicelib.errors import AlreadyExists, Conflict, KeyReused, Raced
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.table.items import ALONE, Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction, replaced

REMEMBERED = timedelta(days=7)
"""How long a POST is remembered by its idempotency key."""

_MEMBERS = "organisations"


class OrganisationItem(Item):
    """A member: in the list of all (pk `organisations`, sk id) and by GLN (pk `gln#{gln}`)."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    id = UnicodeAttribute()
    gln = UnicodeAttribute()
    name = UnicodeAttribute()
    roles = ListAttribute(of=UnicodeAttribute)
    operator = BooleanAttribute()

    def to_model(self) -> Organisation:
        """Return what is stored."""
        return Organisation(
            self.id, Gln(self.gln), self.name, tuple(map(str, self.roles)), self.operator
        )


class ProductItem(Item):
    """A product; pk `product#{gtin}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    owner = UnicodeAttribute()
    owner_gln = UnicodeAttribute()
    name = UnicodeAttribute()
    category = UnicodeAttribute(null=True)
    serial_format = UnicodeAttribute(null=True)
    version = NumberAttribute()


class OperationItem(Item):
    """That a POST was carried out; pk `operation#{uuid}`. Dropped a week later.

    It is written together with what the request made, so a repeated request finds either both or
    neither.
    """

    class Meta:
        """Where it lives."""

        table_name = "directory"

    fingerprint = UnicodeAttribute()
    subject = UnicodeAttribute()
    credential = UnicodeAttribute(null=True)
    ttl = NumberAttribute()


def opened(request: Request, done: Done) -> Transaction:
    """Return a transaction that is carried out once per request, however often it is sent."""
    tx = Transaction()
    item = OperationItem(
        f"operation#{request.operation}",
        fingerprint=request.fingerprint,
        subject=done.subject,
        credential=done.credential,
        ttl=int((request.at + REMEMBERED).timestamp()),
    )
    tx.create(item, refused=Conflict("This request was carried out before."))
    return tx


def committed(tx: Transaction, request: Request) -> Done | None:
    """Commit what was `opened`; return what the same request did earlier, or None.

    Raises:
        KeyReused: the idempotency key belongs to another request.
        Conflict: whatever the transaction refuses.
    """
    try:
        tx.commit()
    except Conflict as refusal:
        there = refusal.existing
        if not isinstance(there, OperationItem):
            raise
        if there.fingerprint != request.fingerprint:
            raise KeyReused("The idempotency key was used for another request.") from refusal
        return Done(there.subject, there.credential)
    return None


class Directory:
    """The members of the network."""

    def get(self, organisation: str) -> Organisation | None:
        """Return a member by its id; any text may be asked for."""
        if len(organisation) > LONGEST_ID:
            return None
        item = get(OrganisationItem, _MEMBERS, organisation)
        return item.to_model() if item else None

    def organisation_of(self, gln: Gln) -> Organisation | None:
        """Return the member whose GLN this is; one read."""
        item = get(OrganisationItem, gln_pk(gln))
        return item.to_model() if item else None

    def organisations_of(self, glns: Iterable[Gln]) -> dict[Gln, Organisation]:
        """Return the members among many parties; one request per 100 GLNs."""
        found = get_many(Key(OrganisationItem, gln_pk(gln)) for gln in glns)
        members = [i.to_model() for i in found.values() if isinstance(i, OrganisationItem)]
        return {member.gln: member for member in members}

    def page(self, *, after: str | None, limit: int) -> tuple[list[Organisation], str | None]:
        """Return members in the order of their ids, and the id to go on after."""
        page = query(OrganisationItem, _MEMBERS, after=after, limit=limit)
        return [item.to_model() for item in page.items], page.last

    def add(self, organisation: Organisation, request: Request) -> Done | None:
        """Register a member; return what an earlier request did instead of this, or None.

        Raises:
            AlreadyExists: `organisation_exists` or `gln_registered`.
            KeyReused: the earlier request was another one.
        """
        tx = opened(request, Done(organisation.id))
        taken = AlreadyExists(
            f"There is an organisation {organisation.id!r} already.", code="organisation_exists"
        )
        tx.create(_organisation_item(_MEMBERS, organisation.id, organisation), refused=taken)
        taken = AlreadyExists(
            f"GLN {organisation.gln} belongs to another organisation.", code="gln_registered"
        )
        tx.create(_organisation_item(gln_pk(organisation.gln), ALONE, organisation), refused=taken)
        return committed(tx, request)


class ProductStore:
    """Products of everybody, by GTIN."""

    def get(self, gtin: Gtin) -> Product | None:
        """Return a product, whoever owns it; one read."""
        item = get(ProductItem, _product_pk(gtin))
        return to_product(item) if item else None

    def get_many(self, gtins: Iterable[Gtin]) -> dict[Gtin, Product]:
        """Return the products that are registered; one request per 100 GTINs."""
        found = get_many(product_key(gtin) for gtin in gtins)
        products = [to_product(item) for item in found.values() if isinstance(item, ProductItem)]
        return {product.gtin: product for product in products}

    def put(self, product: Product) -> Product:
        """Keep a product with the next version, if nobody was faster.

        Raises:
            Conflict: `gtin_registered`: another organisation registered the GTIN meanwhile.
            Raced: another write was faster.
        """
        item = ProductItem(
            _product_pk(product.gtin),
            owner=product.owner,
            owner_gln=str(product.owner_gln),
            name=product.name,
            category=product.category,
            serial_format=product.serial_format,
            version=product.version + 1,
        )
        try:
            return to_product(replaced(item, product.version))
        except Raced as refusal:
            there = refusal.existing
            if isinstance(there, ProductItem) and there.owner != product.owner:
                raise gtin_registered(product.gtin) from refusal
            raise


def gtin_registered(gtin: Gtin) -> Conflict:
    """Return the refusal for a GTIN that another organisation registered first."""
    return Conflict(f"GTIN {gtin} is registered by another organisation.", code="gtin_registered")


def member_key(organisation: str) -> Key:
    """Return where the member with that id stands."""
    return Key(OrganisationItem, _MEMBERS, organisation)


def gln_pk(gln: Gln) -> str:
    """Return where the member with that GLN stands."""
    return f"gln#{gln}"


def product_key(gtin: Gtin) -> Key:
    """Return where a product stands, for reading it together with other things."""
    return Key(ProductItem, _product_pk(gtin))


def _product_pk(gtin: Gtin) -> str:
    return f"product#{gtin}"


def _organisation_item(pk: str, sk: str, organisation: Organisation) -> OrganisationItem:
    return OrganisationItem(
        pk,
        sk,
        id=organisation.id,
        gln=str(organisation.gln),
        name=organisation.name,
        roles=list(organisation.roles),
        operator=organisation.operator,
    )


def to_product(item: ProductItem) -> Product:
    """Return the product that is stored."""
    return Product(
        Gtin(item.pk.removeprefix("product#")),
        item.owner,
        Gln(item.owner_gln),
        item.name,
        item.category,
        item.serial_format,
        int(item.version),
    )
