"""Which epochs a GTIN has: kept in the units table, remembered in the process.

Promises: epochs are read strongly. Of two that open an epoch at once, one does and the other finds
it. Once an epoch is closed nothing can be issued in it: it is closed in its counter first, which
every allocation asks, and entered as closed after that; whoever finds the one without the other
does the rest.

Trust: whoever can change these items can make numbers be issued twice.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.errors import Busy, Conflict, KeyReused, Raced
from chalicelib.gs1.keys import Gtin
from chalicelib.serial.counters import close, read_counter
from chalicelib.serial.model import PAGE, Epoch, Format, room
from chalicelib.serial.permutation import Permutation
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get
from chalicelib.table.transaction import Transaction

MOST = 100
"""Epochs of one GTIN: each makes looking a number up a little slower."""

_ATTEMPTS = 8
_lock = Lock()
_FORMAT_CHANGED = "-"


class EpochsItem(Item):
    """The epochs of a GTIN, oldest first: `pk` is `N#{gtin}`, `sk` is `epochs`."""

    class Meta:
        """Where it lives."""

        table_name = "units"

    version = NumberAttribute()
    body = UnicodeAttribute(attr_name="e")


@dataclass(slots=True)
class Known:
    """What this process remembers of a GTIN.

    Epochs may have been added since, and the last one closed; nothing else about them changes.

    Attributes:
        version: of the epochs; 0 when there are none.
        epochs: oldest first.
        issued: by epoch, a number of indexes that were certainly handed out.
    """

    version: int = 0
    epochs: tuple[Epoch, ...] = ()
    issued: dict[int, int] = field(default_factory=dict)

    def learn(self, item: EpochsItem | None) -> None:
        """Take over what was read, unless something newer is known."""
        with _lock:
            if item is not None and int(item.version) > self.version:
                self.epochs = tuple(map(_epoch, json.loads(item.body)))
                self.version = int(item.version)

    def saw(self, epoch: int, issued: int) -> None:
        """Remember how many indexes an epoch had handed out."""
        with _lock:
            self.issued[epoch] = max(issued, self.issued.get(epoch, 0))

    def bound(self, epoch: Epoch) -> int:
        """Return how many indexes were certainly handed out."""
        return self.issued.get(epoch.number, 0) if epoch.final is None else epoch.final


@lru_cache(maxsize=4096)
def known(gtin: Gtin) -> Known:
    """Return what this process remembers of a GTIN, to be used and added to."""
    return Known()


@dataclass(frozen=True, slots=True)
class Opened:
    """An epoch that a request opened.

    Attributes:
        epoch: it.
        replayed: whether an earlier request had it opened.
    """

    epoch: Epoch
    replayed: bool


def epochs_key(gtin: Gtin) -> Key:
    """Return where the epochs of a GTIN stand."""
    return Key(EpochsItem, f"N#{gtin}", "epochs")


def read(gtin: Gtin) -> Known:
    """Read the epochs of a GTIN anew."""
    mine = known(gtin)
    key = epochs_key(gtin)
    mine.learn(get(EpochsItem, key.pk, key.sk))
    return mine


@lru_cache(maxsize=256)
def permutation(gtin: Gtin, number: int, spelled: Format) -> Permutation:
    """Return the permutation of an epoch; its key is derived from all that it depends on."""
    # Imported here: cold start; a request about other goods derives no key.
    from chalicelib.keys import derive  # noqa: PLC0415

    key = derive("serial", gtin.digits, str(number), spelled.characters, str(spelled.length))
    return Permutation(key, spelled.radix, spelled.length)


def spell(gtin: Gtin, epoch: Epoch, indexes: Sequence[int]) -> list[str]:
    """Return the serial numbers of many indexes of an epoch."""
    turned = permutation(gtin, epoch.number, epoch.format)
    return epoch.format.texts(*turned.encrypt_halves(*turned.split(indexes)))


def invert(gtin: Gtin, epoch: Epoch, texts: Sequence[str]) -> list[int]:
    """Return the indexes of many serial numbers, each of which the epoch's format spells."""
    turned = permutation(gtin, epoch.number, epoch.format)
    high, low = turned.decrypt_halves(*epoch.format.halves(texts))
    return [h * turned.b + v for h, v in zip(high, low, strict=True)]


def current(gtin: Gtin, wanted: Format) -> Epoch:
    """Return the open epoch with that format, as far as is remembered; opens it when there is none.

    Raises:
        Conflict: `serials_exhausted`, see `rotate`.
        Busy: others were faster time and again.
    """
    mine = known(gtin)
    if not mine.epochs:
        mine = read(gtin)
    for _ in range(_ATTEMPTS):
        if mine.epochs and mine.epochs[-1].open and mine.epochs[-1].format == wanted:
            return mine.epochs[-1]
        mine = read(gtin)
        last = mine.epochs[-1] if mine.epochs else None
        if last is None or not last.open or last.format != wanted:
            _open_next(gtin, mine, wanted, _FORMAT_CHANGED)
    raise Busy("Another request is changing the format of these serial numbers; try again.")


def finish(gtin: Gtin, number: int, wanted: Format) -> None:
    """Open the epoch after one that was found closed in its counter, if nobody has."""
    mine = read(gtin)
    if mine.epochs[-1].number == number:
        _open_next(gtin, mine, wanted, _FORMAT_CHANGED)


def rotate(gtin: Gtin, wanted: Format, operation: str, fingerprint: str) -> Opened:
    """Close the open epoch and open the next, with a new key.

    Args:
        gtin: of which product.
        wanted: the new epoch's format.
        operation: identity of the request; a repeat finds the epoch that the first one opened.
        fingerprint: of the request.

    Raises:
        KeyReused: the earlier request was another one.
        Conflict: `serials_exhausted` or `epochs_exhausted`.
        Busy: others were faster time and again.
    """
    for attempt in range(_ATTEMPTS):
        mine = read(gtin)
        done = next((each for each in mine.epochs if each.operation == operation), None)
        if done is not None:
            if done.fingerprint != fingerprint:
                raise KeyReused("The key was used to rotate with another request.")
            return Opened(done, replayed=attempt == 0)
        _open_next(gtin, mine, wanted, f"{operation} {fingerprint}")
    raise Busy("Other requests are rotating the same epochs; try again.")


def _open_next(gtin: Gtin, mine: Known, wanted: Format, by: str) -> None:
    """Close the last epoch and enter the next; when somebody else did, learn what they did."""
    epochs = mine.epochs
    if len(epochs) >= MOST:
        raise Conflict(f"The product has had {MOST} epochs, which is all.", code="epochs_exhausted")
    if epochs and epochs[-1].open:
        last = epochs[-1]
        counter = read_counter(gtin, last.number)
        if counter.closed is None:
            _leave_room((*epochs[:-1], replace(last, final=counter.next)), wanted)
        final, by = close(gtin, last.number, by)
        epochs = (*epochs[:-1], replace(last, final=final))
    operation, _, fingerprint = by.removeprefix(_FORMAT_CHANGED).partition(" ")
    number = epochs[-1].number + 1 if epochs else 0
    opened = Epoch(number, wanted, room(epochs, wanted), None, operation, fingerprint)
    _enter(gtin, mine.version, (*epochs, opened))


def _leave_room(epochs: Sequence[Epoch], wanted: Format) -> None:
    if room(epochs, wanted) < PAGE:
        raise Conflict(
            f"Older serial numbers take up what the format {wanted} may issue; "
            "give the product another length.",
            code="serials_exhausted",
        )


def _enter(gtin: Gtin, version: int, epochs: Iterable[Epoch]) -> None:
    key = epochs_key(gtin)
    body = json.dumps([_stored(epoch) for epoch in epochs], separators=(",", ":"))
    item = EpochsItem(key.pk, key.sk, version=version + 1, body=body)
    tx = Transaction()
    tx.replace(item, version=version)
    try:
        tx.commit()
    except Raced:  # by another request, or by our own whose answer was lost
        read(gtin)
    else:
        known(gtin).learn(item)


def _stored(epoch: Epoch) -> dict[str, Any]:
    stored = {
        "n": epoch.number,
        "c": epoch.format.characters,
        "l": epoch.format.length,
        "m": epoch.capacity,
        "f": epoch.final,
        "o": epoch.operation,
        "p": epoch.fingerprint,
    }
    return {name: value for name, value in stored.items() if value not in (None, "")}


def _epoch(stored: dict[str, Any]) -> Epoch:
    return Epoch(
        number=stored["n"],
        format=Format(stored["c"], stored["l"]),
        capacity=stored["m"],
        final=cast("int | None", stored.get("f")),
        operation=stored.get("o", ""),
        fingerprint=stored.get("p", ""),
    )
