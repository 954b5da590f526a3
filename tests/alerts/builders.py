"""Alerts for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.access.model import Actor, Role
from chalicelib.alerts.model import Alert, Finding, Note, State
from chalicelib.gs1.keys import Gtin
from tests.notify.client import gln

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def an_alert(number: int = 1, **changes: Any) -> Alert:
    """Return an alert about a pack of acme, caused by citypharm."""
    alert = Alert(
        id=f"{number:032x}",
        code="A68",
        reason="NMVS_FE_LOT_13",
        gtin=Gtin("09521000000018"),
        serial="S1",
        lot="L9",
        expiry=date(2028, 12, 31),
        raised=AT.replace(second=number % 60),
        owner="acme",
        reporter="citypharm",
        client="citypharm-warehouse",
        detail="The lot on the pack is not that of the pack.",
    )
    return replace(alert, **changes)


def a_note(number: int = 1, state: State = State.INVESTIGATING, **changes: Any) -> Note:
    """Return a note of acme's quality unit."""
    finding = Finding.TECHNICAL if state is State.CLOSED else None
    note = Note(AT, "acme", "acme-quality", state, finding, "scanner?", f"op{number}", "f")
    return replace(note, **changes)


def an_actor(organisation: str, role: Role = Role.QUALITY) -> Actor:
    """Return a client of an organisation."""
    numbers = {"acme": 1, "meddist": 2, "citypharm": 3}
    own = gln(numbers[organisation])
    return Actor(organisation, own, f"{organisation}-{role.value}", frozenset({role}))
