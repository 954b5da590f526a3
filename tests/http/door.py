"""A private app behind our door, asked as API Gateway asks: one proxy event per request."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from chalice.app import Blueprint, Chalice

from chalicelib.access.model import Actor, Role
from chalicelib.gs1.keys import Gln

ACME = Gln("9521000000018")


def actor(*roles: str, organisation: str = "acme", operator: bool = False) -> Actor:
    """An actor with these roles; a line's by default."""
    held = frozenset(Role(role) for role in roles or ("line",))
    return Actor(organisation, ACME, f"{organisation}-client", held, operator)


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def faults(self) -> dict[str, str]:
        """Code by pointer."""
        return {fault["pointer"]: fault["code"] for fault in self.json.get("errors", ())}


class Door:
    """The way in. The bearer token is `{organisation}.{role}` (see the `authenticated` fixture)."""

    def __init__(self, *blueprints: Blueprint) -> None:
        self.app = Chalice("private", configure_logs=False)
        for blueprint in blueprints:
            self.app.register_blueprint(blueprint)

    def ask(
        self,
        method: str,
        route: str,
        body: Any = None,
        *,
        path: dict[str, str] | None = None,
        query: dict[str, list[str]] | None = None,
        token: str | None = "acme.line",
        key: str | None = "key-1",
        raw: str | None = None,
        encoded: bytes | None = None,
        stage: str = "",
        **headers: str,
    ) -> Answered:
        """Send one request.

        Args:
            body: sent as JSON.
            raw: a body as text.
            encoded: a body in base64, as API Gateway sends binary media types.
            path: path parameters as API Gateway passes them: percent-encoded.
            headers: `content_type="text/plain"`.
        """
        sent = {"content-type": "application/json", "authorization": token and f"Bearer {token}"}
        sent |= {"idempotency-key": key}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        text = json.dumps(body) if body is not None else raw
        concrete = route
        for name, value in (path or {}).items():
            concrete = concrete.replace("{" + name + "}", value)
        event = {
            "requestContext": {
                "httpMethod": method,
                "resourcePath": route,
                "path": stage + concrete,
                "requestId": "request-1",
            },
            "headers": {name: value for name, value in sent.items() if value is not None},
            "pathParameters": path,
            "multiValueQueryStringParameters": query,
            "stageVariables": None,
            "body": base64.b64encode(encoded).decode() if encoded is not None else text,
            "isBase64Encoded": encoded is not None,
        }
        answer = self.app(event, None)
        return Answered(answer["statusCode"], answer["headers"], answer["body"])
