"""Orders for blocks, as lines give them."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from chalicelib.gs1.keys import Gtin
from chalicelib.http.identity import operation_of
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.contents import Issued, Order
from chalicelib.serial.model import DEFAULT, Format

GTIN = Gtin("09506000134352")
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def an_order(
    name: object,
    count: int = 10,
    *,
    line: str | None = None,
    gtin: Gtin = GTIN,
    client: str = "acme-line",
    organisation: str = "acme",
    at: datetime = AT,
) -> Order:
    """An order; the same name is the same request again."""
    block: UUID = operation_of("order", str(name))
    fingerprint = hashlib.sha256(f"{gtin} {count} {line}".encode()).hexdigest()
    return Order(block, gtin, count, organisation, client, line, at, fingerprint)


def a_block(name: object, count: int = 10, *, wanted: Format = DEFAULT, **more: str) -> Issued:
    """A block that was handed out."""
    return BlockStore().allocate(an_order(name, count, **more), wanted)


def indexes(issued: Issued) -> list[int]:
    """Every index of a block, spares too."""
    return [n for start, size in issued.block.ranges for n in range(start, start + size)]
