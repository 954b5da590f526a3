"""From a serial number to its place, and back.

Promises: that a number was issued is true when it is said. That it was not, is as of the moment at
which this `Numbers` first asked for that GTIN: whatever was issued before the request came in, it
knows. Reads are strong.

Trust: as `counters` and `epochs`.
"""

from collections.abc import Iterable, Sequence

from chalicelib.gs1.keys import Gtin
from chalicelib.serial.counters import CounterItem, counter_key
from chalicelib.serial.epochs import EpochsItem, Known, epochs_key, known
from chalicelib.serial.model import Epoch, Place
from chalicelib.serial.texts import invert, spell
from chalicelib.table.items import Key
from chalicelib.table.read import get_many


def numbers() -> "Numbers":
    """Return what knows serial numbers, made anew for each request."""
    return Numbers()


class Numbers:
    """Knows which serial numbers were issued, and what they stand for.

    What it knows of epochs and counters is shared in the process and only ever grows. It reads them
    anew at most once for each GTIN in its life, so let it live as long as one request.
    """

    def __init__(self) -> None:
        self._asked: set[Gtin] = set()

    def locate(self, gtin: Gtin, serials: Sequence[str]) -> list[Place | None]:
        """Return the place of each serial; None where no epoch has issued it.

        Raises:
            Busy: throttled, or no answer.
        """
        mine = self._known(gtin)
        places = _issued(gtin, mine, serials)
        missing = [n for n, place in enumerate(places) if place is None]
        if missing and self._ask([gtin]):
            found = _issued(gtin, mine, [serials[n] for n in missing])
            for n, place in zip(missing, found, strict=True):
                places[n] = place
        return places

    def candidates(self, gtin: Gtin, serial: str) -> list[Place]:
        """Return where a serial would stand if it was issued, oldest epoch first.

        Nothing is returned for what no format of ours spells: such a number comes from elsewhere.
        The process may not have heard yet of an epoch that another opened: before a number is
        called unknown, ask `renew`.

        Raises:
            Busy: throttled, or no answer.
        """
        return _possible(gtin, self._known(gtin), serial)

    def newest(self, gtin: Gtin) -> int:
        """Return the number of the newest epoch that the process has heard of; -1 for none."""
        last = _last(gtin)
        return -1 if last is None else last

    def renew(self, gtins: Iterable[Gtin]) -> set[Gtin]:
        """Read the epochs of these GTINs; return those that have new ones since we last looked.

        Raises:
            Busy: throttled, or no answer.
        """
        before = {gtin: known(gtin).history for gtin in gtins}
        self._ask(before)
        return {gtin for gtin, history in before.items() if known(gtin).history != history}

    def texts(self, gtin: Gtin, places: Sequence[Place]) -> list[str]:
        """Return the serial of each place.

        Raises:
            Busy: throttled, or no answer.
        """
        by_epoch: dict[int, list[int]] = {}
        for n, place in enumerate(places):
            by_epoch.setdefault(place.epoch, []).append(n)
        texts = [""] * len(places)
        for number, positions in by_epoch.items():
            epoch = self._epoch(gtin, number)
            spelled = spell(gtin, epoch, [places[n].index for n in positions])
            for n, text in zip(positions, spelled, strict=True):
                texts[n] = text
        return texts

    def _known(self, gtin: Gtin) -> Known:
        mine = known(gtin)
        if not mine.epochs:
            self._ask([gtin])
        return mine

    def _epoch(self, gtin: Gtin, number: int) -> Epoch:
        """Return an epoch that is known to exist."""
        mine = known(gtin)
        if number >= len(mine.epochs):
            self._read([gtin])
        return mine.epochs[number]

    def _ask(self, gtins: Iterable[Gtin]) -> bool:
        """Read what may have changed of these GTINs, once each; return whether it read."""
        wanted = [gtin for gtin in gtins if gtin not in self._asked]
        if wanted:
            self._read(wanted)
        return bool(wanted)

    def _read(self, gtins: Sequence[Gtin]) -> None:
        """Read epochs and the open epoch's counter, of many GTINs in one round trip."""
        self._asked.update(gtins)
        before = {gtin: _last(gtin) for gtin in gtins}
        self._learn(gtins, [epochs_key(gtin) for gtin in gtins] + _counters(before))
        after = {gtin: _last(gtin) for gtin in gtins}
        newer = {gtin: last for gtin, last in after.items() if last != before[gtin]}
        if newer:
            self._learn(gtins, _counters(newer))

    def _learn(self, gtins: Sequence[Gtin], keys: Sequence[Key]) -> None:
        found = get_many(keys)
        for gtin in gtins:
            place = epochs_key(gtin)
            known(gtin).learn(found.item(EpochsItem, place.pk, place.sk))
        for key in keys:
            counter = found.item(CounterItem, key.pk, key.sk) if key.model is CounterItem else None
            if counter is not None:
                known(Gtin(key.pk.removeprefix("N#"))).saw(int(key.sk), counter.counter.next)


def _last(gtin: Gtin) -> int | None:
    epochs = known(gtin).epochs
    return epochs[-1].number if epochs else None


def _counters(epochs: dict[Gtin, int | None]) -> list[Key]:
    return [counter_key(gtin, number) for gtin, number in epochs.items() if number is not None]


def _issued(gtin: Gtin, mine: Known, serials: Sequence[str]) -> list[Place | None]:
    """Return the places of serials as far as the process knows; the oldest epoch goes first."""
    places: list[Place | None] = [None] * len(serials)
    rest = list(range(len(serials)))
    for epoch in mine.epochs:
        bound = mine.bound(epoch)
        fitting = [n for n in rest if epoch.format.spells(serials[n])] if bound else []
        indexes = invert(gtin, epoch, [serials[n] for n in fitting]) if fitting else []
        for n, index in zip(fitting, indexes, strict=True):
            if index < bound:
                places[n] = Place(epoch.number, index)
        rest = [n for n in rest if places[n] is None]
    return places


def _possible(gtin: Gtin, mine: Known, serial: str) -> list[Place]:
    """Return the places that a serial may have; one of a closed epoch is certain, and alone."""
    places = []
    for epoch in mine.epochs:
        if not epoch.format.spells(serial) or epoch.final == 0:
            continue
        place = Place(epoch.number, *invert(gtin, epoch, [serial]))
        if epoch.open:
            places.append(place)
        elif place.index < mine.bound(epoch):
            return [place]
    return places
