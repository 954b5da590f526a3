"""Members of the network and their clients come and go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import (
    Client,
    Credential,
    Done,
    Organisation,
    Request,
    client_id,
    no_client,
    no_organisation,
)
from chalicelib.directory.registrar import ClientRegistrar, Issued, SeededRegistrar
from chalicelib.directory.store import Directory
from chalicelib.errors import AlreadyExists, Conflict


@dataclass(frozen=True, slots=True)
class Registered:
    """A member, and whether an earlier request with the same key registered it."""

    organisation: Organisation
    replayed: bool


@dataclass(frozen=True, slots=True)
class Admitted:
    """A client with its new secret: the only time that this secret is shown.

    Attributes:
        client: as it is now.
        credential: id to present with the secret.
        secret: to keep safe.
        replayed: an earlier request with the same key made the secret.
    """

    client: Client
    credential: str
    secret: str
    replayed: bool


def register(organisation: Organisation, request: Request, *, directory: Directory) -> Registered:
    """Make an organisation a member of the network.

    Raises:
        AlreadyExists: its id or its GLN is a member's.
        KeyReused: the key belongs to another request.
    """
    earlier = directory.add(organisation, request)
    if earlier is None:
        return Registered(organisation, replayed=False)
    return Registered(directory.get(earlier.subject) or organisation, replayed=True)


def add_client(
    organisation: str,
    name: str,
    roles: Iterable[Role],
    request: Request,
    *,
    directory: Directory,
    clients: ClientStore,
    registrar: ClientRegistrar,
) -> Admitted:
    """Give an organisation a client, with its first secret.

    Raises:
        NotFound: there is no such organisation.
        AlreadyExists: it has, or had, a client of that name.
        KeyReused: the key belongs to another request.
    """
    if directory.get(organisation) is None:
        raise no_organisation(organisation)
    identity = client_id(organisation, name)
    issued = registrar.issue(identity, request.operation)
    first = Credential(issued.id, request.operation, request.at, digest=issued.digest)
    client = Client(identity, organisation, frozenset(roles), (first,), request.at)
    try:
        earlier = clients.add(client, request)
    except AlreadyExists:
        registrar.withdraw(issued.id)
        raise
    made = _kept_credential(issued, earlier, registrar)
    secret = registrar.reveal(made, request.operation)
    return Admitted(clients.get(identity) or client, made, secret, replayed=earlier is not None)


def rotate_secret(
    organisation: str,
    identity: str,
    overlap: timedelta,
    request: Request,
    *,
    clients: ClientStore,
    registrar: ClientRegistrar,
) -> Admitted:
    """Give a client a new secret; the one so far stays valid for the overlap.

    Raises:
        NotFound: the organisation has no such client.
        Conflict: `client_revoked`.
        Raced: the client was changed meanwhile.
        KeyReused: the key belongs to another request.
    """
    client = client_of(organisation, identity, clients=clients)
    if client.revoked:
        raise Conflict(f"The client {identity!r} was revoked.", code="client_revoked")
    issued = registrar.issue(identity, request.operation)
    fresh = Credential(issued.id, request.operation, request.at, digest=issued.digest)
    rotated = client.rotated(fresh, overlap=overlap, at=request.at)
    earlier = clients.rotate(rotated, request)
    made = _kept_credential(issued, earlier, registrar)
    if earlier is None:
        _withdraw_dropped(client, rotated, registrar)
    secret = registrar.reveal(made, request.operation)
    return Admitted(clients.get(identity) or rotated, made, secret, replayed=earlier is not None)


def revoke_client(
    organisation: str,
    identity: str,
    at: datetime,
    *,
    clients: ClientStore,
    registrar: ClientRegistrar,
) -> None:
    """Take all access from a client; a second time does nothing.

    No token is got from then on. Tokens that are out are refused within `BELIEVED_SECONDS`.

    Raises:
        NotFound: the organisation has no such client.
    """
    client = client_of(organisation, identity, clients=clients)
    if client.revoked is None:
        clients.revoke(identity, at)
    for credential in client.credentials:
        registrar.withdraw(credential.id)


def client_of(organisation: str, identity: str, *, clients: ClientStore) -> Client:
    """Return a client of that organisation.

    Raises:
        NotFound: there is none, or it is another organisation's, in the same words.
    """
    client = clients.get(identity)
    if client is None or client.organisation != organisation:
        raise no_client(identity)
    return client


def seed(
    organisation: Organisation,
    clients_by_name: Mapping[str, Iterable[Role]],
    *,
    secret: str,
    at: datetime,
    directory: Directory,
    clients: ClientStore,
) -> None:
    """Make an example organisation with clients of one known secret, as far as it is not there.

    On one machine only: elsewhere it refuses.
    """
    registrar = SeededRegistrar(secret)
    if directory.get(organisation.id) is None:
        directory.add(organisation, _seeding(organisation.id, at))
    for name, roles in clients_by_name.items():
        identity = client_id(organisation.id, name)
        if clients.get(identity) is None:
            add_client(
                organisation.id,
                name,
                roles,
                _seeding(identity, at),
                directory=directory,
                clients=clients,
                registrar=registrar,
            )


def _seeding(identity: str, at: datetime) -> Request:
    return Request(f"seed-{identity}", "seed", at)


def _kept_credential(issued: Issued, earlier: Done | None, registrar: ClientRegistrar) -> str:
    """Return the credential that counts; an earlier run of the same request may have made it."""
    if earlier is None or earlier.credential is None or earlier.credential == issued.id:
        return issued.id
    registrar.withdraw(issued.id)
    return earlier.credential


def _withdraw_dropped(before: Client, after: Client, registrar: ClientRegistrar) -> None:
    kept = {credential.id for credential in after.credentials}
    for credential in before.credentials:
        if credential.id not in kept:
            registrar.withdraw(credential.id)
