from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.directory.model import (
    Client,
    Credential,
    Organisation,
    Party,
    client_id,
    may_manage,
    no_organisation,
)
from chalicelib.errors import Malformed, NotFound
from tests.directory.web import ACME, gln

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = Credential("acme-line", "op-1", AT)
SECOND = Credential("acme-line", "op-2", AT + DAY)
CLIENT = Client("acme-line", "acme", frozenset({Role.LINE}), (FIRST,), AT)


@pytest.mark.parametrize("slug", ["ab", "acme", "a1", "acme-pharma-2", "a" * 40])
def test_an_organisation_is_named_by_a_slug(slug: str) -> None:
    assert Organisation(slug, gln(1), "Acme").id == slug


@pytest.mark.parametrize(
    "slug", ["", "a", "1a", "-ab", "ab-", "a--b", "Acme", "a_b", "a.b", "a" * 41, "acme\n", "äb"]
)
def test_anything_else_is_refused(slug: str) -> None:
    with pytest.raises(Malformed, match="expected 2 to 40 small letters") as refusal:
        Organisation(slug, gln(1), "Acme")

    assert [(e.pointer, e.code) for e in refusal.value.errors] == [("/id", "slug")]


def test_a_client_is_named_after_its_organisation() -> None:
    assert client_id("acme", "line") == "acme-line"
    assert client_id("acme", "x") == "acme-x"
    with pytest.raises(Malformed, match="'line 1'"):
        client_id("acme", "line 1")


def test_a_secret_is_valid_until_it_expires() -> None:
    ending = FIRST.ending(AT + DAY)

    assert FIRST.valid(AT + 1000 * DAY)
    assert ending.valid(AT + DAY - timedelta(milliseconds=1))
    assert not ending.valid(AT + DAY)


def test_an_end_that_is_settled_is_never_put_off() -> None:
    assert FIRST.ending(AT + DAY).ending(AT + 2 * DAY) == FIRST.ending(AT + DAY)


def test_a_rotated_client_has_the_old_secret_for_the_overlap() -> None:
    rotated = CLIENT.rotated(SECOND, overlap=DAY, at=AT)

    assert rotated.credentials == (replace(FIRST, expires=AT + DAY), SECOND)


def test_without_overlap_the_old_secret_ends_at_once() -> None:
    assert CLIENT.rotated(SECOND, overlap=timedelta(), at=AT).credentials == (SECOND,)


def test_there_are_never_more_than_two_valid_secrets() -> None:
    third = Credential("acme-line", "op-3", AT)
    rotated = CLIENT.rotated(SECOND, overlap=DAY, at=AT).rotated(third, overlap=DAY, at=AT)

    assert [held.operation for held in rotated.credentials] == ["op-2", "op-3"]


def test_a_client_admits_its_valid_credentials_only() -> None:
    rotated = CLIENT.rotated(replace(SECOND, id="other"), overlap=DAY, at=AT)

    assert rotated.admits("acme-line", AT)
    assert rotated.admits("other", AT + 2 * DAY)
    assert not rotated.admits("acme-line", AT + DAY)
    assert not rotated.admits("foreign", AT)
    assert not replace(rotated, revoked=AT).admits("other", AT)


def test_the_network_knows_its_members_as_parties() -> None:
    assert Party.of(ACME) == Party(ACME.gln, "Acme Pharma", ("manufacturer",), member=True)


def test_an_admin_manages_the_own_organisation_and_the_operator_all() -> None:
    admin = Actor("meddist", gln(2), "meddist-admin", frozenset({Role.ADMIN}))

    may_manage(admin, "meddist")
    may_manage(replace(admin, operator=True), "acme")
    with pytest.raises(NotFound) as refusal:
        may_manage(admin, "acme")
    assert refusal.value.detail == no_organisation("acme").detail
