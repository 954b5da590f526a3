from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from chalicelib.access.model import Actor, Role
from chalicelib.directory.model import Client, Credential, Organisation, Party, Place, Product
from chalicelib.directory.wire import (
    AdmittedAnswer,
    ClientAnswer,
    ClientBody,
    OrganisationBody,
    PartyAnswer,
    PartyBody,
    PlaceAnswer,
    PlaceBody,
    ProductAnswer,
    ProductBody,
    RotationBody,
    TokenAnswer,
)
from chalicelib.gs1.keys import Sgln
from tests.directory.test_model import AT, CLIENT, SECOND
from tests.directory.web import ACME, gln, gtin

OWNER = Actor("acme", gln(1), "acme-admin", frozenset({Role.ADMIN}))
STRANGER = replace(OWNER, organisation="meddist", gln=gln(2))


def refused(model: type, body: str) -> str:
    """Return where the model finds the fault."""
    with pytest.raises(ValidationError) as refusal:
        model.model_validate_json(body, strict=True)  # type: ignore[attr-defined]
    return ".".join(map(str, refusal.value.errors()[0]["loc"]))


def test_who_describes_a_product_owns_it() -> None:
    body = ProductBody.model_validate_json('{"name": "P", "serialFormat": "numeric:16"}')

    wanted = Product(gtin(1), "acme", gln(1), "P", None, "numeric:16")
    assert body.product(gtin(1), OWNER) == wanted


def test_the_serial_format_is_told_to_the_owner_alone() -> None:
    product = Product(gtin(1), "acme", gln(1), "P", None, "numeric:16")

    assert ProductAnswer.of(product, OWNER).serial_format == "numeric:16"
    assert ProductAnswer.of(product, STRANGER).serial_format is None
    assert ProductAnswer.of(product, STRANGER).owner == gln(1)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{}", "name"),
        ('{"name": ""}', "name"),
        ('{"name": null}', "name"),
        ('{"name": 1}', "name"),
        ('{"name": "P", "serialFormat": ""}', "serialFormat"),
        ('{"name": "P", "serialFormat": "numeric"}', "serialFormat"),
        ('{"name": "P", "serialFormat": "numeric:123"}', "serialFormat"),
        ('{"name": "P", "serialFormat": {"length": 12}}', "serialFormat"),
        ('{"name": "P", "gtin": "1"}', "gtin"),
    ],
)
def test_a_faulty_product_is_refused_where_the_fault_is(body: str, place: str) -> None:
    assert refused(ProductBody, body) == place


def test_a_party_comes_back_as_it_was_given() -> None:
    body = PartyBody.model_validate_json(
        '{"name": "C", "roles": ["pharmacy", "3pl"], "email": "a@b.example"}'.replace("3", "x3"),
        strict=True,
    )

    party = body.party(gln(7))
    assert party == Party(gln(7), "C", ("pharmacy", "x3pl"), "a@b.example")
    assert PartyAnswer.of(party).model_dump(by_alias=True) == {
        "gln": str(gln(7)),
        "name": "C",
        "roles": ("pharmacy", "x3pl"),
        "email": "a@b.example",
        "member": False,
        "masterData": None,
    }


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"name": "C"}', "roles"),
        ('{"name": "C", "roles": []}', "roles"),
        ('{"name": "C", "roles": "pharmacy"}', "roles"),
        ('{"name": "C", "roles": ["Pharmacy"]}', "roles.0"),
        ('{"name": "C", "roles": ["a", ""]}', "roles.1"),
        ('{"name": "C", "roles": ["pharmacy"], "email": "nobody"}', "email"),
        ('{"name": "C", "roles": ["pharmacy"], "email": "a@b"}', "email"),
        ('{"name": "C", "roles": ["pharmacy"], "email": "a@b.example\\r\\nBcc:x"}', "email"),
    ],
)
def test_a_faulty_party_is_refused_where_the_fault_is(body: str, place: str) -> None:
    assert refused(PartyBody, body) == place


def test_a_place_is_answered_as_digital_link_and_in_parts() -> None:
    body = PlaceBody.model_validate_json(f'{{"name": "Shelf", "parent": "{gln(1)}"}}')

    place = body.place(Sgln(gln(1), "A/1"))
    assert place == Place(Sgln(gln(1), "A/1"), "Shelf", None, Sgln(gln(1)))
    assert PlaceAnswer.of(place).model_dump(by_alias=True) == {
        "id": f"https://id.gs1.org/414/{gln(1)}/254/A%2F1",
        "gln": str(gln(1)),
        "extension": "A/1",
        "name": "Shelf",
        "kind": None,
        "parent": f"https://id.gs1.org/414/{gln(1)}",
        "masterData": None,
    }


def test_an_organisation_is_registered_without_running_the_network() -> None:
    body = OrganisationBody.model_validate_json(
        f'{{"id": "newpharm", "gln": "{gln(5)}", "name": "New"}}'
    )

    assert body.organisation() == Organisation("newpharm", gln(5), "New", ())


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"id": "A", "gln": "9521000000012", "name": "N"}', "id"),
        ('{"id": "a", "gln": "9521000000012", "name": "N"}', "id"),
        ('{"id": "a--b", "gln": "9521000000012", "name": "N"}', "id"),
        ('{"id": "ab", "gln": "1", "name": "N"}', "gln"),
        (f'{{"id": "ab", "gln": "{gln(1)}", "name": "N", "operator": true}}', "operator"),
    ],
)
def test_a_faulty_organisation_is_refused_where_the_fault_is(body: str, place: str) -> None:
    assert refused(OrganisationBody, body) == place


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"name": "line"}', "roles"),
        ('{"name": "line", "roles": []}', "roles"),
        ('{"name": "line", "roles": ["boss"]}', "roles.0"),
        ('{"name": "Line", "roles": ["line"]}', "name"),
        ('{"name": "line", "roles": ["line"], "secret": "x"}', "secret"),
    ],
)
def test_a_faulty_client_is_refused_where_the_fault_is(body: str, place: str) -> None:
    assert refused(ClientBody, body) == place


def test_an_overlap_is_a_day_unless_said_otherwise_and_a_week_at_most() -> None:
    assert RotationBody.model_validate_json("{}").overlap_seconds == 86_400
    assert refused(RotationBody, '{"overlapSeconds": 604801}') == "overlapSeconds"
    assert refused(RotationBody, '{"overlapSeconds": -1}') == "overlapSeconds"
    assert refused(RotationBody, '{"overlapSeconds": 1.5}') == "overlapSeconds"


def test_a_client_is_answered_without_digests() -> None:
    client: Client = CLIENT.rotated(
        replace(SECOND, digest="secret-digest"), overlap=timedelta(hours=1), at=AT
    )

    answered = ClientAnswer.of(client).model_dump_json(by_alias=True)
    assert "digest" not in answered
    assert '"clientId":"acme-line"' in answered
    assert '"expires":"2026-11-23T10:30:00.000Z"' in answered


def test_a_new_secret_is_shown_with_its_client() -> None:
    shown = AdmittedAnswer.shown(CLIENT, "credential", "secret").model_dump(by_alias=True)

    assert (shown["id"], shown["clientId"]) == ("acme-line", "credential")
    assert shown["clientSecret"] == "secret"


def test_a_token_is_answered_in_the_words_of_the_standard() -> None:
    assert TokenAnswer(access_token="t", scope="me").model_dump() == {
        "access_token": "t",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "me",
    }


def test_a_credential_has_no_secret_to_leak() -> None:
    assert "secret" not in set(Credential.__dataclass_fields__)
    assert ACME.operator
