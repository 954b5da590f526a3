"""Raising alerts, telling who answers for the goods, and looking into them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.access.model import Actor
from chalicelib.alerts import store
from chalicelib.alerts.model import Alert, Finding, Note, State
from chalicelib.errors import PacktrailError, Raced
from chalicelib.notify import queue
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.model.message import Message
from chalicelib.notify.store.endpoints import endpoints_of
from chalicelib.notify.ways import Webhooks

TYPE = "alert.raised"

ROUNDS = 5
"""Tries before a race is left to the caller, who may try again."""


def raise_alerts(alerts: Sequence[Alert]) -> None:
    """Keep alerts, and have those told who answer for the goods. Again changes nothing.

    The stream of the table tells them: what is kept is told, whatever happens to the caller.

    Raises:
        Busy: some may be kept; to be called again.
    """
    store.create(alerts)


def raised(alert_id: str) -> None:
    """Begin to tell of an alert that was just raised.

    Raises:
        Busy: the queue did not take it; to be called again.
    """
    queue.send(Webhooks.queue, [{"alert": alert_id}])


def tell(alert_id: str, turn: Turn) -> None:
    """Send an alert to every address at which its owner wants to hear of alerts.

    Raises:
        PacktrailError: some could not be reached now; to be called again.
    """
    alert = store.find(alert_id)
    if alert is None or not alert.owner:
        return
    endpoints = endpoints_of([alert.owner]).get(alert.owner, [])
    work = [(message(alert), endpoint) for endpoint in endpoints if endpoint.wants(TYPE)]
    for outcome in notify.send_all(work, turn):
        if isinstance(outcome, PacktrailError):
            raise outcome


def message(alert: Alert) -> Message:
    """Return what the owner is told; not who reported it: that is for the investigation."""
    data: dict[str, Any] = {
        "alert": alert.id,
        "code": alert.code,
        "reason": alert.reason or None,
        "gtin": str(alert.gtin) if alert.gtin else None,
        "serial": alert.serial or None,
        "lot": alert.lot or None,
        "expiry": alert.expiry.isoformat() if alert.expiry else None,
        "detail": alert.detail,
    }
    return Message(alert.id, alert.owner, TYPE, f"/v1/alerts/{alert.id}", alert.raised, data)


def seen(alert_id: str, *, actor: Actor) -> Alert:
    """Return an alert to those whose business it is.

    Raises:
        NotFound: there is none, or it is not the caller's business.
    """
    alert = store.find(alert_id)
    if alert is None or actor.organisation not in alert.organisations:
        raise store.no_alert()
    return alert


def note(
    alert_id: str,
    *,
    state: State,
    finding: Finding | None,
    text: str,
    actor: Actor,
    operation: str,
    fingerprint: str,
    at: datetime,
) -> tuple[Alert, bool]:
    """Keep what an investigation found out.

    Returns:
        The alert, and whether this repeats an earlier request.

    Raises:
        NotFound: there is none, or it is not the caller's business.
        Malformed: a finding is missing, or comes too early.
        KeyReused: the operation wrote another note.
        Conflict: it has as many notes as it may have.
        Raced: it was being changed all the while; try again.
    """
    wanted = Note(
        at, actor.organisation, actor.client_id, state, finding, text, operation, fingerprint
    )
    for _ in range(ROUNDS):
        alert = seen(alert_id, actor=actor)
        noted = alert.noted(wanted)
        if noted is alert:
            return alert, True
        try:
            store.replace(noted)
        except Raced:
            continue
        return noted, False
    raise Raced("The alert was being changed all the while; try again.")
