"""The example organisations, and asking the routes as one of their clients with a real token."""

import json
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from chalice.app import Chalice
from chalice.test import Client

from chalicelib.access.model import Role
from chalicelib.directory.authentication import authenticate
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Organisation
from chalicelib.directory.routes import routes as directory
from chalicelib.directory.store import Directory
from chalicelib.directory.usecases import seed
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.http.routing import Routes, install

FORM = "application/x-www-form-urlencoded"


def gln(number: int) -> Gln:
    """Return the GLN of the organisation with that number; 5 and more are nobody's."""
    payload = f"952{number}00000001"
    return Gln(payload + check_digit(payload))


def gtin(number: int) -> Gtin:
    """Return a GTIN."""
    payload = f"0952{number:09}"
    return Gtin(payload + check_digit(payload))


ACME = Organisation("acme", gln(1), "Acme Pharma", ("manufacturer",), operator=True)
MEDDIST = Organisation("meddist", gln(2), "MedDist", ("distributor",))
CITYPHARM = Organisation("citypharm", gln(3), "City Pharmacy", ("pharmacy",))
MEMBERS = (ACME, MEDDIST, CITYPHARM)
ROLES = {role.value: (role,) for role in Role}


def seed_members(at: datetime) -> None:
    """Register the example organisations, each with a client for every role."""
    for member in MEMBERS:
        seed(member, ROLES, secret="local", at=at, directory=Directory(), clients=ClientStore())


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.body["code"])

    def without(self, *names: str) -> Any:
        """Return the body without some of its members."""
        return {name: value for name, value in self.body.items() if name not in names}


@cache
def _app(*blueprints: Routes) -> Chalice:
    # Chalice takes the methods out of a blueprint as it registers it: a second app gets none.
    app = Chalice("test", configure_logs=False)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


class Web:
    """The routes, behind the real authentication.

    Attributes:
        now: what the clock says; `later` moves it.
    """

    def __init__(self, at: datetime, *blueprints: Routes) -> None:
        self.now = at
        install(authenticate)
        self._client = Client(_app(*(blueprints or (directory,))))
        self._tokens: dict[str, str] = {}
        self._keys = iter(range(1_000_000))

    def later(self, **elapsed: int) -> None:
        """Let time pass."""
        self.now += timedelta(**elapsed)

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Reply:
        """Ask as a client; every POST has a key of its own unless one is given."""
        headers = {"Authorization": f"Bearer {self.token(who)}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"key-{next(self._keys)}"
        if if_match is not None:
            headers["If-Match"] = if_match
        return self.send(method, path, body, headers)

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
        """Send a request as it is; a body of str goes as it is, any other as JSON."""
        raw = b""
        if isinstance(body, str):
            raw = body.encode()
        elif body is not None:
            headers = {"Content-Type": "application/json", **headers}
            raw = json.dumps(body).encode()
        response = self._client.http.request(method, path, headers=headers, body=raw)
        text = response.body.decode()
        found = {str(name): str(value) for name, value in response.headers.items()}
        return Reply(response.status_code, json.loads(text) if text else None, found)

    def grant(self, client: str, secret: str = "local", **more: str) -> Reply:
        """Ask for a token with Basic authentication."""
        pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
        headers = {"Authorization": f"Basic {b64encode(pair).decode()}", "Content-Type": FORM}
        body = urlencode({"grant_type": "client_credentials", **more})
        return self.send("POST", "/oauth/token", body, headers)

    def token(self, who: str) -> str:
        """Return an access token of a seeded client, asked for once."""
        if who not in self._tokens:
            self._tokens[who] = self.grant(who).body["access_token"]
        return self._tokens[who]

    def use(self, who: str, token: str) -> None:
        """Let a client ask with this token from now on."""
        self._tokens[who] = token


def member(number: int, identity: str) -> Organisation:
    """Return an organisation that is not seeded."""
    return replace(ACME, id=identity, gln=gln(number), operator=False)
