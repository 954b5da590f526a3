import re

from infra.local.page import Counts, counts, page
from infra.local.story import StoryResult

COUNTS = Counts({"events": 1234, "units": 5}, {"recall": 0})
STORY = StoryResult("LOT-1<", serials=["A", "B"], cases=["c"], recall="r-1", told={"meddist": 60})


def text(story=None):
    return page("http://127.0.0.1:8000", COUNTS, story).body.decode()


def test_it_links_documentation_and_health():
    for path in ("/docs", "/openapi.json", "/healthz"):
        assert f'href="{path}"' in text()


def test_it_says_who_is_there_and_how_much():
    assert "citypharm" in text()
    assert '<td class="n">1,234</td>' in text()


def test_it_asks_nothing_of_any_other_host_and_runs_no_script():
    assert re.findall(r'(?:src|href)="(?!/|data:)', text(STORY)) == []
    assert "<script" not in text(STORY)
    policy = dict(page("", COUNTS, None).headers)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")


def test_it_tells_the_last_story():
    assert "/v1/recalls/r-1/notices" in text(STORY)
    assert "meddist (60 units)" in text(STORY)


def test_before_the_first_story_it_says_how_to_play_one():
    assert "make demo" in text()


def test_what_it_shows_is_escaped():
    assert "LOT-1&lt;" in text(STORY)


def test_counts_are_those_of_the_tables_and_queues(stack, put, aws):
    put("events", "1")
    aws.client("sqs").send_message(QueueUrl=aws.queue_url("recall"), MessageBody="m")

    found = counts(stack)

    assert (found.tables["events"], found.tables["units"]) == (1, 0)
    assert (found.queues["recall"], found.queues["stream-failures"]) == (1, 0)
