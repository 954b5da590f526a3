"""Issuing serial numbers: blocks of them, and the change to a new key."""

from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Conflict, Malformed, NotFound
from chalicelib.gs1.keys import Gtin
from chalicelib.serial import epochs
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.contents import Issued, Order
from chalicelib.serial.epochs import Opened
from chalicelib.serial.model import DEFAULT, Format


def issue(order: Order, *, products: ProductStore, blocks: BlockStore) -> Issued:
    """Hand out a block of serial numbers; whoever owns the GTIN may have one.

    Args:
        order: what is asked, and by whom.
        products: tells the owner and the format.
        blocks: hands out.

    Raises:
        NotFound: the GTIN is not the caller's, or is not registered.
        Conflict: `serials_exhausted` or `serial_format`.
        KeyReused: the request's key was used for another block.
        Busy: a repeat finds out.
    """
    product = _owned(order.gtin, order.organisation, products)
    return blocks.allocate(order, _format(product))


def find(block_id: UUID, actor: Actor, *, blocks: BlockStore) -> Issued:
    """Return a block to the organisation that it was handed out to.

    Raises:
        NotFound: there is no such block, or it is another's.
    """
    issued = blocks.get(block_id)
    if issued is None or issued.order.organisation != actor.organisation:
        raise NotFound(f"There is no block {block_id} of yours here.")
    return issued


def rotate(
    gtin: Gtin, actor: Actor, operation: UUID, fingerprint: str, *, products: ProductStore
) -> Opened:
    """Issue under a new key from now on; what was issued stays what it is.

    Raises:
        NotFound: the GTIN is not the caller's, or is not registered.
        Conflict: `serials_exhausted`, `epochs_exhausted` or `serial_format`.
        KeyReused: the request's key was used to rotate otherwise.
        Busy: a repeat finds out.
    """
    wanted = _format(_owned(gtin, actor.organisation, products))
    return epochs.rotate(gtin, wanted, str(operation), fingerprint)


def _owned(gtin: Gtin, organisation: str, products: ProductStore) -> Product:
    product = products.get(gtin)
    if product is None or product.owner != organisation:
        raise NotFound(f"There is no GTIN {gtin} of yours here.")
    return product


def _format(product: Product) -> Format:
    """Return the format of a product; the directory kept it as text."""
    if product.serial_format is None:
        return DEFAULT
    try:
        return Format.parse(product.serial_format)
    except Malformed as error:
        message = f"The product's serialFormat cannot be used: {error.detail}."
        raise Conflict(message, code="serial_format") from error
