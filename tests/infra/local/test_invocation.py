import logging

import pytest

from infra.local.delivery import HandlerFailed
from infra.local.invocation import Context, Function


def test_the_handler_gets_the_event_and_a_context_with_its_name():
    def handler(event, context):
        return event, context.function_name

    assert Function("on_events", handler)({"Records": []}) == ({"Records": []}, "on_events")


def test_the_handler_cannot_change_what_others_see():
    event = {"Records": [{"a": 1}]}

    Function("f", lambda event, context: event["Records"].clear())(event)

    assert event == {"Records": [{"a": 1}]}


def test_an_event_that_is_not_json_never_reaches_a_handler():
    with pytest.raises(TypeError):
        Function("f", lambda event, context: None)({"Records": [b"bytes"]})


def test_whatever_a_handler_raises_is_a_failed_invocation(caplog):
    def handler(event, context):
        raise KeyError("gone")

    with caplog.at_level(logging.ERROR), pytest.raises(HandlerFailed):
        Function("on_events", handler)({})
    assert "on_events failed" in caplog.text


def test_every_invocation_has_an_id_of_its_own():
    function = Function("f", lambda event, context: context.aws_request_id)

    assert function({}) != function({})


def test_time_remains_as_configured():
    assert 59_000 < Context("f", timeout=60).get_remaining_time_in_millis() <= 60_000
    assert Context("f", timeout=-1).get_remaining_time_in_millis() == 0
