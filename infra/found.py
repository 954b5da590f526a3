"""Found a network on AWS: its operator, and the client with which the operator does all the rest.

    python -m infra.found --stack packtrail --organisation acme --name "Acme Pharma" \
        --gln 9521000000018 [--role manufacturer ...]

Other organisations and their clients are registered through the API, which asks for an admin of the
operator; this makes the first one. It takes AWS credentials that may read the stack, write its
directory table and make app clients in its user pool. Run again it changes nothing and shows the
same secret.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from chalicelib.access.model import Role
from chalicelib.clock import now
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Organisation, Request
from chalicelib.directory.registrar import CognitoRegistrar
from chalicelib.directory.store import Directory
from chalicelib.directory.usecases import Admitted, add_client
from chalicelib.errors import PacktrailError
from chalicelib.gs1.keys import Gln


def main(arguments: Sequence[str] | None = None) -> int:
    """Found the network, print how to get a token, and return the exit status."""
    options = _options(arguments)
    stack = _outputs(options.stack)
    os.environ["PACKTRAIL_PREFIX"] = options.stack
    try:
        gln = Gln.parse(options.gln)
        operator = Organisation(
            options.organisation, gln, options.name, tuple(options.role), operator=True
        )
        admin = found(operator, stack["UserPoolId"])
    except PacktrailError as error:
        print(f"Not founded: {error.detail}", file=sys.stderr)
        return 1
    told = {
        "api": stack["EndpointURL"],
        "tokenEndpoint": stack["TokenEndpoint"],
        "clientId": admin.credential,
        "clientSecret": admin.secret,
    }
    print(json.dumps(told, indent=2))
    return 0


def found(operator: Organisation, user_pool: str) -> Admitted:
    """Register the operator and give it an admin client, as far as they are not there.

    Raises:
        AlreadyExists: its id or GLN is another organisation's.
    """
    directory = Directory()
    if directory.get(operator.id) != operator:
        directory.add(operator, _request("operator", operator))
    return add_client(
        operator.id,
        "admin",
        [Role.ADMIN],
        _request("admin", operator),
        directory=directory,
        clients=ClientStore(),
        registrar=CognitoRegistrar(user_pool),
    )


def _request(step: str, operator: Organisation) -> Request:
    return Request(f"found-{operator.id}-{step}", f"found {operator.id}", now())


def _outputs(stack: str) -> Mapping[str, Any]:
    (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.found", description="Found a network.")
    parser.add_argument("--stack", required=True, help="name of the CloudFormation stack")
    parser.add_argument("--organisation", required=True, help="slug of the operator: acme")
    parser.add_argument("--name", required=True, help="its name, for people")
    parser.add_argument("--gln", required=True, help="its global location number")
    parser.add_argument("--role", action="append", default=[], help="what it is: manufacturer, ...")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
