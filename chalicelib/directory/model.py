"""Organisations of the network, their clients, and the master data that they keep.

A product belongs to the one organisation that registered its GTIN first, the brand owner. Parties
and places are an organisation's own address book: what one writes there, no other sees.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from chalicelib.access.model import Actor, Role
from chalicelib.errors import Malformed, NotFound
from chalicelib.gs1.keys import Gln, Gtin, Sgln
from chalicelib.gs1.refusal import shown

SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
"""Organisations and clients are named so: small letters, digits and single inner hyphens."""

LONGEST_ID = 128
"""No id of an organisation, client or credential is longer; Cognito's are 26 characters."""

_LONGEST_SLUG = 40

LONGEST_OVERLAP = timedelta(days=7)
"""How long at most an old secret stays valid beside a new one."""

DEEPEST_PLACE = 8
"""Places above a place: site, building, zone, aisle, rack, shelf, level and one to spare."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A member of the network.

    Attributes:
        id: slug, unique in the network, never changed.
        gln: its own, by which events name it; unique in the network.
        name: for people.
        roles: what it is in the supply chain, such as `manufacturer` or `pharmacy`.
        operator: whether it runs the network and may register others.
    """

    id: str
    gln: Gln
    name: str
    roles: tuple[str, ...] = ()
    operator: bool = False

    def __post_init__(self) -> None:
        _check_slug("/id", self.id, least=2)


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of goods.

    Attributes:
        gtin: what identifies it everywhere.
        owner: organisation that registered the GTIN first: the brand owner.
        owner_gln: its GLN.
        name: for people.
        category: the owner's own word.
        serial_format: how its serials look, as the serial package spells formats; None for the
            default.
        version: 1 when registered, one more with each change; 0 before it is kept.
    """

    gtin: Gtin
    owner: str
    owner_gln: Gln
    name: str
    category: str | None = None
    serial_format: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """A trading partner, as one organisation knows it.

    Attributes:
        gln: of the party.
        name: for people.
        roles: what the party is, such as `distributor`.
        email: where a person there is told; None when nobody is known.
        member: whether the GLN belongs to an organisation of the network.
        version: 0 when the organisation has no entry of its own: then the network answers.
    """

    gln: Gln
    name: str
    roles: tuple[str, ...]
    email: str | None = None
    member: bool = False
    version: int = 0

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """Return what the network knows of a member."""
        return cls(organisation.gln, organisation.name, organisation.roles, member=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods can be: a site, or a part of one.

    Attributes:
        sgln: GLN, and extension for a part.
        name: for people.
        kind: the organisation's own word, such as `zone` or `shelf`.
        parent: the place that this one is part of.
        version: see `Product`.
    """

    sgln: Sgln
    name: str
    kind: str | None = None
    parent: Sgln | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Credential:
    """One secret of a client; the secret itself is not kept.

    Attributes:
        id: what is presented with the secret at the token endpoint, and what tokens then carry.
        operation: of the request that made it.
        created: when.
        expires: first instant at which it is no longer valid; None while it is the newest.
        digest: of the secret; empty where the secret is kept elsewhere (Cognito).
    """

    id: str
    operation: str
    created: datetime
    expires: datetime | None = None
    digest: str = ""

    def valid(self, at: datetime) -> bool:
        """Return whether the secret opens anything at that instant."""
        return self.expires is None or at < self.expires

    def ending(self, at: datetime) -> Self:
        """Return the credential as it ends at that instant, or earlier when that was settled."""
        return replace(self, expires=at if self.expires is None else min(self.expires, at))


@dataclass(frozen=True, slots=True)
class Client:
    """A machine or program that acts for an organisation.

    Attributes:
        id: `<organisation>-<name>`, unique in the network, never given to another.
        organisation: whom it acts for.
        roles: at least one.
        credentials: at most two valid ones, oldest first.
        created: when.
        revoked: when it lost all access; None while it has it.
        version: see `Product`.
    """

    id: str
    organisation: str
    roles: frozenset[Role]
    credentials: tuple[Credential, ...]
    created: datetime
    revoked: datetime | None = None
    version: int = 0

    def admits(self, credential: str, at: datetime) -> bool:
        """Return whether a token that was got with this credential is still good."""
        return self.revoked is None and any(
            held.id == credential and held.valid(at) for held in self.credentials
        )

    def rotated(self, fresh: Credential, *, overlap: timedelta, at: datetime) -> Self:
        """Return the client with a new secret.

        The newest secret so far stays valid for the overlap; any older one ends now, so that
        there are never more than two.
        """
        valid = [held for held in self.credentials if held.valid(at)]
        kept = (valid[-1].ending(at + overlap),) if valid and overlap else ()
        return replace(self, credentials=(*kept, fresh))


@dataclass(frozen=True, slots=True)
class Request:
    """Identity of one POST, by which a repeat of it is known.

    Attributes:
        operation: equal for repeats.
        fingerprint: of what is asked; differs when an idempotency key is used twice.
        at: when it came in.
    """

    operation: str
    fingerprint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What an earlier request with the same identity did.

    Attributes:
        subject: id of the organisation or client.
        credential: id of the credential that it made, if any.
    """

    subject: str
    credential: str | None = None


def client_id(organisation: str, name: str) -> str:
    """Return the id of a client of that organisation.

    Raises:
        Malformed: the name is no slug.
    """
    _check_slug("/name", name, least=1)
    return f"{organisation}-{name}"


def may_manage(actor: Actor, organisation: str) -> None:
    """Demand that the actor may see and change the clients of an organisation.

    Raises:
        NotFound: it is another's, and the actor does not run the network: no word on whether
            that organisation exists.
    """
    if actor.organisation != organisation and not actor.operator:
        raise no_organisation(organisation)


def no_organisation(organisation: str) -> NotFound:
    """Return the refusal for an organisation that is not, or not for the caller, there."""
    return NotFound(f"There is no organisation {shown(organisation)} here.")


def no_client(client: str) -> NotFound:
    """Return the refusal for a client that is not, or not for the caller, there."""
    return NotFound(f"There is no client {shown(client)} here.")


def _check_slug(pointer: str, found: str, *, least: int) -> None:
    if least <= len(found) <= _LONGEST_SLUG and re.fullmatch(SLUG, found):
        return
    expected = f"{least} to {_LONGEST_SLUG} small letters, digits and single inner hyphens"
    raise Malformed.field(pointer, "slug", f"found {shown(found)}, expected {expected}")
