"""Alerts over HTTP."""

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.alerts import store, usecases
from chalicelib.alerts.wire import AlertAnswer, AlertsAnswer, AlertsQuery, NoteBody
from chalicelib.http.paging import after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes

routes = Routes(__name__)

IdField = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@routes.get("/v1/alerts", scope=Scope.READ_ALERTS, query=AlertsQuery, answer=AlertsAnswer)
def alerts(call: Call[None, AlertsQuery]) -> Answer:
    """List the alerts about the organisation's goods, and those it gave cause for.

    Of one state only where that is asked for; a page may then hold fewer than its limit.
    """
    found, last = store.page(call.actor.organisation, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    wanted = call.query.state
    shown = tuple(
        AlertAnswer.of(each, call.actor.organisation)
        for each in found
        if wanted is None or each.state is wanted
    )
    return Answer(AlertsAnswer(alerts=shown, next=cursor), headers=next_link(call, cursor))


@routes.get("/v1/alerts/{alert}", scope=Scope.READ_ALERTS, answer=AlertAnswer)
def alert(call: Call, alert: IdField) -> AlertAnswer:
    """Show an alert with all that was found out about it."""
    return AlertAnswer.of(usecases.seen(alert, actor=call.actor), call.actor.organisation)


@routes.post(
    "/v1/alerts/{alert}/notes", scope=Scope.INVESTIGATE, body=NoteBody, answer=AlertAnswer,
    status=201,
)  # fmt: skip
def note_alert(call: Call[NoteBody], alert: IdField) -> Answer:
    """Keep what the investigation of an alert found out, and how far it is."""
    found, replayed = usecases.note(
        alert,
        state=call.body.state,
        finding=call.body.finding,
        text=call.body.text,
        actor=call.actor,
        operation=call.operation.hex,
        fingerprint=call.fingerprint,
        at=call.at,
    )
    return Answer(AlertAnswer.of(found, call.actor.organisation), replayed=replayed)
