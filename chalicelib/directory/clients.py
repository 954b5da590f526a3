"""Where clients are kept, and by which credential each is found.

Promises: as `store`. Who a credential stands for is read strongly and believed for at most
`BELIEVED_SECONDS`; a revoked client or an ended secret is refused after that at the latest.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from chalicelib.access.model import Actor, Role
from chalicelib.directory.model import LONGEST_ID, Client, Credential, Done, Request
from chalicelib.directory.store import OrganisationItem, committed, member_key, opened
from chalicelib.errors import AlreadyExists, Raced
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction

BELIEVED_SECONDS = 60
"""How long a process goes on believing what it read about a credential."""


class CredentialMap(MapAttribute[str, str]):
    """One secret of a client, without the secret."""

    id = UnicodeAttribute()
    operation = UnicodeAttribute()
    created = UnicodeAttribute()
    expires = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)


class ClientItem(Item):
    """A client; pk `client#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    organisation = UnicodeAttribute()
    roles = ListAttribute(of=UnicodeAttribute)
    credentials = ListAttribute(of=CredentialMap)
    created = UnicodeAttribute()
    revoked = UnicodeAttribute(null=True)
    version = NumberAttribute()


class ClientEntry(Item):
    """That an organisation has a client; pk `org#{organisation}`, sk `client#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"


class CredentialItem(Item):
    """Whose credential it is; pk `credential#{id}`, where the id is what access tokens carry."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    client = UnicodeAttribute()
    organisation = UnicodeAttribute()


class ClientStore:
    """The clients of every organisation."""

    def get(self, client: str) -> Client | None:
        """Return a client, revoked or not; any text may be asked for."""
        if len(client) > LONGEST_ID:
            return None
        item = get(ClientItem, _client_pk(client))
        return _client(item) if item else None

    def of_credential(self, credential: str) -> Client | None:
        """Return the client that a credential was made for, whatever became of either."""
        if len(credential) > LONGEST_ID:
            return None
        entry = get(CredentialItem, f"credential#{credential}")
        return self.get(entry.client) if entry else None

    def page(
        self, organisation: str, *, after: str | None, limit: int
    ) -> tuple[list[Client], str | None]:
        """Return clients of an organisation by id, and where to go on."""
        page = query(ClientEntry, f"org#{organisation}", begins="client#", after=after, limit=limit)
        keys = [Key(ClientItem, entry.sk) for entry in page.items]
        found = get_many(keys)
        clients = [found.item(ClientItem, key.pk) for key in keys]
        return [_client(item) for item in clients if item], page.last

    def add(self, client: Client, request: Request) -> Done | None:
        """Keep a new client with its first credential; see `Directory.add`.

        Raises:
            AlreadyExists: there is, or was, a client of that id.
            KeyReused: the earlier request was another one.
        """
        tx = opened(request, Done(client.id, client.credentials[-1].id))
        taken = AlreadyExists(f"There is a client {client.id!r} already.", code="client_exists")
        tx.create(_item(client), refused=taken)
        tx.put(ClientEntry(f"org#{client.organisation}", _client_pk(client.id)))
        tx.put(_pointer(client))
        return committed(tx, request)

    def rotate(self, client: Client, request: Request) -> Done | None:
        """Keep a client whose newest credential this request made; see `Directory.add`.

        Raises:
            Raced: the client was changed meanwhile.
            KeyReused: the earlier request was another one.
        """
        tx = opened(request, Done(client.id, client.credentials[-1].id))
        tx.replace(_item(client), version=client.version)
        tx.put(_pointer(client))
        return committed(tx, request)

    def revoke(self, client: str, at: datetime) -> None:
        """Take all access from a client, whatever else is changed about it; once is for ever."""
        tx = Transaction()
        gone = Raced(f"The client {client!r} is not there any more.")
        tx.update(
            ClientItem,
            _client_pk(client),
            actions=[ClientItem.revoked.set(_text(at)), ClientItem.version.add(1)],
            condition=ClientItem.organisation.exists() & ClientItem.revoked.does_not_exist(),
            refused=gone,
        )
        try:
            tx.commit()
        except Raced as refusal:
            # Revoked already: by another, or by this very call, whose first answer was lost.
            if refusal is not gone or gone.existing is None:
                raise


def actor_of(credential: str, at: datetime) -> Actor | None:
    """Return whom a credential stands for; None when it opens nothing (any more).

    What was read is believed for the rest of its minute, so that a request costs no read here.
    """
    client_and_organisation = _believed(credential, int(at.timestamp()) // BELIEVED_SECONDS)
    if client_and_organisation is None:
        return None
    client, actor = client_and_organisation
    return actor if client.admits(credential, at) else None


@lru_cache(maxsize=1024)
def _believed(credential: str, _minute: int) -> tuple[Client, Actor] | None:
    pointer = get(CredentialItem, f"credential#{credential}")
    if pointer is None:
        return None
    keys = Key(ClientItem, _client_pk(pointer.client)), member_key(pointer.organisation)
    found = get_many(keys)
    client = _client(cast("ClientItem", found[keys[0]]))
    member = cast("OrganisationItem", found[keys[1]]).to_model()
    return client, Actor(member.id, member.gln, client.id, client.roles, member.operator)


def _client_pk(client: str) -> str:
    return f"client#{client}"


def _pointer(client: Client) -> CredentialItem:
    credential = client.credentials[-1].id
    return CredentialItem(
        f"credential#{credential}", client=client.id, organisation=client.organisation
    )


def _item(client: Client) -> ClientItem:
    return ClientItem(
        _client_pk(client.id),
        organisation=client.organisation,
        roles=sorted(client.roles),
        credentials=[_map(each) for each in client.credentials],
        created=_text(client.created),
        revoked=_text(client.revoked) if client.revoked else None,
        version=client.version + 1,
    )


def _map(credential: Credential) -> CredentialMap:
    return CredentialMap(  # type: ignore[no-untyped-call]
        id=credential.id,
        operation=credential.operation,
        created=_text(credential.created),
        expires=_text(credential.expires) if credential.expires else None,
        digest=credential.digest or None,
    )


def _client(item: ClientItem) -> Client:
    return Client(
        item.pk.removeprefix("client#"),
        item.organisation,
        frozenset(Role(str(role)) for role in item.roles),
        tuple(_credential(each) for each in item.credentials),
        _instant(item.created),
        _instant(item.revoked) if item.revoked else None,
        int(item.version),
    )


def _credential(stored: CredentialMap) -> Credential:
    return Credential(
        stored.id,
        stored.operation,
        _instant(stored.created),
        _instant(stored.expires) if stored.expires else None,
        stored.digest or "",
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
