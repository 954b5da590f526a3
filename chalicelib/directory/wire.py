"""The directory as JSON: bodies that are accepted, answers that are given."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints
from pydantic.json_schema import WithJsonSchema

from chalicelib.access.model import Actor, Role
from chalicelib.directory.issuer import LIFETIME_SECONDS
from chalicelib.directory.model import (
    LONGEST_OVERLAP,
    SLUG,
    Client,
    Organisation,
    Party,
    Place,
    Product,
)
from chalicelib.directory.told import Told
from chalicelib.gs1.keys import Gln, Gtin, Sgln
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    GlnField,
    GtinField,
    InstantField,
    NameField,
    SglnField,
)
from chalicelib.http.readers import read_set_82, read_text

_MOST_ROLES = 10
_DAY_SECONDS = 86_400

RoleWord = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$"),
    Field(examples=["distributor"]),
]
"""What a party is: manufacturer, distributor, wholesaler, pharmacy, hospital, carrier, …"""

Roles = Annotated[tuple[RoleWord, ...], Field(min_length=1, max_length=_MOST_ROLES)]
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$", max_length=40)]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+$"),
    AfterValidator(read_text),
    Field(examples=["recalls@pharmacy.example"]),
]
SerialFormat = Annotated[
    str,
    StringConstraints(max_length=85, pattern=r"^[\x21-\x7e]{2,82}:[0-9]{1,2}$"),
    Field(
        description="How serials of the product look: alphabet and length; the default when null.",
        examples=["unambiguous:12", "numeric:16"],
    ),
]
ExtensionField = Annotated[
    str,
    PlainValidator(read_set_82("a GLN extension")),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 20, "examples": ["A1"]}),
]


class ToldAnswer(AnswerModel):
    """What the newest document that described it says: master data of EPCIS, as they came."""

    name: str | None
    attributes: dict[str, Any] = Field(
        description="Those of CBV by bare name, such as `city`; others by URI.",
        examples=[{"city": "Omaha", "countryCode": "US"}],
    )
    parent: SglnField | None = Field(description="The place that a place is part of.")
    created: InstantField = Field(description="When the document was made.")
    capture_id: str = Field(alias="captureID", description="The job that captured it.")

    @classmethod
    def of(cls, told: Told | None) -> Self | None:
        """Return it as it is answered."""
        if told is None:
            return None
        return cls(
            name=told.name or None,
            attributes=dict(told.attributes),
            parent=told.parent,
            created=told.source.created,
            capture_id=told.source.capture,
        )


ToldField = Annotated[
    ToldAnswer | None,
    Field(description="From documents that the organisation captured; null when none told."),
]


class ProductBody(Body):
    """A product as its owner describes it."""

    name: NameField
    category: NameField | None = None
    serial_format: SerialFormat | None = None

    def product(self, gtin: Gtin, actor: Actor) -> Product:
        """Return the product that is meant."""
        return Product(
            gtin, actor.organisation, actor.gln, self.name, self.category, self.serial_format
        )


class ProductAnswer(AnswerModel):
    """A product."""

    gtin: GtinField
    name: str
    category: str | None
    owner: GlnField | None = Field(
        description="GLN of the organisation that registered the GTIN; null when none did."
    )
    serial_format: str | None = Field(description="Told to the owner alone.")
    master_data: ToldField

    @classmethod
    def of(cls, product: Product, actor: Actor, told: Told | None = None) -> Self:
        """Return what this actor may see of it."""
        own = product.owner == actor.organisation
        return cls(
            gtin=product.gtin,
            name=product.name,
            category=product.category,
            owner=product.owner_gln,
            serial_format=product.serial_format if own else None,
            master_data=ToldAnswer.of(told),
        )

    @classmethod
    def unregistered(cls, gtin: Gtin, told: Told) -> Self:
        """Return a product of which only documents tell."""
        return cls(
            gtin=gtin,
            name=told.name or str(gtin),
            category=None,
            owner=None,
            serial_format=None,
            master_data=ToldAnswer.of(told),
        )


class PartyBody(Body):
    """A trading partner as this organisation knows it."""

    name: NameField
    roles: Roles
    email: Email | None = None

    def party(self, gln: Gln) -> Party:
        """Return the party that is meant."""
        return Party(gln, self.name, self.roles, self.email)


class PartyAnswer(AnswerModel):
    """A trading partner."""

    gln: GlnField
    name: str
    roles: tuple[str, ...]
    email: str | None
    member: bool = Field(description="Whether the party is an organisation of the network.")
    master_data: ToldField

    @classmethod
    def of(cls, party: Party, told: Told | None = None) -> Self:
        """Return a party as it is answered."""
        return cls(
            gln=party.gln,
            name=party.name,
            roles=party.roles,
            email=party.email,
            member=party.member,
            master_data=ToldAnswer.of(told),
        )


class PartiesAnswer(AnswerModel):
    """A page of parties."""

    parties: tuple[PartyAnswer, ...]
    next: str | None


class PlaceBody(Body):
    """A place, or a part of one."""

    name: NameField
    kind: RoleWord | None = Field(default=None, examples=["zone"])
    parent: SglnField | None = Field(default=None, description="The place that it is part of.")

    def place(self, sgln: Sgln) -> Place:
        """Return the place that is meant."""
        return Place(sgln, self.name, self.kind, self.parent)


class PlaceAnswer(AnswerModel):
    """A place."""

    id: SglnField
    gln: GlnField
    extension: str | None
    name: str
    kind: str | None
    parent: SglnField | None
    master_data: ToldField

    @classmethod
    def of(cls, place: Place, told: Told | None = None) -> Self:
        """Return a place as it is answered."""
        return cls(
            id=place.sgln,
            gln=place.sgln.gln,
            extension=place.sgln.extension,
            name=place.name,
            kind=place.kind,
            parent=place.parent,
            master_data=ToldAnswer.of(told),
        )


class PlacesAnswer(AnswerModel):
    """A page of places."""

    places: tuple[PlaceAnswer, ...]
    next: str | None


class OrganisationBody(Body):
    """An organisation that joins the network."""

    id: Slug = Field(min_length=2, examples=["acme"])
    gln: GlnField
    name: NameField
    roles: Roles | None = None

    def organisation(self) -> Organisation:
        """Return the organisation that is meant."""
        return Organisation(self.id, self.gln, self.name, self.roles or ())


class OrganisationAnswer(AnswerModel):
    """An organisation of the network."""

    id: str
    gln: GlnField
    name: str
    roles: tuple[str, ...]
    operator: bool

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """Return an organisation as it is answered."""
        return cls(
            id=organisation.id,
            gln=organisation.gln,
            name=organisation.name,
            roles=organisation.roles,
            operator=organisation.operator,
        )


class OrganisationsAnswer(AnswerModel):
    """A page of organisations."""

    organisations: tuple[OrganisationAnswer, ...]
    next: str | None


class ClientBody(Body):
    """A client to be made; its id becomes `<organisation>-<name>`."""

    name: Slug = Field(examples=["line"])
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role))]


class RotationBody(Body):
    """How to change a secret."""

    overlap_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the secret so far stays valid.",
        ),
    ] = _DAY_SECONDS


class SecretAnswer(AnswerModel):
    """One secret of a client, without the secret."""

    client_id: str = Field(description="Presented with the secret at the token endpoint.")
    created: InstantField
    expires: InstantField | None


class ClientAnswer(AnswerModel):
    """A client."""

    id: str
    organisation: str
    roles: tuple[Role, ...]
    created: InstantField
    revoked: InstantField | None
    secrets: tuple[SecretAnswer, ...]

    @classmethod
    def of(cls, client: Client) -> Self:
        """Return a client as it is answered."""
        return cls.model_validate(_client(client))


class AdmittedAnswer(ClientAnswer):
    """A client with its new secret, which is shown this once."""

    client_id: str = Field(description="What to present at the token endpoint.")
    client_secret: str

    @classmethod
    def shown(cls, client: Client, credential: str, secret: str) -> Self:
        """Return a client together with its secret."""
        fields = {**_client(client), "client_id": credential, "client_secret": secret}
        return cls.model_validate(fields)


class ClientsAnswer(AnswerModel):
    """A page of clients."""

    clients: tuple[ClientAnswer, ...]
    next: str | None


class MeAnswer(AnswerModel):
    """Who asks."""

    organisation: str
    gln: GlnField
    client_id: str
    roles: tuple[Role, ...]
    operator: bool


class TokenAnswer(BaseModel):
    """An access token, in the words of RFC 6749, section 5.1."""

    model_config = ConfigDict(defer_build=True)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the standard's word, no secret
    expires_in: int = LIFETIME_SECONDS
    scope: str


class OAuthRefusal(BaseModel):
    """Why there is no token, in the words of RFC 6749, section 5.2."""

    model_config = ConfigDict(defer_build=True)

    error: str
    error_description: str


class KeysAnswer(BaseModel):
    """The issuer's public keys (RFC 7517)."""

    model_config = ConfigDict(defer_build=True)

    keys: tuple[dict[str, str], ...]


def _client(client: Client) -> dict[str, object]:
    return {
        "id": client.id,
        "organisation": client.organisation,
        "roles": sorted(client.roles),
        "created": client.created,
        "revoked": client.revoked,
        "secrets": [
            {"client_id": held.id, "created": held.created, "expires": held.expires}
            for held in client.credentials
        ],
    }
