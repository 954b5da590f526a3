"""The doors for questions of EPCIS 2.0: events, what can be asked about, and named queries."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import Field

from chalicelib.access.model import Scope
from chalicelib.epcis.json_format import contexts
from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.parameters import parse, parse_json
from chalicelib.epcis.words import EVENT_TYPES
from chalicelib.errors import NotFound, NotOffered, QueryParameter
from chalicelib.http.epcis import ALL_TYPES
from chalicelib.http.epcis_paging import EpcisPageQuery, page_after, page_headers, per_page
from chalicelib.http.fields import Body
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.query import usecases
from chalicelib.query.answers import collection, results
from chalicelib.query.epcs import epcs as list_epcs
from chalicelib.query.store import QueryStore, values
from chalicelib.query.subscriptions.usecases import forget_query

routes = Routes(__name__)

_PAGING = ("perPage", "nextPageToken")


class QueryBody(Body):
    """A query with a name (EPCIS 2.0, 12.7)."""

    name: str = Field(
        min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._~-]+$", examples=["mine"]
    )
    query: dict[str, Any] = Field(
        description="SimpleEventQuery parameters, by name.",
        examples=[{"EQ_bizStep": ["shipping"]}],
    )


def _answered(call: Call, asked: EventQuery, name: str = "SimpleEventQuery") -> Text:
    found = usecases.find(call.actor, asked, after=page_after(call), limit=per_page(call))
    text = results(call, found.events, name)
    return Text(text.text, text.media_type, page_headers(call, found.after))


def _parameters(call: Call) -> dict[str, str]:
    return {name: each for name, each in call.parameters.items() if name not in _PAGING}


@routes.epcis_get("/events", scope=Scope.READ_GOODS, any_query=True, produces=ALL_TYPES)
def events(call: Call) -> Text:
    """Find events by SimpleEventQuery parameters (EPCIS 2.0, 8.2.7); newest first if not said."""
    return _answered(call, parse(_parameters(call)))


@routes.epcis_get("/events/{event}", scope=Scope.READ_GOODS, produces=ALL_TYPES)
def event(call: Call, event: str) -> Text:
    """Return one event by its id."""
    return results(call, [usecases.one(call.actor, event)])


@routes.epcis_get("/eventTypes", scope=Scope.READ_GOODS)
def event_types(call: Call) -> dict[str, object]:
    """List the types of events."""
    return collection(sorted(EVENT_TYPES))


@routes.epcis_get("/epcs", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def epcs(call: Call) -> Answer:
    """List EPCs of the organisation's events, those that the newest events named first."""
    found, after = list_epcs(call.actor, after=page_after(call), limit=per_page(call))
    return Answer(collection(found), headers=page_headers(call, after))


def _values(call: Call, dimension: str) -> Answer:
    found, after = values(call.actor.gln, dimension, after=page_after(call), limit=per_page(call))
    return Answer(collection(found), headers=page_headers(call, after))


@routes.epcis_get("/bizSteps", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def biz_steps(call: Call) -> Answer:
    """List the business steps of the organisation's events."""
    return _values(call, "bizStep")


@routes.epcis_get("/bizLocations", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def biz_locations(call: Call) -> Answer:
    """List the places where the organisation's events left goods."""
    return _values(call, "bizLocation")


@routes.epcis_get("/readPoints", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def read_points(call: Call) -> Answer:
    """List the places where the organisation's events happened."""
    return _values(call, "readPoint")


@routes.epcis_get("/dispositions", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def dispositions(call: Call) -> Answer:
    """List the dispositions of the organisation's events."""
    return _values(call, "disposition")


RESOURCES: Mapping[str, str] = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
"""The parameter that each resource stands for."""


def _declare(resource: str, parameter: str) -> None:
    """Declare what lies below a resource: six times the same, so said once."""

    @routes.epcis_get(f"/{resource}/{{value}}", scope=Scope.READ_GOODS)
    def below(call: Call, value: str) -> dict[str, object]:
        """List what can be asked for below a value: its events."""
        _one(call, value)
        return collection(["events"])

    @routes.epcis_get(
        f"/{resource}/{{value}}/events", scope=Scope.READ_GOODS, any_query=True, produces=ALL_TYPES
    )
    def events_of(call: Call, value: str) -> Text:
        """Find events with a value, as `/events` with its parameter."""
        given = _parameters(call)
        if parameter in given:
            message = f"found {parameter} beside the path, which says it already"
            raise QueryParameter.field(f"#/query/{parameter}", "twice", message)
        _one(call, value)
        return _answered(call, parse({**given, parameter: value}))

    def _one(call: Call, value: str) -> None:
        """Refuse a value that none of the organisation's events has."""
        if "|" in value or not usecases.known(call.actor, parse({parameter: value})):
            raise NotFound("There is no such value here.")

    below.__name__, events_of.__name__ = f"{resource}_value", f"{resource}_events"


for _resource, _parameter in RESOURCES.items():
    _declare(_resource, _parameter)


@routes.epcis_post("/queries", scope=Scope.READ_GOODS, body=QueryBody, status=201)
def create_query(call: Call[QueryBody]) -> Answer:
    """Keep a query under a name."""
    parse_json(call.body.query, _namespaces(call.body.query))
    QueryStore(call.actor.organisation).create(call.body.name, call.body.query)
    return Answer(headers={"Location": f"/queries/{quote(call.body.name)}"})


@routes.epcis_get("/queries", scope=Scope.READ_GOODS, query=EpcisPageQuery)
def queries(call: Call) -> Answer:
    """List the organisation's named queries."""
    store = QueryStore(call.actor.organisation)
    found, after = store.page(after=page_after(call), limit=per_page(call))
    listed = [{"name": name, "query": query} for name, query in found]
    return Answer(listed, headers=page_headers(call, after))


@routes.epcis_get("/queries/{name}", scope=Scope.READ_GOODS)
def query(call: Call, name: str) -> dict[str, Any]:
    """Show a named query."""
    return {"name": name, "query": QueryStore(call.actor.organisation).get(name)}


@routes.epcis_delete("/queries/{name}", scope=Scope.READ_GOODS)
def delete_query(call: Call, name: str) -> None:
    """Forget a named query, and end every subscription to it."""
    forget_query(call.actor, name)


@routes.epcis_get(
    "/queries/{name}/events", scope=Scope.READ_GOODS, any_query=True, produces=ALL_TYPES
)
def query_events(call: Call, name: str) -> Text:
    """Find the events that a named query asks for."""
    if "websocket" in call.headers.get("upgrade", "").lower():
        message = "Found a WebSocket, expected a webhook: POST /queries/{name}/subscriptions"
        raise NotOffered(message)
    if given := _parameters(call):
        unknown = next(iter(given))
        message = "found a parameter, expected none beside the query's own"
        raise QueryParameter.field(f"#/query/{unknown}", "unknown_parameter", message)
    kept = QueryStore(call.actor.organisation).get(name)
    return _answered(call, parse_json(kept, _namespaces(kept)), name)


def _namespaces(query: Mapping[str, Any]) -> dict[str, str]:
    return contexts(query.get("@context"))[0]
