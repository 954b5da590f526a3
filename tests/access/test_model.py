import pytest

from chalicelib.access.model import ROLES, SCOPES, Actor, Role, Scope
from chalicelib.gs1.keys import Gln


def an_actor(*roles: Role, operator: bool = False) -> Actor:
    return Actor("acme", Gln("9521000000018"), "acme-line", frozenset(roles), operator)


def test_every_scope_is_somebodys():
    assert set(ROLES) == set(Scope)
    assert all(ROLES.values())


@pytest.mark.parametrize("role", Role)
def test_the_table_reads_the_same_by_role_and_by_scope(role):
    assert {scope for scope in Scope if role in ROLES[scope]} == SCOPES[role]


def test_several_roles_open_the_doors_of_each():
    actor = an_actor(Role.LINE, Role.QUALITY)

    assert actor.may(Scope.COMMISSION)
    assert actor.may(Scope.WRITE_RECALLS)
    assert not actor.may(Scope.SHIP)


def test_no_role_opens_no_door():
    assert not any(an_actor().may(scope) for scope in Scope)


def test_only_the_operators_admin_runs_the_network():
    assert an_actor(Role.ADMIN, operator=True).may(Scope.NETWORK)
    assert not an_actor(Role.ADMIN).may(Scope.NETWORK)
    assert not an_actor(Role.QUALITY, operator=True).may(Scope.NETWORK)


def test_an_auditor_changes_nothing():
    changes = {scope for scope in Scope if not scope.value.endswith(".read")}

    assert SCOPES[Role.AUDITOR] & changes == {Scope.VERIFY, Scope.ME}


def test_only_a_line_commissions_and_only_quality_recalls():
    assert ROLES[Scope.COMMISSION] == {Role.LINE}
    assert ROLES[Scope.WRITE_RECALLS] == {Role.QUALITY}


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        ROLES[Scope.SHIP] = frozenset(Role)  # type: ignore[index]
