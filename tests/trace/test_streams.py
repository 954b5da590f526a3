"""Read models are the fold of the events, whatever the stream does on the way.

Duplicates, old batches coming again, any order across lanes, poison in the middle, a crash at any
call between effect and acknowledgement: in the end the same rows.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from tests.harness.aws import PREFIX, Aws, Saved
from tests.harness.faults import Kind, injected
from tests.harness.network import GTIN, LOT, Network, gln
from tests.harness.streams import Streams, bad_day, given_up
from tests.query.world import told_by

OTHER_LOT = "L2"


@pytest.fixture
def story(network: Network) -> Saved:
    """Goods on their way to two pharmacies, nothing of it taken in by the read models yet."""
    network.pace = timedelta(minutes=1)
    network.lot(GTIN, OTHER_LOT)
    units = network.commissioned(12)
    others = network.commissioned(4, lot=OTHER_LOT)
    cases = [network.packed(units[:5]), network.packed([*units[5:10], *others[:2]])]
    pallet = network.packed(cases)
    network.delivered([pallet], "acme", "meddist")
    network.delivered([cases[0]], "meddist", "citypharm")
    network.delivered([cases[1]], "meddist", "ruralpharm")
    network.delivered([others[2]], "acme", "citypharm")
    network.post("citypharm-warehouse", "/v1/dispensing", {"epcs": units[:2]})
    network.post("citypharm-warehouse", "/v1/reactivation", {"epcs": units[:1]})
    network.post("acme-warehouse", "/v1/destroying", {"epcs": [units[10]]})
    network.post("acme-quality", "/v1/sampling", {"epcs": [units[11]]})
    network.shipped([others[3]], "acme", "meddist")
    return network.aws.save()


def views(aws: Aws) -> list[str]:
    return told_by(aws)


def streams(aws: Aws, seed: int | None = None) -> Streams:
    import app

    return Streams(aws, app.app, None if seed is None else bad_day(seed))


@pytest.fixture
def wanted(aws: Aws, story: Saved) -> list[str]:
    """The views on a good day."""
    streams(aws).settle()
    found = views(aws)
    aws.restore(story)
    return found


def sent(network: Network, who: str, lot: str) -> Mapping[str, int]:
    """Return how many units of a lot each party was sent, as the API tells it."""
    reply = network.get(who, f"/v1/lots/{GTIN}/{lot}/deliveries")
    total: Counter[str] = Counter()
    for row in reply["deliveries"]:
        total[row["party"]] += row["quantity"]
    return total


@pytest.mark.usefixtures("story")
def test_everyone_sees_what_he_sent(network: Network) -> None:
    streams(network.aws).settle()

    assert sent(network, "acme-quality", LOT) == {gln("meddist"): 10}
    assert sent(network, "acme-quality", OTHER_LOT) == {gln("meddist"): 3, gln("citypharm"): 1}
    assert sent(network, "meddist-quality", LOT) == {gln("citypharm"): 5, gln("ruralpharm"): 5}
    assert sent(network, "meddist-quality", OTHER_LOT) == {gln("ruralpharm"): 2}


@pytest.mark.usefixtures("story")
def test_holdings_are_what_came_less_what_went(network: Network) -> None:
    from chalicelib.gs1.keys import Gln
    from chalicelib.trace.model import holdings
    from chalicelib.trace.store import MovementStore

    streams(network.aws).settle()

    found = {
        name: {row.lgtin.lot: row.quantity for row in holdings(MovementStore().of(Gln(gln(name))))}
        for name in ("acme", "meddist", "citypharm", "ruralpharm")
    }
    assert found == {
        "acme": {},
        "meddist": {},
        "citypharm": {LOT: 4, OTHER_LOT: 1},
        "ruralpharm": {LOT: 5, OTHER_LOT: 2},
    }


@pytest.mark.parametrize("seed", range(8))
def test_a_bad_day_leaves_the_same_views(
    aws: Aws, story: Saved, wanted: list[str], seed: int
) -> None:
    streams(aws, seed).settle()

    assert views(aws) == wanted
    assert given_up(aws) == []


def test_taking_everything_in_twice_changes_nothing(aws: Aws, wanted: list[str]) -> None:
    streams(aws).settle()
    streams(aws).settle()  # it remembers nothing, and begins at the oldest record

    assert views(aws) == wanted


def test_poison_in_the_middle_stops_nobody(aws: Aws, story: Saved, wanted: list[str]) -> None:
    shard = aws.table("events").stream_shard
    before = list(shard.items)
    poison = {"pk": {"S": "poison"}, "sk": {"S": "-"}, "d": {"B": b"no record"}}
    aws.client("dynamodb").put_item(TableName=f"{PREFIX}-events", Item=poison)
    (bad,) = shard.items[len(before) :]
    shard.items[:] = [*before[:4], bad, *before[4:]]
    for number, record in enumerate(shard.items):
        sequence = str(shard.starting_sequence_number + number)
        record.record["dynamodb"]["SequenceNumber"] = sequence

    streams(aws).settle()

    assert views(aws) == wanted
    (note,) = given_up(aws)
    info = note["DDBStreamBatchInfo"]
    assert info["startSequenceNumber"] == bad.record["dynamodb"]["SequenceNumber"]
    assert info["batchSize"] == 1


@pytest.mark.parametrize("kind", [Kind.KILLED_BEFORE, Kind.KILLED_AFTER])
def test_a_crash_at_any_call_leaves_the_same_views(
    aws: Aws, story: Saved, wanted: list[str], kind: Kind
) -> None:
    running = streams(aws)
    with injected() as calls:
        running.settle()
    writes = [n for n, name in enumerate(calls.made, start=1) if name == "dynamodb.PutItem"]
    # Before one write is after the one before it: some of them will do.
    for number in writes if kind is Kind.KILLED_AFTER else writes[::4]:
        aws.restore(story)
        _, hit = streams(aws).settle_with({number: kind})
        assert hit == [f"dynamodb.PutItem: {kind}"]
        assert views(aws) == wanted, number


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_an_outage_in_the_middle_leaves_the_same_views(
    aws: Aws, story: Saved, wanted: list[str], kind: Kind
) -> None:
    running = streams(aws)
    with injected() as calls:
        running.settle()
    puts = [n for n, name in enumerate(calls.made, start=1) if name == "dynamodb.PutItem"]
    middle = puts[len(puts) // 2]
    aws.restore(story)

    _, hit = streams(aws).settle_with(dict.fromkeys(range(middle, middle + 3), kind))

    assert hit
    assert views(aws) == wanted
    assert given_up(aws) == []


def test_the_watermark_is_that_of_the_newest_event(aws: Aws, story: Saved) -> None:
    from chalicelib.trace.store import watermark

    streams(aws, 1).settle()

    found = watermark("events")
    assert found is not None
    assert found.isoformat() == max(item["t"] for item in aws.items("events"))


def test_the_watermark_never_goes_back(aws: Aws, at: datetime) -> None:
    """Batches are handed over side by side and again: an older one may come after a newer one."""
    from chalicelib.trace.store import advance, watermark

    advance("events", at)
    advance("events", at - timedelta(minutes=1))
    assert watermark("events") == at

    advance("events", at + timedelta(milliseconds=1))
    assert watermark("events") == at + timedelta(milliseconds=1)
