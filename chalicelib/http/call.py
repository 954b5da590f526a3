"""One request as a view sees it: read, authenticated, authorised."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic
from uuid import UUID

from typing_extensions import TypeVar

from chalicelib.access.model import Actor
from chalicelib.errors import Malformed, Stale, Unauthenticated
from chalicelib.gs1.refusal import shown
from chalicelib.http.epcis import Epcis

if TYPE_CHECKING:
    from chalicelib.gs1.scan import Remark

B = TypeVar("B", default=Any)
Q = TypeVar("Q", default=Any)

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_OURS = re.compile(r'"([0-9]{1,18})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[B, Q]):
    """What a view gets: `Call[ItsBody]`, or `Call[None, ItsQuery]`.

    Attributes:
        caller: who asks; None on a public route.
        body: the validated body, None when the route has none.
        query: the validated query, None when the route has none.
        raw: the body's bytes.
        operation: identity of the request: equal for repeats with one idempotency key, so that
            what it creates has the same identity again. Its last byte is zero, for numbering.
        fingerprint: SHA-256 of what is asked, by which a repeat is told from a reused key.
        request_id: by which the request is found in the logs.
        at: when it came in, UTC.
        method: in capitals.
        route: the path's pattern.
        path: the path as asked for, encoded in one way.
        parameters: of the query string, as text.
        headers: by name, in any case.
        epcis: what the headers of EPCIS 2.0 ask for; the defaults on any other route.
        remarks: what of the scans in the body was put right.
    """

    caller: Actor | None
    body: B
    query: Q
    raw: bytes
    operation: UUID
    fingerprint: str
    request_id: str
    at: datetime
    method: str
    route: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    epcis: Epcis = field(default_factory=Epcis)
    remarks: "tuple[Remark, ...]" = ()

    @property
    def actor(self) -> Actor:
        """Return who asks.

        Raises:
            Unauthenticated: the route is public, so nobody was asked for.
        """
        if self.caller is None:
            raise Unauthenticated("The route is public and has no actor", code="token_missing")
        return self.caller

    @property
    def expected_version(self) -> int | None:
        """Return the version that `If-Match` asks for; None without one (RFC 9110, 13.1.1).

        Raises:
            Malformed: it is not one entity tag.
            Stale: it is a tag that no version of ours ever had.
        """
        tag = self.headers.get("if-match")
        if tag is None:
            return None
        if ours := _OURS.fullmatch(tag):
            return int(ours[1])
        if _TAG.fullmatch(tag):
            raise Stale(f"If-Match is {shown(tag)}, which is no version of this thing")
        message = f'found {shown(tag)}, expected one entity tag such as "3"'
        raise Malformed.field("#/header/If-Match", "entity_tag", message)
