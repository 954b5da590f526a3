"""A network in which things have happened, and questions to it."""

from typing import Any

import pytest

from tests.harness.aws import PREFIX, Aws
from tests.harness.network import Network, Reply
from tests.harness.streams import Streams

SEEN = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-01T08:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "epcList": ["urn:epc:id:giai:0614141.12345400"],
    "readPoint": {"id": "urn:epc:id:sgln:9521000.00001.GATE"},
    "bizLocation": {"id": "urn:epc:id:sgln:9521000.00001.0"},
}
"""An event without effect on goods."""


def settle(network: Network) -> None:
    """Let the views come up to what was recorded."""
    import app

    Streams(network.aws, app.app).settle()


def happened(network: Network) -> tuple[list[str], str]:
    """Commission, pack, ship and receive; return the units and their case."""
    units = network.commissioned(3)
    case = network.packed(units)
    network.shipped([case], "acme", "meddist")
    network.received([case], "meddist")
    settle(network)
    return units, case


def events(reply: Reply) -> list[dict[str, Any]]:
    """Return the events of an answer."""
    if reply.status != 200:
        pytest.fail(f"refused: {reply}")
    found: list[dict[str, Any]] = reply["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def steps(reply: Reply) -> list[str]:
    return [event["bizStep"] for event in events(reply)]


def told_by(aws: Aws) -> list[str]:
    """Return all that the views tell: items as stored, and the rows of segments, however cut."""
    from chalicelib.gs1.keys import Gln
    from chalicelib.query.segments import SegmentItem, rows_of
    from chalicelib.trace.store import MovementStore

    raws = aws.client("dynamodb").scan(TableName=f"{PREFIX}-views")["Items"]
    rows = {
        f"{raw['pk']['S']} {row!r}"
        for raw in raws
        if raw["pk"]["S"].startswith("E#")
        for row in rows_of(SegmentItem.from_raw_data(raw))
    }
    for raw in raws:
        if raw["pk"]["S"].startswith("M#"):
            party = Gln(raw["pk"]["S"].removeprefix("M#"))
            rows |= {repr(row) for row in MovementStore().of(party)}
    shared = ("E#", "M#")
    stored = [repr(raw) for raw in raws if not raw["pk"]["S"].startswith(shared)]
    return sorted(stored) + sorted(rows)
