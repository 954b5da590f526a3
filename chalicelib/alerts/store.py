"""Alerts, and the lists in which each organisation finds its own.

Promises: an alert is created once, together with its place in every list; a change is conditional
on the version it changes. Reads of single alerts are strong. The table's stream carries a new alert
to those who have to be told.

Trust: whoever can write here can hide an alert, or close it; the goods stay as they are.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.alerts.model import Alert, Finding, Note, State
from chalicelib.errors import AlreadyExists, Busy, Conflict, NotFound, Raced
from chalicelib.gs1.keys import Gtin
from chalicelib.table.items import ALONE, Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import LIMIT, Transaction, replaced

_ITEMS = 3
"""Items that one alert takes at most: itself and its place in two lists."""


class AlertItem(Item):
    """An alert: `pk` is `alert#{id}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    code = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    gtin = UnicodeAttribute(null=True)
    serial = UnicodeAttribute(null=True)
    lot = UnicodeAttribute(null=True)
    expiry = UnicodeAttribute(null=True)
    raised = UnicodeAttribute()
    owner = UnicodeAttribute(null=True)
    reporter = UnicodeAttribute()
    client = UnicodeAttribute()
    detail = UnicodeAttribute()
    notes = JSONAttribute()
    version = NumberAttribute()


class ListedItem(Item):
    """An alert in an organisation's list: `pk` is `alerts#{organisation}`, `sk` `{raised}#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"


def create(alerts: Sequence[Alert]) -> None:
    """Keep alerts; those that stand already are left as they are.

    Raises:
        Busy: some may be kept; to be called again.
    """
    few = LIMIT // _ITEMS
    for start in range(0, len(alerts), few):
        chunk = alerts[start : start + few]
        try:
            _create(chunk)
        except Conflict:  # one of them stands, and kept the others from being written
            for alert in chunk:
                _create_one(alert)


def _create_one(alert: Alert) -> None:
    try:
        _create([alert])
    except AlreadyExists:
        return  # as it was raised the first time
    except Raced as error:
        raise Busy("Somebody else is raising this alert.", code="contended") from error


def _create(alerts: Sequence[Alert]) -> None:
    tx = Transaction()
    for alert in alerts:
        tx.create(_item(alert), refused=AlreadyExists("The alert exists already."))
        for organisation in alert.organisations:
            tx.put(ListedItem(_list(organisation), f"{_text(alert.raised)}#{alert.id}"))
    tx.commit()


def replace(alert: Alert) -> None:
    """Keep a changed one; our own write under another answer is not a conflict.

    Raises:
        Raced: somebody else changed it.
    """
    replaced(_item(alert), alert.version - 1)


def find(alert_id: str) -> Alert | None:
    """Return an alert, or None; whoever shows it checks first whose business it is."""
    item = get(AlertItem, f"alert#{alert_id}")
    return None if item is None else to_alert(item)


def page(organisation: str, *, after: str | None, limit: int) -> tuple[list[Alert], str | None]:
    """Return an organisation's alerts, newest first, and where to go on."""
    found = query(ListedItem, _list(organisation), after=after, limit=limit, forward=False)
    keys = [Key(AlertItem, f"alert#{item.sk.rpartition('#')[2]}", ALONE) for item in found.items]
    items = get_many(keys)
    return [to_alert(cast("AlertItem", items[key])) for key in keys if key in items], found.last


def no_alert() -> NotFound:
    """Return the refusal of an alert that does not exist, or is nobody's business of the caller."""
    return NotFound("There is no such alert.")


def to_alert(item: AlertItem) -> Alert:
    """Read a stored alert."""
    return Alert(
        id=item.pk.removeprefix("alert#"),
        code=item.code,
        reason=item.reason or "",
        gtin=Gtin(item.gtin) if item.gtin else None,
        serial=item.serial or "",
        lot=item.lot or "",
        expiry=date.fromisoformat(item.expiry) if item.expiry else None,
        raised=datetime.fromisoformat(item.raised),
        owner=item.owner or "",
        reporter=item.reporter,
        client=item.client,
        detail=item.detail,
        notes=tuple(
            Note(datetime.fromisoformat(at), by, client, State(state), finding and Finding(finding),
                 text, operation, fingerprint)
            for at, by, client, state, finding, text, operation, fingerprint in item.notes
        ),
        version=int(item.version),
    )  # fmt: skip


def _item(alert: Alert) -> AlertItem:
    return AlertItem(
        f"alert#{alert.id}",
        ALONE,
        code=alert.code,
        reason=alert.reason or None,
        gtin=str(alert.gtin) if alert.gtin else None,
        serial=alert.serial or None,
        lot=alert.lot or None,
        expiry=alert.expiry.isoformat() if alert.expiry else None,
        raised=_text(alert.raised),
        owner=alert.owner or None,
        reporter=alert.reporter,
        client=alert.client,
        detail=alert.detail,
        notes=[
            [_text(n.at), n.organisation, n.client, n.state, n.finding, n.text, n.operation,
             n.fingerprint]
            for n in alert.notes
        ],
        version=alert.version,
    )  # fmt: skip


def _list(organisation: str) -> str:
    return f"alerts#{organisation}"


def _text(at: datetime) -> str:
    """Return an instant in one width, so that texts sort as instants do."""
    return at.isoformat(timespec="microseconds")
