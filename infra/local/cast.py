"""Speaking to the public API in the name of the story's clients."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from infra.local.seed import SECRET

Tokens = Callable[[str], str]
"""Given a client such as `acme-line`, its access token."""


class StoryFailed(Exception):
    """A request of the story was answered otherwise than the story tells; the message says how."""


class Cast:
    """All clients of the story, over one connection pool.

    Every POST has an idempotency key of its own, made from what is fresh in this story.
    """

    def __init__(self, base_url: str, *, fresh: str, tokens: Tokens | None = None) -> None:
        """Open connections.

        Args:
            base_url: of the API, with the stage if there is one.
            fresh: distinguishes this story's requests from all others'.
            tokens: how a client gets its token; from the local issuer when not given.
        """
        self._http = httpx.Client(base_url=base_url, timeout=30.0)
        self._tokens = tokens or self._local_token
        self._known: dict[str, str] = {}
        self._fresh, self._posts = fresh, 0

    def get(self, who: str, path: str) -> Any:
        """Ask for something."""
        return self._ask(who, "GET", path, expect=200)

    def put(self, who: str, path: str, body: Mapping[str, Any]) -> Any:
        """Set something; created or changed, both are fine."""
        return self._ask(who, "PUT", path, json=body)

    def post(self, who: str, path: str, body: Mapping[str, Any], *, expect: int = 201) -> Any:
        """Do something, once however often it is sent."""
        self._posts += 1
        headers = {"Idempotency-Key": f"story-{self._fresh}-{self._posts}"}
        return self._ask(who, "POST", path, expect=expect, json=body, headers=headers)

    def delete(self, who: str, path: str) -> None:
        """Take something away."""
        self._ask(who, "DELETE", path, expect=204)

    def _ask(self, who: str, method: str, path: str, *, expect: int = 0, **request: Any) -> Any:
        headers = request.pop("headers", {}) | {"Authorization": f"Bearer {self._token(who)}"}
        answer = self._http.request(method, path, headers=headers, **request)
        fine = answer.status_code == expect if expect else answer.is_success
        if not fine:
            raise StoryFailed(
                f"{who}: {method} {path} gave {answer.status_code},"
                f" expected {expect or '2xx'}: {answer.text[:500]}"
            )
        return answer.json() if answer.content else None

    def _token(self, who: str) -> str:
        if who not in self._known:
            self._known[who] = self._tokens(who)
        return self._known[who]

    def _local_token(self, who: str) -> str:
        basic = base64.b64encode(f"{who}:{SECRET}".encode()).decode()
        answer = self._http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
        )
        if not answer.is_success:
            raise StoryFailed(f"{who} got no token: {answer.status_code} {answer.text[:500]}")
        return str(answer.json()["access_token"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
