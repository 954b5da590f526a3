"""Which serials of a lot a partial recall covers.

Promises: a scope is written once, in the transaction that marks the lot, and never changed; so a
process reads it once. A lot that carries a partial mark has its scope.

Trust: whoever can write here can let recalled goods pass.
"""

import zlib
from collections.abc import Collection
from functools import lru_cache

from pynamodb.attributes import BinaryAttribute

from chalicelib.errors import AlreadyExists
from chalicelib.gs1.keys import Lgtin
from chalicelib.table.items import Item
from chalicelib.table.read import get
from chalicelib.table.transaction import Transaction


class ScopeItem(Item):
    """The serials of one lot in one recall: `pk` is `recall#{id}`, `sk` is `{gtin}#{lot}`."""

    class Meta:
        """Where it lives."""

        table_name = "lots"

    serials = BinaryAttribute(legacy_encoding=False)


def write(tx: Transaction, recall: str, lgtin: Lgtin, serials: Collection[str]) -> None:
    """Add a scope to the transaction that marks the lot.

    Args:
        tx: the transaction; its commit raises `AlreadyExists` when the recall has that scope.
        recall: id of the recall.
        lgtin: the lot.
        serials: at most 10,000, which is 160 kB when they are the longest there are.
    """
    # GS1 data knows no line feed.
    packed = zlib.compress("\n".join(sorted(serials)).encode(), 9)
    item = ScopeItem(f"recall#{recall}", str(lgtin), serials=packed)
    tx.create(item, refused=AlreadyExists("The recall covers this lot already."))


@lru_cache(maxsize=64)
def serials(recall: str, lgtin: Lgtin) -> frozenset[str]:
    """Return the serials of a lot that a partial recall covers; read once per process.

    Raises:
        LookupError: the recall has no partial scope for that lot.
    """
    item = get(ScopeItem, f"recall#{recall}", str(lgtin))
    if item is None:
        raise LookupError(f"recall {recall} has no partial scope for lot {lgtin}")
    return frozenset(zlib.decompress(item.serials).decode().split("\n"))
