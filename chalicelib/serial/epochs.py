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
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get
from chalicelib.table.transaction import Transaction

MOST = 100
"""Epochs of one GTIN: each makes looking a number up a little slower."""

_ATTEMPTS = 8
_FORMAT_CHANGED = "-"
_lock = Lock()
_FORMAT_CHANGED = "-"


class EpochsItem(Item):
    """The epochs of a GTIN, oldest first: `pk` is `N#{gtin}`, `sk` is `epochs`."""

    class Meta:
        """Where it lives."""

        table_name = "units"

    version = NumberAttribute()
    body = UnicodeAttribute(attr_name="e")


@dataclass(frozen=True, slots=True)
class History:
    """The epochs of a GTIN as they were at one moment.

    It is one value on purpose: whoever changes the epochs decides on, and writes against, the
    same one, however much other threads learn meanwhile.

    Attributes:
        version: as stored; 0 when there are none.
        epochs: oldest first.
    """

    version: int = 0
    epochs: tuple[Epoch, ...] = ()


@dataclass(slots=True)
class Known:
    """What this process remembers of a GTIN; all its threads share it.

    Epochs may have been added since, and the last one closed; nothing else about them changes.

    Attributes:
        history: the newest that was seen.
        issued: by epoch, a number of indexes that were certainly handed out.
    """

    history: History = field(default_factory=History)
    issued: dict[int, int] = field(default_factory=dict)

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The epochs, oldest first."""
        return self.history.epochs

    def learn(self, item: EpochsItem | None) -> None:
        """Take over what was read, unless something newer is known."""
        with _lock:
            if item is not None and int(item.version) > self.history.version:
                epochs = tuple(map(_epoch, json.loads(item.body)))
                self.history = History(int(item.version), epochs)

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


def epochs_key(gtin: Gtin) -> Key:
    """Return where the epochs of a GTIN stand."""
    return Key(EpochsItem, f"N#{gtin}", "epochs")


def read(gtin: Gtin) -> History:
    """Read the epochs of a GTIN anew."""
    mine = known(gtin)
    key = epochs_key(gtin)
    mine.learn(get(EpochsItem, key.pk, key.sk))
    return mine.history


@dataclass(frozen=True, slots=True)
class Opened:
    """An epoch that a request opened.

    Attributes:
        epoch: it.
        replayed: whether an earlier request had it opened.
    """

    epoch: Epoch
    replayed: bool


def current(gtin: Gtin, wanted: Format) -> Epoch:
    """Return the open epoch with that format, as far as is remembered; opens it when there is none.

    Raises:
        Conflict: `serials_exhausted`, see `rotate`.
        Busy: others were faster time and again.
    """
    found = _fitting(known(gtin).history, wanted)
    for _ in range(_ATTEMPTS):
        if found is not None:
            return found
        history = read(gtin)
        found = _fitting(history, wanted)
        if found is None:
            _open_next(gtin, history, wanted, _FORMAT_CHANGED)
            found = _fitting(known(gtin).history, wanted)
    raise Busy("Another request is changing the format of these serial numbers; try again.")


def _fitting(history: History, wanted: Format) -> Epoch | None:
    """Return the last epoch, if it is open and has that format."""
    last = history.epochs[-1] if history.epochs else None
    return last if last is not None and last.open and last.format == wanted else None


def finish(gtin: Gtin, number: int, wanted: Format) -> None:
    """Open the epoch after one that was found closed in its counter, if nobody has."""
    history = read(gtin)
    if history.epochs[-1].number == number:
        _open_next(gtin, history, wanted, _FORMAT_CHANGED)


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
        history = read(gtin)
        done = next((each for each in history.epochs if each.operation == operation), None)
        if done is not None:
            if done.fingerprint != fingerprint:
                raise KeyReused("The key was used to rotate with another request.")
            return Opened(done, replayed=attempt == 0)
        _open_next(gtin, history, wanted, f"{operation} {fingerprint}")
    raise Busy("Other requests are rotating the same epochs; try again.")


def _open_next(gtin: Gtin, history: History, wanted: Format, by: str) -> None:
    """Close the last epoch and enter the next; when somebody else did, learn what they did."""
    epochs = history.epochs
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
    _enter(gtin, history.version, (*epochs, opened))


def _leave_room(epochs: Sequence[Epoch], wanted: Format) -> None:
    if room(epochs, wanted) < PAGE:
        raise Conflict(
            f"Older serial numbers take up what the format {wanted} may issue; "
            "give the product another length.",
            code="serials_exhausted",
        )


def _enter(gtin: Gtin, version: int, epochs: Iterable[Epoch]) -> None:
    key = epochs_key(gtin)
    item = EpochsItem(key.pk, key.sk, version=version + 1, body=written(epochs))
    tx = Transaction()
    tx.replace(item, version=version)
    try:
        tx.commit()
    except Raced:  # by another request, or by our own whose answer was lost
        read(gtin)
    else:
        known(gtin).learn(item)


def written(epochs: Iterable[Epoch]) -> str:
    """Return epochs as stored; `Known.learn` reads them back."""
    return json.dumps([_stored(epoch) for epoch in epochs], separators=(",", ":"))


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
