import json

import pytest

from infra.local.delivery import QueueSettings, StreamSettings
from infra.local.mapping import mappings
from infra.local.template import TemplateError


@pytest.fixture
def found(app, stack):
    streams, queues = mappings(app.app, stack)
    return {each.function.name: each for each in (*streams, *queues)}


def test_every_handler_of_the_app_is_fed(found):
    assert sorted(found) == ["on_events", "on_recall_work", "on_recalls"]


def test_streams_are_those_of_the_templates_tables(found, aws):
    table = aws.client("dynamodb").describe_table(TableName="packtrail-events")["Table"]

    assert found["on_events"].arn == table["LatestStreamArn"]


def test_the_templates_settings_lie_on_top_of_chalices(found, stack):
    dead = stack.made["StreamFailuresQueue"].attributes["Arn"]

    assert found["on_events"].settings == StreamSettings(
        batch_size=100,
        window=1,
        reports_failures=True,
        bisects=True,
        retries=10,
        max_age=21600,
        lanes=4,
        destination=dead,
        from_now=False,
    )


def test_queues_are_found_by_name(found, aws):
    assert found["on_recall_work"].url == aws.queue_url("recall")
    assert found["on_recall_work"].settings == QueueSettings(
        batch_size=1, reports_failures=True, concurrency=5
    )


def test_functions_have_the_timeouts_of_chalices_configuration(app, stack, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"lambda_functions": {"on_events": {"lambda_timeout": 42}}}))

    streams, _ = mappings(app.app, stack, config)

    assert [each.function.timeout for each in streams] == [42.0, 3.0]


def test_what_is_given_up_goes_to_the_templates_queue(found, aws):
    found["on_events"].give_up({"where": "there"})

    assert aws.messages("stream-failures") == ['{"where": "there"}']


def test_a_source_that_is_not_run_here_is_refused_by_name(app, stack):
    @app.app.on_sns_message(topic="news")
    def news(event):
        pass

    with pytest.raises(TemplateError, match="news is a SNSEventConfig"):
        mappings(app.app, stack)


def test_a_setting_that_is_not_done_here_is_refused_by_name(app, stack):
    source = stack.template.resources["OnEvents"]["Properties"]["Events"]
    source["OnEventsDynamodbEventSource"]["Properties"]["TumblingWindowInSeconds"] = 30

    with pytest.raises(TemplateError, match="on_events asks for TumblingWindowInSeconds"):
        mappings(app.app, stack)
