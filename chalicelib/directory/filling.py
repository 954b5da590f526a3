"""Filling the directory from documents: products, parties and places of their master data.

Nobody gains a right by it: a product that a document describes has no owner here, and a party that
it describes is not one that goods may be shipped to. What people and their systems wrote is not
touched.
"""

from collections.abc import Iterator

from chalicelib.directory.told import Filled, Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.faults import MOST_FAULTS
from chalicelib.epcis.json_text import dumps
from chalicelib.epcis.masterdata import MasterData, PartyEntry, PlaceEntry, ProductEntry
from chalicelib.errors import FieldError
from chalicelib.gs1.keys import Gln

MOST = 2_000
"""Products, parties and places that one document may describe."""

LARGEST = 32_768
"""Bytes of JSON that the attributes of one of them may have."""

LONGEST_NAME = 200
"""Characters of a name that are shown; the attributes have all of it."""

Entry = ProductEntry | PartyEntry | PlaceEntry


def fill(master: MasterData, source: Source, *, told: ToldStore) -> Filled:
    """Keep what a document tells, as far as no newer one told of the same; a repeat is the same.

    Raises:
        Busy: throttled, or no answer; a repeat is safe.
    """
    good, faults = _judged(master)
    parties = {party.key for party in master.parties}
    taken = sum([_put(entry, parties, source, told) for entry in good])
    return _filled(master, good, faults, taken=taken, kept=len(good) - taken)


def judge(master: MasterData) -> Filled:
    """Return what is wrong in the master data of a document of which nothing is taken."""
    good, faults = _judged(master)
    return _filled(master, good, faults, taken=0, kept=0)


def _filled(
    master: MasterData, good: list[Entry], faults: list[FieldError], *, taken: int, kept: int
) -> Filled:
    refused = master.refused + len(_entries(master)) - len(good)
    return Filled(taken, kept, refused, master.others, tuple(faults[:MOST_FAULTS]))


def _entries(master: MasterData) -> list[Entry]:
    return [*master.products, *master.parties, *master.places]


def _judged(master: MasterData) -> tuple[list[Entry], list[FieldError]]:
    """Return what can be kept, and all faults."""
    good, faults = list[Entry](), list(master.faults)
    for number, entry in enumerate(_entries(master)):
        size = len(dumps(entry.attributes))
        if number >= MOST:
            message = f"found more than {MOST} products, parties and places, expected at most that"
            faults.append(FieldError(entry.at, "too_many", message))
            break
        if size > LARGEST:
            message = f"found attributes of {size} bytes, expected at most {LARGEST}"
            faults.append(FieldError(entry.at, "too_large", message))
        else:
            good.append(entry)
    return good, faults


def _put(entry: Entry, parties: set[Gln], source: Source, told: ToldStore) -> bool:
    itself, *also = _things(entry, parties, source)
    for each in also:
        told.put(each)
    return told.put(itself)


def _things(entry: Entry, parties: set[Gln], source: Source) -> Iterator[Told]:
    """Yield what an element tells of: itself, and for the place of a party the party as well.

    EPCIS 1.2 and the DSCSA profile of it have no keys of parties: a party is a location without
    extension there (GS1 US implementation guideline for DSCSA, on master data).
    """
    name = entry.name[:LONGEST_NAME]
    parent = entry.parent if isinstance(entry, PlaceEntry) else None
    yield Told(entry.key, source, name, entry.attributes, parent)
    if isinstance(entry, PlaceEntry) and _is_party(entry) and entry.key.gln not in parties:
        yield Told(entry.key.gln, source, name, entry.attributes)


def _is_party(entry: PlaceEntry) -> bool:
    return entry.key.extension is None and bool(entry.attributes)
