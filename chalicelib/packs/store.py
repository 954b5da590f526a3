"""How often the very same was asked for again of a pack that is in that state already.

Promises: each request counts once, however often it is repeated.

Trust: whoever can write here can hide that a pack is scanned time and again.
"""

from collections.abc import Mapping
from typing import cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import Busy, Raced
from chalicelib.gs1.keys import Sgtin
from chalicelib.packs.model import TOLERATED_REPEATS
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get_many
from chalicelib.table.transaction import Transaction

_ROUNDS = 5


class RepeatsItem(Item):
    """Repeats of what was done with a pack last: `pk` is `repeats#{pack}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    event = UnicodeAttribute()
    requests = JSONAttribute()
    version = NumberAttribute()


def repeats(asked: Mapping[Sgtin, str], request: str) -> dict[Sgtin, int]:
    """Count a request for each of several packs; return which repeat it is.

    Args:
        asked: by pack, the event that brought it into the state that is asked for again.
        request: identity of the request.

    Raises:
        Busy: some may be counted; to be called again.
    """
    found = get_many(_key(pack) for pack in asked)
    return {
        pack: _count(pack, event, request, cast("RepeatsItem | None", found.get(_key(pack))))
        for pack, event in asked.items()
    }


def _count(pack: Sgtin, event: str, request: str, item: RepeatsItem | None) -> int:
    for _ in range(_ROUNDS):
        known = list(item.requests) if item is not None and item.event == event else []
        if request in known:
            return known.index(request) + 1
        if len(known) > TOLERATED_REPEATS:  # whatever comes on top is told alike
            return len(known) + 1
        version = int(item.version) if item is not None else 0
        wanted = RepeatsItem(
            _key(pack).pk, event=event, requests=[*known, request], version=version + 1
        )
        tx = Transaction()
        tx.replace(wanted, version=version)
        try:
            tx.commit()
        except Raced as refused:
            item = cast("RepeatsItem | None", refused.existing)
            continue
        return len(known) + 1
    raise Busy("Too many ask for the same pack; try again.", code="contended")


def _key(pack: Sgtin) -> Key:
    return Key(RepeatsItem, f"repeats#{pack}")
