import json

import pytest

from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Organisation
from chalicelib.directory.store import Directory
from chalicelib.errors import AlreadyExists
from chalicelib.gs1.keys import Gln
from infra import found as founding
from infra.found import found, main

ACME = Organisation("acme", Gln("9521000000018"), "Acme Pharma", ("manufacturer",), operator=True)
ARGUMENTS = [
    *("--stack", "packtrail", "--organisation", "acme", "--name", "Acme Pharma"),
    *("--gln", "9521000000018", "--role", "manufacturer"),
]


@pytest.fixture
def pool(aws, environment):
    environment(PACKTRAIL_LOCAL="0")
    made = aws.client("cognito-idp").create_user_pool(PoolName="clients")
    return made["UserPool"]["Id"]


@pytest.fixture
def stack(pool, monkeypatch):
    """The outputs of a stack with that user pool."""
    outputs = {"UserPoolId": pool, "EndpointURL": "https://api", "TokenEndpoint": "https://tokens"}
    monkeypatch.setattr(founding, "_outputs", lambda stack: outputs)
    return outputs


def test_the_operator_runs_the_network(pool):
    found(ACME, pool)

    assert Directory().get("acme") == ACME


def test_its_admin_can_register_everybody_else(pool):
    admin = found(ACME, pool)

    assert admin.client.id == "acme-admin"
    assert admin.client.roles == {Role.ADMIN}
    assert ClientStore().of_credential(admin.credential) == admin.client


def test_founding_again_shows_the_same_secret(pool):
    first, again = found(ACME, pool), found(ACME, pool)

    assert (again.credential, again.secret) == (first.credential, first.secret)


def test_a_gln_belongs_to_one_organisation(pool):
    found(ACME, pool)

    with pytest.raises(AlreadyExists):
        found(Organisation("other", ACME.gln, "Other", operator=True), pool)


def test_the_command_says_how_to_get_a_token(stack, capsys):
    assert main(ARGUMENTS) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["tokenEndpoint"] == stack["TokenEndpoint"]
    assert ClientStore().of_credential(told["clientId"]).id == "acme-admin"
    assert told["clientSecret"]


def test_a_wrong_gln_is_said(stack, capsys):
    assert main([*ARGUMENTS, "--gln", "9521000000011"]) == 1

    assert "check digit" in capsys.readouterr().err
    assert Directory().get("acme") is None
