"""A recall tells everyone, with just his goods, whatever streams and queues do on the way.

Duplicates, old batches again, any order across lanes, and a crash at any call of any worker: the
same notices in the end as on a good day, and no party without one.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.harness.aws import Aws, Saved
from tests.harness.faults import Kind, injected
from tests.harness.network import GTIN, LOT, Network, gln
from tests.harness.streams import Streams, bad_day, given_up
from tests.notify.receiver import Receiver, receiving

SENDERS = ("acme", "meddist")


@pytest.fixture
def receiver(loopback: None) -> Any:
    """The distributor's server."""
    with receiving() as there:
        yield there


@pytest.fixture
def opened(network: Network, receiver: Receiver) -> Saved:
    """A recall just opened, over goods at two tiers, and nothing of it taken in by any stream."""
    network.pace = timedelta(seconds=1)
    units = network.commissioned(10)
    cases = [network.packed(units[:4]), network.packed(units[4:8])]
    network.delivered([network.packed(cases)], "acme", "meddist")
    network.delivered([cases[0]], "meddist", "citypharm")
    network.on_its_way = network.shipped([cases[1]], "meddist", "ruralpharm")["eventId"]
    network.delivered(units[8:9], "acme", "citypharm")
    body = {"url": receiver.url, "types": ["recall.notice"]}
    network.post("meddist-quality", "/v1/webhooks", body)
    recall = {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]},
        "reason": "glass in the bottle",
        "classification": "I",
    }
    network.recall = network.post("acme-quality", "/v1/recalls", recall)["id"]
    return network.aws.save()


def streams(aws: Aws, seed: int | None = None) -> Streams:
    import app

    return Streams(aws, app.app, None if seed is None else bad_day(seed))


def told(network: Network) -> dict[tuple[str, str], Any]:
    """Return what each sender's notices say, by sender and party."""
    found = {}
    for sender in SENDERS:
        path = f"/v1/recalls/{network.recall}/notices"
        for notice in network.get(f"{sender}-quality", path)["notices"]:
            if notice["direction"] == "sent":
                lots = [(lot["lot"], lot["quantity"]) for lot in notice["lots"]]
                found[notice["shipper"], notice["party"]] = (lots, notice["status"])
    return found


EXPECTED = {
    ("acme", "meddist"): ([(LOT, 8)], "delivered"),
    ("acme", "citypharm"): ([(LOT, 1)], "unreachable"),
    ("meddist", "citypharm"): ([(LOT, 4)], "unreachable"),
    ("meddist", "ruralpharm"): ([(LOT, 4)], "unreachable"),
}


def expected() -> dict[tuple[str, str], Any]:
    return {(gln(sender), gln(party)): what for (sender, party), what in EXPECTED.items()}


def test_everyone_is_told_of_just_his_goods(
    network: Network, opened: Saved, receiver: Receiver
) -> None:
    streams(network.aws).settle_later()

    assert told(network) == expected()
    assert len(receiver.requests) == 1
    assert given_up(network.aws) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_day_tells_the_same(
    network: Network, opened: Saved, receiver: Receiver, seed: int
) -> None:
    streams(network.aws, seed).settle_later()

    assert told(network) == expected()
    assert receiver.requests
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert given_up(network.aws) == []


@pytest.mark.parametrize(
    ("kind", "first", "stride"),
    [(Kind.KILLED_AFTER, 0, 29), (Kind.LOST, 5, 97), (Kind.THROTTLED, 11, 97)],
)
def test_trouble_at_any_call_of_any_worker_tells_the_same(
    network: Network, opened: Saved, kind: Kind, first: int, stride: int
) -> None:
    """At every so-maniest call: each of them is 0.2 s, and neighbours are alike."""
    running = streams(network.aws)
    with injected() as calls:
        running.settle_later()
    ours = [
        number
        for number, name in enumerate(calls.made, start=1)
        if name.startswith(("dynamodb.", "sqs.Send"))
    ]
    assert len(ours) > 100

    for number in ours[first::stride]:
        network.aws.restore(opened)
        _, hit = streams(network.aws).settle_with({number: kind})
        assert told(network) == expected(), hit
        assert network.aws.messages("recall-dead") == network.aws.messages("notices-dead") == []


def withdrawn(network: Network) -> None:
    """Meddist finds that the goods on their way to ruralpharm never left."""
    body = {"event": network.on_its_way, "reason": "did_not_occur"}
    network.post("meddist-warehouse", "/v1/corrections", body)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_whom_nothing_was_sent_to_after_all_is_not_told(
    network: Network, opened: Saved, receiver: Receiver, seed: int | None
) -> None:
    withdrawn(network)

    streams(network.aws, seed).settle_later()

    nobody = (gln("meddist"), gln("ruralpharm"))
    assert told(network) == {
        parties: what for parties, what in expected().items() if parties != nobody
    }


@pytest.mark.parametrize("seed", [None, 3, 4])
def test_a_party_that_was_told_is_told_what_is_left(
    network: Network, opened: Saved, receiver: Receiver, seed: int | None
) -> None:
    running = streams(network.aws, seed)
    running.settle_later()
    assert told(network) == expected()

    withdrawn(network)
    running.settle_later()

    less = {(gln("meddist"), gln("ruralpharm")): ([(LOT, 0)], "unreachable")}
    assert told(network) == expected() | less
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1, "not meddist"
    assert given_up(network.aws) == []
