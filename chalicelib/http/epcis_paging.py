"""Pages as EPCIS spells them: `perPage`, `nextPageToken`, and a `Link` to the next page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from chalicelib.errors import Malformed, QueryParameter
from chalicelib.gs1.refusal import shown
from chalicelib.http.call import Call
from chalicelib.http.fields import Query
from chalicelib.http.paging import open_cursor, seal

PER_PAGE, TOKEN = "perPage", "nextPageToken"
DEFAULT_PER_PAGE = 30
MAX_PER_PAGE = 500
LIFETIME = timedelta(days=1)


class EpcisPageQuery(Query):
    """The query of a list that has no filters; the values are read by `per_page`, `page_after`."""

    per_page: str | None = Field(None, description="Items on a page, at most; 30 if not said.")
    next_page_token: str | None = Field(None, description="From the `Link` of the page before.")


def per_page(call: Call[Any, Any]) -> int:
    """Return how many items a page shall have; more than `MAX_PER_PAGE` are never given.

    Raises:
        QueryParameter: `perPage` is no positive whole number.
    """
    text = call.parameters.get(PER_PAGE)
    if text is None:
        return DEFAULT_PER_PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        message = f"found {shown(text)}, expected a whole number of at least 1"
        raise QueryParameter.field(f"#/query/{PER_PAGE}", "number", message)
    return min(int(text), MAX_PER_PAGE)


def page_after(call: Call[Any, Any]) -> str | None:
    """Return the position that `nextPageToken` asks for; None for the first page.

    Raises:
        QueryParameter: expired, damaged, made up, or of another organisation, path or query.
    """
    text = call.parameters.get(TOKEN)
    if text is None:
        return None
    try:
        opened = open_cursor(call, text)
    except Malformed as error:
        message = "found a token that is not of this query, expected that of the page before"
        raise QueryParameter.field(f"#/query/{TOKEN}", "token", message) from error
    expires, _, position = opened.partition(" ")
    if call.at.timestamp() > int(expires):
        message = "found an expired token, expected the query from its first page"
        raise QueryParameter.field(f"#/query/{TOKEN}", "token_expired", message)
    return position


def page_headers(call: Call[Any, Any], position: str | None) -> Mapping[str, str]:
    """Return the headers that lead to the next page; none behind the last one.

    Args:
        call: whose answer will carry them.
        position: after which the next page begins; None behind the last page.
    """
    if position is None:
        return {}
    expires = int((call.at + LIFETIME).timestamp())
    token = seal(call, f"{expires} {position}")
    query = {**call.parameters, PER_PAGE: str(per_page(call)), TOKEN: token}
    told = datetime.fromtimestamp(expires, UTC).isoformat().replace("+00:00", "Z")
    return {"Link": f'<?{urlencode(query)}>; rel="next"', "GS1-Next-Page-Token-Expires": told}
