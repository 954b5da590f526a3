"""The inbox is the fold of the events, whatever the stream does on the way."""

import pytest
from botocore.exceptions import ClientError

from chalicelib import stream
from tests.harness.aws import Aws, Saved
from tests.harness.faults import Kind
from tests.harness.network import Network, gln
from tests.harness.streams import Streams, bad_day, given_up


@pytest.fixture
def story(network: Network) -> Saved:
    """Shipments to two parties, received whole, in part, and not at all."""
    units = network.commissioned(12)
    case, other = network.packed(units[:5]), network.packed(units[5:10])
    network.shipped([case, other], "acme", "meddist")
    network.received([units[0], units[1]], "meddist")
    network.received([other], "meddist")
    network.delivered([units[10]], "acme", "citypharm")
    network.shipped([units[11]], "acme", "citypharm")
    return network.aws.save()


def rows(aws: Aws) -> list[str]:
    """Return the rows of shipments."""
    return [row for row in aws.snapshot()["views"] if '"I#' in row or '"S#' in row]


def streams(aws: Aws, seed: int | None = None) -> Streams:
    import app

    return Streams(aws, app.app, None if seed is None else bad_day(seed))


@pytest.fixture
def wanted(aws: Aws, story: Saved) -> list[str]:
    """The rows on a good day."""
    streams(aws).settle()
    found = rows(aws)
    assert len(found) == 6
    aws.restore(story)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_day_leaves_the_same_rows(aws: Aws, wanted: list[str], seed: int) -> None:
    streams(aws, seed).settle()

    assert rows(aws) == wanted
    assert given_up(aws) == []


def test_a_rebuild_makes_the_same_rows(aws: Aws, wanted: list[str]) -> None:
    stream.rebuild()

    assert rows(aws) == wanted


@pytest.mark.parametrize("kind", [Kind.KILLED_BEFORE, Kind.KILLED_AFTER])
def test_a_crash_at_any_call_leaves_the_same_rows(
    aws: Aws, story: Saved, wanted: list[str], kind: Kind
) -> None:
    for call in range(0, 60, 7):
        aws.restore(story)
        feed = streams(aws)
        try:
            feed.settle_with({call: kind})
        except ClientError as error:
            if error.operation_name not in {"GetRecords", "ReceiveMessage"}:
                raise  # and no call of the runtime's own
            feed.settle()

        assert rows(aws) == wanted, f"{kind} at call {call}"


def test_the_inbox_follows_the_stream(network: Network, story: Saved) -> None:
    assert network.get("citypharm-warehouse", "/v1/inbox")["shipments"] == []

    streams(network.aws).settle()

    found = network.get("citypharm-warehouse", "/v1/inbox")
    assert [each["received"] for each in found["shipments"]].count("all") == 1
    assert {each["from"] for each in found["shipments"]} == {gln("acme")}
    assert found["asOf"] == "2026-11-23T09:30:00.000Z"
