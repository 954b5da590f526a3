"""Asking the routes of a capability as one of the organisations of the story."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch

from chalice.app import Chalice
from chalice.test import Client

from chalicelib.access.model import Actor, Role
from chalicelib.errors import Unauthenticated
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln
from chalicelib.http.routing import Routes


def gln(number: int) -> Gln:
    """Return the GLN of an organisation: 1 acme, 2 meddist, 3 citypharm, 4 ruralpharm, …."""
    digits = f"952{number:09}"
    return Gln(digits + check_digit(digits))


ORGANISATIONS = {"acme": 1, "meddist": 2, "citypharm": 3, "ruralpharm": 4, "stranger": 5}


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    body: Any
    headers: dict[str, str]


class Http:
    """The routes, asked by `<organisation>-<role>`."""

    def __init__(self, *blueprints: Routes) -> None:
        app = Chalice("test", configure_logs=False)
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
        self._client = Client(app)
        self._keys = iter(range(1_000_000))

    def ask(
        self, who: str, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Reply:
        """Ask as a client; every request has a key of its own unless one is given."""
        headers = {"Authorization": f"Bearer {who}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"key-{next(self._keys)}"
        raw = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        with patch("chalicelib.http.authentication._installed", [_actor]):
            response = self._client.http.request(method, path, headers=headers, body=raw)
        text = response.body.decode()
        found = {str(k): str(v) for k, v in response.headers.items()}
        return Reply(response.status_code, json.loads(text) if text else None, found)


def actors(names: Iterable[str] = ORGANISATIONS) -> list[str]:
    """Return every client of the organisations."""
    return [f"{name}-{role}" for name in names for role in Role]


def _actor(token: str, _at: datetime) -> Actor:
    organisation, _, role = token.partition("-")
    if organisation not in ORGANISATIONS:
        raise Unauthenticated("unknown")
    own = gln(ORGANISATIONS[organisation])
    return Actor(organisation, own, token, frozenset({Role(role)}))
