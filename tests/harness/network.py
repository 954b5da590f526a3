"""The network of the story on the emulated account, spoken to as its clients do.

Requests go through the app's handler as API Gateway would call it: real tokens, real routes, real
conditions, without a socket and without Chalice's local server.

    with opened() as network:                       # or the fixture `network`
        network.post("acme-line", "/v1/commissioning", {...})
"""

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, unquote

from chalicelib.errors import Busy, Raced
from tests.harness.aws import Aws, emulated, forget

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = "local"
TOKEN_LIFE = timedelta(minutes=50)
ORGANISATIONS = {
    "acme": ("9521000000018", "Acme Pharma", ("manufacturer",), True),
    "meddist": ("9522000000015", "MedDist", ("distributor",), False),
    "citypharm": ("9523000000012", "City Pharmacy", ("pharmacy",), False),
    "ruralpharm": ("9524000000019", "Rural Pharmacy", ("pharmacy",), False),
}
"""By name: GLN, full name, roles, whether it runs the network."""

GTIN = "09521000000018"
LOT = "L1"
EXPIRY = "2028-12-31"


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        """Return a member of the body."""
        return self.body[name]


class Refused(AssertionError):
    """A request that should have gone through was refused."""


class Network:
    """Four organisations, one product and one lot; every client's requests."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.now = AT
        self.pace = timedelta()
        """How far the clock goes on before each request that changes something."""
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._keys = itertools.count()
        self._ssccs = itertools.count(1)

    @contextmanager
    def open(self) -> Iterator["Network"]:
        """Let the app's clock stand at `now` inside the block."""
        with patch("chalicelib.clock.now", lambda: self.now):
            yield self

    def found(self) -> None:
        """Make the organisations, their clients, addresses, the product and the lot."""
        from chalicelib.access.model import Role
        from chalicelib.directory.clients import ClientStore
        from chalicelib.directory.model import Organisation
        from chalicelib.directory.store import Directory
        from chalicelib.directory.usecases import seed
        from chalicelib.gs1.keys import Gln

        for name, (gln, full, roles, operator) in ORGANISATIONS.items():
            seed(
                Organisation(name, Gln(gln), full, roles, operator),
                {role.value: [role] for role in Role},
                secret=SECRET,
                at=self.now,
                directory=Directory(),
                clients=ClientStore(),
            )
        self.product(GTIN)
        self.lot(GTIN, LOT)

    def product(self, gtin: str, **more: Any) -> None:
        """Register a product of acme."""
        self.put("acme-admin", f"/v1/products/{gtin}", {"name": "Aspirin 500 mg"} | more)

    def lot(self, gtin: str, lot: str, expiry: str = EXPIRY) -> None:
        """Set a lot of acme."""
        self.put("acme-quality", f"/v1/lots/{gtin}/{lot}", {"expiry": expiry})

    # --- what several tests do

    def serials(self, count: int, gtin: str = GTIN, line: str = "line-1") -> list[str]:
        """Have a block of serial numbers issued to acme's line; return them all."""
        body = {"gtin": gtin, "count": count, "line": line}
        block = self.post("acme-line", "/v1/serials/blocks", body)["id"]
        found: list[str] = []
        while len(found) < count:
            path = f"/v1/serials/blocks/{block}/numbers?offset={len(found)}&limit=10000"
            found += self.get("acme-line", path)["numbers"]
        return found

    def commissioned(self, count: int, lot: str = LOT, gtin: str = GTIN) -> list[str]:
        """Issue and commission units; return their Digital Links."""
        serials = self.serials(count, gtin)
        for start in range(0, count, 1000):
            part = serials[start : start + 1000]
            body = {"gtin": gtin, "lot": lot, "serials": part}
            self.post("acme-line", "/v1/commissioning", body)
        return [link(gtin, serial) for serial in serials]

    def packed(self, children: list[str], who: str = "acme-line") -> str:
        """Pack things into a new container; return its Digital Link."""
        parent = self.sscc()
        self.post(who, "/v1/packing", {"parent": parent, "children": children})
        return parent

    def shipped(self, epcs: list[str], sender: str, to: str) -> Reply:
        """Ship from one organisation to another."""
        body = {"epcs": epcs, "to": gln(to)}
        return self.post(f"{sender}-warehouse", "/v1/shipping", body)

    def received(self, epcs: list[str], by: str) -> Reply:
        """Receive at an organisation."""
        return self.post(f"{by}-warehouse", "/v1/receiving", {"epcs": epcs})

    def delivered(self, epcs: list[str], sender: str, to: str) -> None:
        """Ship, and receive at the other end."""
        self.shipped(epcs, sender, to)
        self.received(epcs, to)

    def sscc(self) -> str:
        """Return the Digital Link of an SSCC that nobody has used."""
        from chalicelib.gs1.checkdigit import check_digit

        digits = f"19521000{next(self._ssccs):09}"
        return f"https://id.gs1.org/00/{digits}{check_digit(digits)}"

    # --- requests

    def get(self, who: str, path: str) -> Reply:
        """Ask and expect an answer."""
        return self._expected(who, "GET", path)

    def put(self, who: str, path: str, body: Any) -> Reply:
        """Put and expect that it is kept."""
        return self._expected(who, "PUT", path, body)

    def post(self, who: str, path: str, body: Any, *, key: str | None = None) -> Reply:
        """Post and expect that it is done."""
        return self._expected(who, "POST", path, body, key=key)

    def _expected(self, who: str, method: str, path: str, *more: Any, **named: Any) -> Reply:
        reply = self.ask(who, method, path, *more, **named)
        if reply.status >= 300:
            raise Refused(f"{who} {method} {path}: {reply}")
        return reply

    def ask(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Make one request, whatever is answered; a POST has a key of its own unless given."""
        self.now += self.pace if method != "GET" else timedelta()
        given = {"Authorization": f"Bearer {self._token(who)}", "Content-Type": "application/json"}
        if method == "POST":
            given["Idempotency-Key"] = key or f"key-{next(self._keys)}"
        raw = body if isinstance(body, str) or body is None else json.dumps(body)
        return self.send(method, path, given | dict(headers or {}), raw)

    def send(self, method: str, path: str, headers: Mapping[str, str], raw: str | None) -> Reply:
        """Hand a request to the app as API Gateway does."""
        answer = self._app(self._event(method, path, headers, raw), None)
        body = answer["body"]
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        kind = answer["headers"].get("Content-Type", "")
        return Reply(
            answer["statusCode"],
            json.loads(body) if body and "json" in kind and "ndjson" not in kind else body,
            answer["headers"],
        )

    def same(
        self,
        who: str,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        key: str = "the-same-key",
    ) -> Callable[[], Reply]:
        """Return a request that a client may repeat word for word.

        Called, it returns the answer, and raises `Busy` or `Raced` for the refusals that mean
        "repeat". Other refusals come back as replies.
        """
        self._token(who)  # beforehand: it is no part of the request

        def act() -> Reply:
            reply = self.ask(who, method, path, body, key=key)
            if reply.status == 503:
                raise Busy(str(reply))
            if reply.status == 409 and reply["code"] == "raced":
                raise Raced(str(reply))
            return reply

        return act

    @cached_property
    def _app(self) -> Any:
        import app

        return app.app

    @cached_property
    def _resources(self) -> list[tuple[re.Pattern[str], str]]:
        # Fixed words before parameters, as API Gateway prefers them.
        patterns = sorted(self._app.routes, key=lambda pattern: pattern.count("{"))
        return [
            (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(each))), each)
            for each in patterns
        ]

    def _event(
        self, method: str, path: str, headers: Mapping[str, str], raw: str | None
    ) -> dict[str, Any]:
        bare, _, query = path.partition("?")
        resource, match = self._resource(bare)
        several: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            several.setdefault(name, []).append(value)
        return {
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": f"/api{bare}",
                "requestId": "request-1",
                "stage": "api",
                "identity": {"sourceIp": "192.0.2.1"},
            },
            "headers": dict(headers),
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            # API Gateway decodes nothing here.
            "pathParameters": match.groupdict() or None,
            "multiValueQueryStringParameters": several or None,
            "stageVariables": None,
            "body": raw,
            "isBase64Encoded": False,
        }

    def resource(self, path: str) -> str:
        """Return the route that answers a path, as the app declares it."""
        return self._resource(path)[0]

    def _resource(self, path: str) -> tuple[str, re.Match[str]]:
        for pattern, resource in self._resources:
            if match := pattern.fullmatch(path):
                return resource, match
        raise LookupError(f"the app has no route for {path}")

    def _token(self, who: str) -> str:
        token, issued = self._tokens.get(who, ("", None))
        if issued is None or not issued <= self.now < issued + TOKEN_LIFE:
            basic = base64.b64encode(f"{who}:{SECRET}".encode()).decode()
            headers = {
                "Authorization": f"Basic {basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            }
            reply = self.send("POST", "/oauth/token", headers, "grant_type=client_credentials")
            assert reply.status == 200, reply
            token = reply["access_token"]
            self._tokens[who] = token, self.now
        return token


def gln(organisation: str) -> str:
    """Return the GLN of one of the organisations."""
    return ORGANISATIONS[organisation][0]


def link(gtin: str, serial: str) -> str:
    """Return the Digital Link of a unit; our own serials need no escaping."""
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


def serial_of(epc: str) -> str:
    """Return the serial number in a Digital Link."""
    return unquote(epc.rpartition("/")[2])


@contextmanager
def opened() -> Iterator[Network]:
    """Start an emulated account with the network in it, outside of pytest."""
    import os
    import tempfile
    from pathlib import Path

    from tests.harness.aws import environment

    with tempfile.TemporaryDirectory(prefix="packtrail-") as scratch:
        with patch.dict(os.environ, environment(Path(scratch))), emulated() as aws:
            forget()
            with Network(aws).open() as network:
                network.found()
                yield network
        forget()
