"""The doors of the directory: tokens, members and clients, products, parties and places."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.access.model import Scope
from chalicelib.directory import issuer, keeping, oauth, showing, usecases
from chalicelib.directory.book import PartyStore, PlaceStore
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Request, may_manage, no_organisation
from chalicelib.directory.oauth import OAuthError
from chalicelib.directory.registrar import registrar
from chalicelib.directory.store import Directory, ProductStore
from chalicelib.directory.told_store import ToldStore
from chalicelib.directory.wire import (
    AdmittedAnswer,
    ClientAnswer,
    ClientBody,
    ClientsAnswer,
    ExtensionField,
    KeysAnswer,
    MeAnswer,
    OAuthRefusal,
    OrganisationAnswer,
    OrganisationBody,
    OrganisationsAnswer,
    PartiesAnswer,
    PartyAnswer,
    PartyBody,
    PlaceAnswer,
    PlaceBody,
    PlacesAnswer,
    ProductAnswer,
    ProductBody,
    RotationBody,
    TokenAnswer,
)
from chalicelib.errors import Malformed, NotFound
from chalicelib.gs1.keys import Sgln
from chalicelib.http.fields import GlnField, GtinField
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes

routes = Routes(__name__)

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


_formats: list[Callable[[str], object]] = []


def install_formats(parse: Callable[[str], object]) -> None:
    """Set what reads a format of serials; it raises `Malformed` for what is none.

    Formats belong to the serial package, which stands above this one.
    """
    _formats[:] = [parse]


@routes.post("/oauth/token", scope=None, accepts=(_FORM, _JSON), answer=TokenAnswer)
def token(call: Call) -> TokenAnswer | Answer:
    """Give a client an access token for its credentials (RFC 6749, 4.4); local issuer only."""
    issuer.local_only()
    try:
        parameters = oauth.parameters_of(call.raw, call.headers.get("content-type", _FORM))
        grant = oauth.understood(parameters, call.headers.get("authorization"))
        actor = issuer.admitted(
            grant.credentials, call.at, clients=ClientStore(), directory=Directory()
        )
        scope = issuer.granted(actor, grant.scopes)
    except OAuthError as error:
        return _refused(error)
    signed = issuer.token(actor, scope, at=call.at, identity=str(call.operation))
    return TokenAnswer(access_token=signed, scope=scope)


@routes.get("/.well-known/jwks.json", scope=None, answer=KeysAnswer)
def issuer_keys(call: Call) -> dict[str, list[dict[str, str]]]:
    """Return the public keys of the local issuer (RFC 7517)."""
    issuer.local_only()
    return issuer.jwks()


@routes.get("/v1/me", scope=Scope.ME, answer=MeAnswer)
def me(call: Call) -> MeAnswer:
    """Say who asks."""
    actor = call.actor
    return MeAnswer(
        organisation=actor.organisation,
        gln=actor.gln,
        client_id=actor.client_id,
        roles=tuple(sorted(actor.roles)),
        operator=actor.operator,
    )


@routes.put(
    "/v1/products/{gtin}", scope=Scope.WRITE_PRODUCTS, body=ProductBody, answer=ProductAnswer
)
def put_product(call: Call[ProductBody], gtin: GtinField) -> Answer:
    """Register a product, or describe it anew; who registers a GTIN first owns it."""
    _check_format(call.body.serial_format)
    wanted = call.body.product(gtin, call.actor)
    kept = keeping.keep_product(wanted, call.expected_version, products=ProductStore())
    body = ProductAnswer.of(kept.value, call.actor, _told(call).one(gtin))
    return Answer(body, status=_status(created=kept.created), version=kept.value.version)


@routes.get("/v1/products/{gtin}", scope=Scope.READ_DIRECTORY, answer=ProductAnswer)
def product(call: Call, gtin: GtinField) -> Answer:
    """Describe a product: as it is registered, to every member, and as documents told of it."""
    found, told = ProductStore().get(gtin), _told(call).one(gtin)
    if found:
        return Answer(ProductAnswer.of(found, call.actor, told), version=found.version)
    if told is None:
        raise NotFound(f"There is no product {gtin} here.")
    return Answer(ProductAnswer.unregistered(gtin, told), version=0)


@routes.put("/v1/parties/{gln}", scope=Scope.WRITE_PARTIES, body=PartyBody, answer=PartyAnswer)
def put_party(call: Call[PartyBody], gln: GlnField) -> Answer:
    """Enter a trading partner into the organisation's address book, or describe it anew."""
    parties = PartyStore(call.actor.organisation)
    kept = keeping.keep_party(call.body.party(gln), call.expected_version, parties=parties)
    body = PartyAnswer.of(kept.value, _told(call).one(gln))
    return Answer(body, status=_status(created=kept.created), version=kept.value.version)


@routes.get("/v1/parties/{gln}", scope=Scope.READ_DIRECTORY, answer=PartyAnswer)
def party(call: Call, gln: GlnField) -> Answer:
    """Describe a trading partner: the own entry, or else a member, or else as documents told."""
    found = showing.party(gln, parties=PartyStore(call.actor.organisation), told=_told(call))
    if found is None:
        raise NotFound(f"There is no party {gln} here.")
    return Answer(PartyAnswer.of(found.value, found.told), version=found.value.version)


@routes.get("/v1/parties", scope=Scope.READ_DIRECTORY, query=PageQuery, answer=PartiesAnswer)
def parties(call: Call[None, PageQuery]) -> Answer:
    """List trading partners: the own entries, the other members, then those documents told of."""
    found, last = showing.party_list(
        after(call),
        call.query.limit,
        parties=PartyStore(call.actor.organisation),
        directory=Directory(),
        told=_told(call),
    )
    cursor = _cursor(call, last)
    parties = tuple(PartyAnswer.of(each.value, each.told) for each in found)
    page = PartiesAnswer(parties=parties, next=cursor)
    return Answer(page, headers=next_link(call, cursor))


@routes.put("/v1/places/{gln}", scope=Scope.WRITE_PLACES, body=PlaceBody, answer=PlaceAnswer)
def put_place(call: Call[PlaceBody], gln: GlnField) -> Answer:
    """Enter a place of the organisation, or describe it anew."""
    return _put_place(call, Sgln(gln))


@routes.put(
    "/v1/places/{gln}/{extension}", scope=Scope.WRITE_PLACES, body=PlaceBody, answer=PlaceAnswer
)
def put_place_part(call: Call[PlaceBody], gln: GlnField, extension: ExtensionField) -> Answer:
    """Enter a part of a place, such as a zone or a shelf, or describe it anew."""
    return _put_place(call, Sgln(gln, extension))


@routes.get("/v1/places/{gln}", scope=Scope.READ_DIRECTORY, answer=PlaceAnswer)
def place(call: Call, gln: GlnField) -> Answer:
    """Describe a place of the organisation."""
    return _place(call, Sgln(gln))


@routes.get("/v1/places/{gln}/{extension}", scope=Scope.READ_DIRECTORY, answer=PlaceAnswer)
def place_part(call: Call, gln: GlnField, extension: ExtensionField) -> Answer:
    """Describe a part of a place of the organisation."""
    return _place(call, Sgln(gln, extension))


@routes.get("/v1/places", scope=Scope.READ_DIRECTORY, query=PageQuery, answer=PlacesAnswer)
def places(call: Call[None, PageQuery]) -> Answer:
    """List the places of the organisation, then those documents told it of."""
    found, last = showing.place_list(
        after(call),
        call.query.limit,
        places=PlaceStore(call.actor.organisation),
        told=_told(call),
    )
    cursor = _cursor(call, last)
    places = tuple(PlaceAnswer.of(each.value, each.told) for each in found)
    page = PlacesAnswer(places=places, next=cursor)
    return Answer(page, headers=next_link(call, cursor))


@routes.post(
    "/v1/organisations",
    scope=Scope.NETWORK,
    body=OrganisationBody,
    answer=OrganisationAnswer,
    status=201,
)
def register_organisation(call: Call[OrganisationBody]) -> Answer:
    """Make an organisation a member of the network; for its operator."""
    registered = usecases.register(call.body.organisation(), _request(call), directory=Directory())
    body = OrganisationAnswer.of(registered.organisation)
    return Answer(body, replayed=registered.replayed)


@routes.get("/v1/organisations", scope=Scope.NETWORK, query=PageQuery, answer=OrganisationsAnswer)
def organisations(call: Call[None, PageQuery]) -> Answer:
    """List the members of the network; for its operator."""
    found, last = Directory().page(after=after(call), limit=call.query.limit)
    cursor = _cursor(call, last)
    members = tuple(map(OrganisationAnswer.of, found))
    page = OrganisationsAnswer(organisations=members, next=cursor)
    return Answer(page, headers=next_link(call, cursor))


@routes.get("/v1/organisations/{organisation}", scope=Scope.CLIENTS, answer=OrganisationAnswer)
def organisation(call: Call, organisation: str) -> OrganisationAnswer:
    """Describe an organisation, to itself and to the network's operator."""
    may_manage(call.actor, organisation)
    found = Directory().get(organisation)
    if found is None:
        raise no_organisation(organisation)
    return OrganisationAnswer.of(found)


@routes.post(
    "/v1/organisations/{organisation}/clients",
    scope=Scope.CLIENTS,
    body=ClientBody,
    answer=AdmittedAnswer,
    status=201,
)
def add_client(call: Call[ClientBody], organisation: str) -> Answer:
    """Give an organisation a client. Its secret is shown this once."""
    may_manage(call.actor, organisation)
    admitted = usecases.add_client(
        organisation,
        call.body.name,
        call.body.roles,
        _request(call),
        directory=Directory(),
        clients=ClientStore(),
        registrar=registrar(),
    )
    body = AdmittedAnswer.shown(admitted.client, admitted.credential, admitted.secret)
    return Answer(body, replayed=admitted.replayed)


@routes.get(
    "/v1/organisations/{organisation}/clients",
    scope=Scope.CLIENTS,
    query=PageQuery,
    answer=ClientsAnswer,
)
def clients(call: Call[None, PageQuery], organisation: str) -> Answer:
    """List the clients of an organisation, revoked ones too."""
    may_manage(call.actor, organisation)
    if Directory().get(organisation) is None:
        raise no_organisation(organisation)
    found, last = ClientStore().page(organisation, after=after(call), limit=call.query.limit)
    cursor = _cursor(call, last)
    page = ClientsAnswer(clients=tuple(map(ClientAnswer.of, found)), next=cursor)
    return Answer(page, headers=next_link(call, cursor))


@routes.post(
    "/v1/organisations/{organisation}/clients/{client}/secrets",
    scope=Scope.CLIENTS,
    body=RotationBody,
    answer=AdmittedAnswer,
    status=201,
)
def rotate_secret(call: Call[RotationBody], organisation: str, client: str) -> Answer:
    """Give a client a new secret, shown this once; the old one stays valid for the overlap."""
    may_manage(call.actor, organisation)
    admitted = usecases.rotate_secret(
        organisation,
        client,
        timedelta(seconds=call.body.overlap_seconds),
        _request(call),
        clients=ClientStore(),
        registrar=registrar(),
    )
    body = AdmittedAnswer.shown(admitted.client, admitted.credential, admitted.secret)
    return Answer(body, replayed=admitted.replayed)


@routes.delete("/v1/organisations/{organisation}/clients/{client}", scope=Scope.CLIENTS)
def revoke_client(call: Call, organisation: str, client: str) -> None:
    """Take all access from a client: no new token from now on, those out end within a minute."""
    may_manage(call.actor, organisation)
    usecases.revoke_client(
        organisation, client, call.at, clients=ClientStore(), registrar=registrar()
    )


def _check_format(text: str | None) -> None:
    for parse in _formats if text else ():
        try:
            parse(str(text))
        except Malformed as error:
            code = error.errors[0].code if error.errors else error.code
            raise Malformed.field("/serialFormat", code, error.detail) from error


def _refused(error: OAuthError) -> Answer:
    headers = {"WWW-Authenticate": 'Basic realm="packtrail"'} if error.status == 401 else {}
    body = OAuthRefusal(error=error.error, error_description=error.description)
    return Answer(body, status=error.status, headers=headers)


def _put_place(call: Call[PlaceBody], sgln: Sgln) -> Answer:
    store = PlaceStore(call.actor.organisation)
    kept = keeping.keep_place(call.body.place(sgln), call.expected_version, places=store)
    body = PlaceAnswer.of(kept.value, _told(call).one(sgln))
    return Answer(body, status=_status(created=kept.created), version=kept.value.version)


def _place(call: Call, sgln: Sgln) -> Answer:
    found = showing.place(sgln, places=PlaceStore(call.actor.organisation), told=_told(call))
    if found is None:
        raise NotFound(f"There is no place {sgln} here.")
    return Answer(PlaceAnswer.of(found.value, found.told), version=found.value.version)


def _told(call: Call[Any, Any]) -> ToldStore:
    return ToldStore(call.actor.organisation)


def _request(call: Call) -> Request:
    return Request(str(call.operation), call.fingerprint, call.at)


def _cursor(call: Call[None, PageQuery], last: str | None) -> str | None:
    return None if last is None else seal(call, last)


def _status(*, created: bool) -> int:
    return 201 if created else 200
