"""Messages are CloudEvents, the same bytes every time."""

from datetime import UTC, datetime

from chalicelib.notify.model.message import Message

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def a_message() -> Message:
    return Message("m1", "meddist", "recall.notice", "/v1/recalls/r1", AT, {"lots": ["ä"]})


def test_a_message_is_a_cloud_event_and_always_the_same_text() -> None:
    assert a_message().body() == (
        '{"specversion":"1.0","type":"recall.notice","source":"/v1/recalls/r1","id":"m1",'
        '"time":"2026-11-23T09:30:00.000Z","datacontenttype":"application/json",'
        '"data":{"lots":["\\u00e4"]}}'
    )
