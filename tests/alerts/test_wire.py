"""Alerts are shown as JSON."""

from chalicelib.alerts.model import State
from chalicelib.alerts.wire import AlertAnswer
from tests.alerts.builders import a_note, an_alert


def test_an_alert_is_shown_with_its_notes() -> None:
    alert = an_alert().noted(a_note(1, State.CLOSED))

    assert AlertAnswer.of(alert, "acme").model_dump(mode="json") == {
        "id": alert.id,
        "code": "A68",
        "reason": "NMVS_FE_LOT_13",
        "gtin": "09521000000018",
        "serial": "S1",
        "lot": "L9",
        "expiry": "2028-12-31",
        "raisedAt": "2026-11-23T09:30:01.000Z",
        "reporter": None,
        "detail": "The lot on the pack is not that of the pack.",
        "state": "closed",
        "finding": "technical_error",
        "notes": [
            {
                "at": "2026-11-23T09:30:00.000Z",
                "by": "owner",
                "state": "closed",
                "finding": "technical_error",
                "text": "scanner?",
            }
        ],
    }


def test_what_is_unknown_is_null() -> None:
    bare = AlertAnswer.of(an_alert(reason="", gtin=None, serial="", lot="", expiry=None), "acme")

    assert (bare.reason, bare.gtin, bare.serial, bare.lot, bare.expiry) == (None,) * 5


def test_neither_side_is_told_who_the_other_is() -> None:
    alert = an_alert().noted(a_note(1, organisation="citypharm"))

    owner, reporter = AlertAnswer.of(alert, "acme"), AlertAnswer.of(alert, "citypharm")

    assert (owner.reporter, reporter.reporter) == (None, "citypharm-warehouse")
    assert [note.by for note in owner.notes] == ["reporter"]
    assert "citypharm" not in owner.model_dump_json()
    assert "acme" not in reporter.model_dump_json()
