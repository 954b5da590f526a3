"""The address book of one organisation: the parties and the places that it knows.

Promises: as `store`. A book is opened for an organisation, so none can read or write another's.
"""

from collections.abc import Iterable, Sequence

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.directory.model import Organisation, Party, Place
from chalicelib.directory.store import Directory, OrganisationItem, gln_pk
from chalicelib.errors import Raced
from chalicelib.gs1.keys import Gln, Sgln
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction, replaced


class PartyItem(Item):
    """An entry of an address book; pk `org#{organisation}`, sk `party#{gln}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    name = UnicodeAttribute()
    roles = ListAttribute(of=UnicodeAttribute)
    email = UnicodeAttribute(null=True)
    version = NumberAttribute()


class PlaceItem(Item):
    """A place of an organisation; pk `org#{organisation}`, sk `place#{gln}[#{extension}]`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    name = UnicodeAttribute()
    kind = UnicodeAttribute(null=True)
    parent = UnicodeAttribute(null=True)
    version = NumberAttribute()


class PartyStore:
    """The address book of one organisation."""

    def __init__(self, organisation: str) -> None:
        self._pk = _book_pk(organisation)

    def get(self, gln: Gln) -> Party | None:
        """Return a party: the own entry, or else what the network knows of a member."""
        own, member = Key(PartyItem, self._pk, _party_sk(gln)), Key(OrganisationItem, gln_pk(gln))
        found = get_many([own, member])
        entry = found.item(PartyItem, own.pk, own.sk)
        organisation = found.item(OrganisationItem, member.pk)
        if entry:
            return _party(entry, member=organisation is not None)
        return Party.of(organisation.to_model()) if organisation else None

    def put(self, party: Party) -> Party:
        """Keep a party with the next version, if nobody was faster.

        Raises:
            Raced: another write was faster.
        """
        item = PartyItem(
            self._pk,
            _party_sk(party.gln),
            name=party.name,
            roles=list(party.roles),
            email=party.email,
            version=party.version + 1,
        )
        return _party(replaced(item, party.version), member=party.member)

    def page(self, *, after: str | None, limit: int) -> tuple[list[Party], str | None]:
        """Return own entries by GLN, and where to go on."""
        page = query(PartyItem, self._pk, begins="party#", after=after, limit=limit)
        members = Directory().organisations_of(_gln(item) for item in page.items)
        return [_party(item, member=_gln(item) in members) for item in page.items], page.last

    def emails_of(self, glns: Iterable[Gln]) -> dict[Gln, str]:
        """Return whom the organisation tells at parties, where it knows; one request per 100."""
        found = get_many(Key(PartyItem, self._pk, _party_sk(gln)) for gln in glns)
        entries = (item for item in found.values() if isinstance(item, PartyItem))
        return {_gln(item): item.email for item in entries if item.email}

    def names_of(self, glns: Iterable[Gln]) -> dict[Gln, str]:
        """Return what parties are called here, or else in the network; where it is known."""
        keys = {
            gln: (Key(PartyItem, self._pk, _party_sk(gln)), Key(OrganisationItem, gln_pk(gln)))
            for gln in glns
        }
        found = get_many(key for pair in keys.values() for key in pair)
        names: dict[Gln, str] = {}
        for gln, (own, member) in keys.items():
            entry, organisation = found.get(own), found.get(member)
            if isinstance(entry, PartyItem):
                names[gln] = entry.name
            elif isinstance(organisation, OrganisationItem):
                names[gln] = organisation.name
        return names

    def without_entry(self, members: Sequence[Organisation]) -> list[Party]:
        """Return those members, as parties, that have no own entry."""
        keys = {Key(PartyItem, self._pk, _party_sk(each.gln)): each for each in members}
        found = get_many(keys)
        return [Party.of(member) for key, member in keys.items() if key not in found]


class PlaceStore:
    """The places of one organisation."""

    def __init__(self, organisation: str) -> None:
        self._pk = _book_pk(organisation)

    def get(self, sgln: Sgln) -> Place | None:
        """Return a place."""
        item = get(PlaceItem, self._pk, _place_sk(sgln))
        return _place(item) if item else None

    def names(self, sglns: Iterable[Sgln]) -> dict[Sgln, str]:
        """Return what places are called, as far as they are entered; one request per 100."""
        found = get_many(Key(PlaceItem, self._pk, _place_sk(sgln)) for sgln in sglns)
        places = [_place(item) for item in found.values() if isinstance(item, PlaceItem)]
        return {place.sgln: place.name for place in places}

    def put(self, place: Place, above: Sequence[Place] = ()) -> Place:
        """Keep a place with the next version, if nobody was faster.

        Args:
            place: as it shall be, with the version that was read.
            above: the places above it; they must be unchanged, or two writers could make a ring.

        Raises:
            Raced: this place, or one above it, was changed meanwhile.
        """
        item = PlaceItem(
            self._pk,
            _place_sk(place.sgln),
            name=place.name,
            kind=place.kind,
            parent=str(place.parent) if place.parent else None,
            version=place.version + 1,
        )
        tx = Transaction()
        for upper in above:
            tx.check(
                PlaceItem,
                self._pk,
                _place_sk(upper.sgln),
                condition=PlaceItem.version == upper.version,
                refused=Raced(f"The place {upper.sgln} was changed meanwhile; try again."),
            )
        return _place(replaced(item, place.version, also=tx))

    def page(self, *, after: str | None, limit: int) -> tuple[list[Place], str | None]:
        """Return places by GLN and extension, and where to go on."""
        page = query(PlaceItem, self._pk, begins="place#", after=after, limit=limit)
        return [_place(item) for item in page.items], page.last


def _book_pk(organisation: str) -> str:
    return f"org#{organisation}"


def _party_sk(gln: Gln) -> str:
    return f"party#{gln}"


def _place_sk(sgln: Sgln) -> str:
    return f"place#{sgln}"


def _gln(item: PartyItem) -> Gln:
    return Gln(item.sk.removeprefix("party#"))


def _party(item: PartyItem, *, member: bool) -> Party:
    roles = tuple(map(str, item.roles))
    return Party(_gln(item), item.name, roles, item.email, member, int(item.version))


def _place(item: PlaceItem) -> Place:
    return Place(
        Sgln.parse(item.sk.removeprefix("place#")),
        item.name,
        item.kind,
        Sgln.parse(item.parent) if item.parent else None,
        int(item.version),
    )
