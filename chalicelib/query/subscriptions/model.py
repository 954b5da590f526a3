"""Subscriptions: which query, told to whom, when (EPCIS 2.0, section 8.2.5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.epcis.json_format import contexts
from chalicelib.epcis.query.model import EventQuery
from chalicelib.epcis.query.parameters import parse_json
from chalicelib.epcis.query.schedule import Schedule
from chalicelib.errors import AlreadyExists, Conflict, KeyReused, SubscriptionControls
from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import EpcFormat

MOST_SUBSCRIPTIONS = 20
"""Subscriptions of one organisation: they stand in one item, which every batch of events reads."""

LONGEST_QUERY = 8_000
"""Characters of a query that can be subscribed to, for the same reason."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A standing query and where its results go.

    The query is kept as it was when the subscription was made: a named query never changes, and
    to forget one ends its subscriptions.

    Attributes:
        id: UUID.
        organisation: whose it is.
        gln: the organisation's own GLN, by which its events are known.
        client: who made it; without that client it stops.
        query_name: name of the query.
        query: what it asks, as JSON.
        url: where results are sent.
        token: the shared secret, sealed; empty for none.
        schedule: as the client wrote it; None to be told of events as they come.
        report_if_empty: whether a run without events is told too.
        initial: record time of the earliest events that are told.
        created: when it was made.
        epc_format: how EPCs are spelled.
        disabled: why nothing is sent any more; empty while it works.
    """

    id: str
    organisation: str
    gln: Gln
    client: str
    query_name: str
    query: str
    url: str
    token: str
    schedule: Mapping[str, str] | None
    report_if_empty: bool
    initial: datetime
    created: datetime
    epc_format: EpcFormat
    disabled: str = ""

    @property
    def stream(self) -> bool:
        """Whether it is told of events as they come."""
        return self.schedule is None

    def asked(self) -> EventQuery:
        """Return the query."""
        return asked(self.query)

    def next_run(self, after: datetime) -> datetime | None:
        """Return when it runs next; None when no clock runs it."""
        return None if self.schedule is None else Schedule.parse(self.schedule).next_after(after)


def asked(query: str) -> EventQuery:
    """Return what a named query asks."""
    found = json.loads(query)
    return parse_json(found, contexts(found.get("@context"))[0])


def check_query(query: str) -> None:
    """Refuse a query that cannot stand.

    Raises:
        SubscriptionControls: it is too long, or tells some of the events that match and drops the
            others, which a subscription never does.
    """
    if len(query) > LONGEST_QUERY:
        message = f"found a query of {len(query)} characters, expected at most {LONGEST_QUERY}"
        raise SubscriptionControls.field("#/path/name", "query_too_long", message)
    if asked(query).event_count_limit is not None:
        message = "found a query with eventCountLimit, expected one that tells all that it finds"
        raise SubscriptionControls.field("#/path/name", "event_count_limit", message)


def controls(
    stream: bool | None, schedule: Mapping[str, object] | None, *, report_if_empty: bool
) -> Mapping[str, str] | None:
    """Return the schedule of a subscription; None when it is told of events as they come.

    Raises:
        SubscriptionControls: neither or both is asked for; the schedule cannot be read, or wants to
            run several times a minute; or there would be empty reports without a schedule.
    """
    if bool(stream) == (schedule is not None):
        found = "both stream and schedule" if stream else "neither stream nor schedule"
        message = f"found {found}, expected one of them"
        raise SubscriptionControls.field("/schedule" if stream else "/stream", "controls", message)
    if schedule is None:
        if report_if_empty:
            message = "found reportIfEmpty beside stream, expected it with a schedule"
            raise SubscriptionControls.field("/reportIfEmpty", "controls", message)
        return None
    seconds = Schedule.parse(schedule).second
    if len(seconds) > 1:
        message = f"second: found {len(seconds)} of them, expected one: it runs once a minute"
        raise SubscriptionControls.field("/schedule/second", "too_often", message)
    return {name: str(each) for name, each in schedule.items() if each is not None}


def added(standing: Sequence[Subscription], wanted: Subscription) -> Sequence[Subscription]:
    """Return an organisation's subscriptions with a new one; the same if it is there already.

    Raises:
        KeyReused: its identity is that of another one.
        Conflict: there are as many as there may be.
    """
    for each in standing:
        if each.id == wanted.id:
            # Token and query are as they were; the seal of a token is the same for the same token.
            if replace(each, created=wanted.created, initial=wanted.initial, disabled="") != wanted:
                raise KeyReused("The idempotency key was used to make another subscription.")
            return standing
    if len(standing) >= MOST_SUBSCRIPTIONS:
        raise Conflict(
            f"Found {len(standing)} subscriptions, expected fewer than {MOST_SUBSCRIPTIONS}; "
            "delete one.",
            code="too_many_subscriptions",
        )
    return [*standing, wanted]


def deleted_since() -> AlreadyExists:
    """Return the refusal of a repeat that comes after its subscription was deleted."""
    return AlreadyExists(
        "The idempotency key made a subscription that was deleted since.", code="deleted"
    )
