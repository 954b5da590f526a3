"""Pages: an opaque cursor says where the next one begins, to nobody but the one it was given to.

A cursor is encrypted and authenticated (AES-SIV, RFC 5297) and bound to the organisation, the path
and the query that it continues. A position is a key of ours, and keys of ours can tell production
volumes or other parties, so it is not merely signed.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field, StringConstraints

from chalicelib import keys
from chalicelib.errors import Malformed
from chalicelib.http.call import Call
from chalicelib.http.fields import Query

MAX_LIMIT = 500

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Items on a page, at most.")]
Cursor = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2048),
    Field(description="From `next` of the page before, unchanged."),
]

# What may differ between two pages of one query.
_FREE = {"cursor", "limit", "nextPageToken", "perPage"}


class PageQuery(Query):
    """The query of a list; a route with filters adds its own fields."""

    limit: Limit = 100
    cursor: Cursor | None = None


def seal(call: Call[Any, Any], position: str) -> str:
    """Return the cursor for the page that begins after `position`.

    Args:
        call: whose answer will carry it.
        position: any text of ours that is not empty, such as the last sort key.
    """
    sealed = _cipher().encrypt(position.encode(), _bound_to(call))
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_cursor(call: Call[Any, Any], text: str) -> str:
    """Return the position behind a cursor.

    Raises:
        Malformed: damaged, made up, or of another organisation, path or query.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in `_cipher`

    try:
        sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        position: bytes = _cipher().decrypt(sealed, _bound_to(call))
    except (InvalidTag, ValueError) as error:
        message = "found a cursor that is not of this query, expected that of the page before"
        raise Malformed.field("#/query/cursor", "cursor", message) from error
    return position.decode()


def after(call: Call[Any, Any]) -> str | None:
    """Return the position that the request's `cursor` parameter asks for; None for the first page.

    Raises:
        Malformed: see `open_cursor`.
    """
    text = call.parameters.get("cursor")
    return None if text is None else open_cursor(call, text)


def next_link(call: Call[Any, Any], cursor: str | None) -> Mapping[str, str]:
    """Return the `Link` header to the next page (RFC 8288); none behind the last page.

    The reference is a query alone, so it holds behind any host, stage or proxy.
    """
    if cursor is None:
        return {}
    query = {**call.parameters, "cursor": cursor}
    return {"Link": f'<?{urlencode(query)}>; rel="next"'}


def _bound_to(call: Call[Any, Any]) -> list[bytes]:
    query = {name: text for name, text in call.parameters.items() if name not in _FREE}
    return [
        part.encode()
        for part in (call.actor.organisation, call.path, json.dumps(query, sort_keys=True))
    ]


def _cipher() -> Any:
    # Imported here: only lists with a next page need it (cold start).
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415

    return AESSIV(keys.derive("cursor"))
