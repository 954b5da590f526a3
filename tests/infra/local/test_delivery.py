import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.delivery import (
    GivenUp,
    HandlerFailed,
    QueueSettings,
    StreamSettings,
    Surroundings,
    deliver,
    failed_messages,
    failure_note,
    first_failure,
    pause_after,
)

WRITTEN = 1_795_000_000.0


def record(number, written=WRITTEN):
    return {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": written}}


def numbers(records):
    return [int(each["dynamodb"]["SequenceNumber"]) for each in records]


class World:
    """A function with poisonous records, and a note of all that happens around it."""

    def __init__(self, *, poison=(), raises=(), until=10**9, now=WRITTEN):
        self.poison, self.raises, self.until, self.clock = set(poison), set(raises), until, now
        self.seen, self.done, self.given_up, self.pauses = [], [], [], []

    def invoke(self, records):
        self.seen.append(numbers(records))
        if len(self.seen) > self.until:
            return None
        if self.raises & set(numbers(records)):
            raise HandlerFailed
        failed = [n for n in numbers(records) if n in self.poison]
        return {"batchItemFailures": [{"itemIdentifier": str(n)} for n in failed]}

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.clock += seconds

    def deliver(self, count, **settings):
        surroundings = Surroundings(
            invoke=self.invoke,
            done=lambda records: self.done.extend(numbers(records)),
            give_up=self.given_up.append,
            pause=self.pause,
            now=lambda: self.clock,
        )
        deliver([record(n) for n in range(count)], StreamSettings(**settings), surroundings)

    def dead(self):
        return [numbers(each.records) for each in self.given_up]


def test_a_batch_that_succeeds_is_handed_over_once():
    world = World()

    world.deliver(3, reports_failures=True)

    assert world.seen == [[0, 1, 2]]
    assert world.done == [0, 1, 2]


def test_what_stands_before_the_lowest_failure_is_not_handed_over_again():
    world = World(poison={1, 2}, until=1)

    world.deliver(4, reports_failures=True)

    assert world.seen == [[0, 1, 2, 3], [1, 2, 3]]
    assert world.done == [0, 1, 2, 3]


def test_reported_failures_count_for_nothing_unless_they_are_turned_on():
    world = World(poison={1})

    world.deliver(3)

    assert world.seen == [[0, 1, 2]]


def test_a_function_that_raises_gets_the_whole_batch_again():
    world = World(raises={2}, until=2)

    world.deliver(3, reports_failures=True)

    assert world.seen == [[0, 1, 2]] * 3


def test_without_bisecting_a_poison_record_takes_all_that_follow_with_it():
    world = World(poison={1})

    world.deliver(3, reports_failures=True, retries=2)

    assert world.seen == [[0, 1, 2], [1, 2], [1, 2]]
    assert world.given_up == [
        GivenUp((record(1), record(2)), "RetryAttemptsExhausted", invocations=3)
    ]
    assert world.done == [0, 1, 2]


def test_with_bisecting_a_poison_record_goes_alone():
    world = World(poison={3})

    world.deliver(8, reports_failures=True, bisects=True, retries=2)

    assert world.dead() == [[3]]
    assert world.done == list(range(8))


def test_bisecting_finds_the_poison_of_a_function_that_only_raises():
    world = World(raises={5})

    world.deliver(8, bisects=True, retries=0)

    assert world.dead() == [[5]]
    assert world.given_up[0].erred


def test_splitting_does_not_count_as_a_retry():
    world = World(raises={0})

    world.deliver(4, bisects=True, retries=1)

    assert world.seen == [[0, 1, 2, 3], [0, 1], [0], [0], [1], [2, 3]]


def test_a_split_at_the_reported_record_does_not_count_as_a_retry():
    world = World(poison={2})

    world.deliver(3, reports_failures=True, bisects=True, retries=1)

    assert world.seen == [[0, 1, 2], [2], [2]]


def test_several_poison_records_each_go_alone_and_the_rest_arrives():
    world = World(poison={1, 4, 6})

    world.deliver(8, reports_failures=True, bisects=True, retries=3)

    assert world.dead() == [[1], [4], [6]]


def test_no_retries_means_one_attempt():
    world = World(poison={0})

    world.deliver(1, reports_failures=True, retries=0)

    assert world.seen == [[0]]
    assert world.dead() == [[0]]


def test_without_a_limit_it_goes_on_until_the_function_recovers():
    world = World(raises={0}, until=50)

    world.deliver(1)

    assert len(world.seen) == 51
    assert world.given_up == []


def test_pauses_grow_and_have_an_end():
    assert [pause_after(n) for n in (1, 2, 3)] == [0.1, 0.2, 0.4]
    assert pause_after(30) == 10.0


def test_a_record_that_is_too_old_is_given_up_unseen():
    world = World(now=WRITTEN + 61)

    world.deliver(2, max_age=60)

    assert world.seen == []
    assert world.given_up == [GivenUp((record(0), record(1)), "RecordAgeExceeded", invocations=0)]
    assert world.done == [0, 1]


def test_only_the_old_records_of_a_batch_are_given_up():
    world = World(now=WRITTEN + 61)
    surroundings = Surroundings(
        world.invoke, lambda _: None, world.given_up.append, world.pause, lambda: world.clock
    )

    deliver([record(0), record(1, WRITTEN + 10)], StreamSettings(max_age=60), surroundings)

    assert world.dead() == [[0]]
    assert world.seen == [[1]]


def test_a_record_does_not_grow_old_while_nobody_runs():
    world = World(now=WRITTEN + 61)
    surroundings = Surroundings(
        world.invoke,
        lambda _: None,
        world.given_up.append,
        world.pause,
        lambda: world.clock,
        since=WRITTEN + 30,
    )

    deliver([record(0)], StreamSettings(max_age=60), surroundings)

    assert (world.seen, world.given_up) == ([[0]], [])


def test_records_grow_too_old_between_retries():
    world = World(raises={0})

    world.deliver(1, max_age=5)

    assert [each.condition for each in world.given_up] == ["RecordAgeExceeded"]
    assert world.given_up[0].invocations == len(world.seen)


def test_leaving_in_a_pause_leaves_what_is_not_done():
    class Stopping(Exception):
        pass

    def leave(seconds):
        raise Stopping

    world = World(poison={1})
    world.pause = leave

    with pytest.raises(Stopping):
        world.deliver(3, reports_failures=True)
    assert world.done == [0]


@given(
    count=st.integers(1, 40),
    poison=st.sets(st.integers(0, 39)),
    bisects=st.booleans(),
    raises=st.booleans(),
    retries=st.integers(0, 3),
)
def test_every_record_is_done_once_and_in_order(count, poison, bisects, raises, retries):
    world = World(**{"raises" if raises else "poison": poison})

    world.deliver(count, reports_failures=True, bisects=bisects, retries=retries)

    assert world.done == list(range(count))


@given(count=st.integers(1, 40), poison=st.sets(st.integers(0, 39)), raises=st.booleans())
def test_with_bisecting_only_the_poisonous_are_given_up(count, poison, raises):
    world = World(**{"raises" if raises else "poison": poison})

    world.deliver(count, reports_failures=True, bisects=True, retries=1)

    assert world.dead() == [[n] for n in sorted(poison) if n < count]


SUCCESSES = [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"other": 1}]
BROKEN = [
    {"batchItemFailures": [{"itemIdentifier": ""}]},
    {"batchItemFailures": [{"itemIdentifier": None}]},
    {"batchItemFailures": [{"identifier": "b"}]},
    {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
    {"batchItemFailures": ["b"]},
    {"batchItemFailures": "b"},
    {"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": ""}]},
    "b",
    ["b"],
    7,
]


@pytest.mark.parametrize("answer", SUCCESSES, ids=repr)
def test_an_empty_answer_is_a_success(answer):
    assert first_failure(answer, ["a", "b"], reports=True) is None
    assert failed_messages(answer, ["a", "b"], reports=True) == set()


@pytest.mark.parametrize("answer", BROKEN, ids=repr)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(answer):
    assert first_failure(answer, ["a", "b"], reports=True) == 0
    assert failed_messages(answer, ["a", "b"], reports=True) == {"a", "b"}


@pytest.mark.parametrize("answer", BROKEN, ids=repr)
def test_an_answer_is_not_read_when_reports_are_off(answer):
    assert first_failure(answer, ["a", "b"], reports=False) is None
    assert failed_messages(answer, ["a", "b"], reports=False) == set()


def test_the_first_failure_is_the_one_that_comes_first_in_the_batch():
    answer = {"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "b"}]}

    assert first_failure(answer, ["a", "b", "c"], reports=True) == 1


def test_of_a_queue_just_the_named_messages_fail():
    answer = {"batchItemFailures": [{"itemIdentifier": "b"}]}

    assert failed_messages(answer, ["a", "b", "c"], reports=True) == {"b"}


def test_the_note_says_where_the_records_stand():
    note = failure_note(
        GivenUp((record(1), record(2)), "RetryAttemptsExhausted", 4, erred=True),
        stream_arn="arn:stream",
        shard_id="shard-1",
        function_arn="arn:function",
        request_id="req-1",
        at=WRITTEN + 1.5,
    )

    assert note == {
        "requestContext": {
            "requestId": "req-1",
            "functionArn": "arn:function",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 4,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": "2026-11-18T11:06:41.500Z",
        "DDBStreamBatchInfo": {
            "shardId": "shard-1",
            "startSequenceNumber": "1",
            "endSequenceNumber": "2",
            "approximateArrivalOfFirstRecord": "2026-11-18T11:06:40Z",
            "approximateArrivalOfLastRecord": "2026-11-18T11:06:40Z",
            "batchSize": 2,
            "streamArn": "arn:stream",
        },
    }


def test_the_note_of_records_that_were_never_seen_has_no_answer():
    note = failure_note(
        GivenUp((record(1),), "RecordAgeExceeded", 0),
        stream_arn="",
        shard_id="",
        function_arn="",
        request_id="",
        at=WRITTEN,
    )

    assert "responseContext" not in note


def test_the_settings_are_those_of_the_event_source():
    settings = StreamSettings.of(
        {
            "BatchSize": 7,
            "MaximumBatchingWindowInSeconds": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 5,
            "MaximumRecordAgeInSeconds": 60,
            "ParallelizationFactor": 2,
            "StartingPosition": "LATEST",
            "DestinationConfig": {"OnFailure": {"Destination": "arn:queue"}},
        }
    )

    assert settings == StreamSettings(7, 1, True, True, 5, 60, 2, "arn:queue", True)


def test_unsaid_settings_are_lambdas_defaults():
    assert StreamSettings.of({}) == StreamSettings()
    assert QueueSettings.of({}) == QueueSettings()


def test_a_queues_concurrency_is_its_scaling_limit():
    assert QueueSettings.of({"ScalingConfig": {"MaximumConcurrency": 2}}).concurrency == 2
