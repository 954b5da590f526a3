"""The door to reading scans: the contract, and that nothing is looked up."""

import pytest

from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.network import EXPIRY, GTIN, LOT, Network

PACK = f"]d201{GTIN}10A1\x1d21S1"


def test_one_scan_is_answered(network: Network) -> None:
    reply = network.post("acme-warehouse", "/v1/scans", {"scan": PACK + "\r\n"})

    assert reply.status == 200
    assert reply.body == {
        "results": [
            {
                "valid": True,
                "elements": [
                    {"ai": "01", "title": "GTIN", "value": GTIN, "date": None},
                    {"ai": "10", "title": "BATCH/LOT", "value": "A1", "date": None},
                    {"ai": "21", "title": "SERIAL", "value": "S1", "date": None},
                ],
                "keys": {
                    "gtin": GTIN,
                    "lot": "A1",
                    "serial": "S1",
                    "epcUrn": "urn:epc:id:sgtin:9521000.000001.S1",
                },
                "digitalLink": f"https://id.gs1.org/01/{GTIN}/10/A1/21/S1",
                "warnings": [],
                "errors": [],
            }
        ]
    }


def test_many_scans_are_answered_in_order_also_when_some_cannot_be_read(network: Network) -> None:
    scans = [
        PACK,
        "",
        "nonsense",
        {"scan": PACK.replace("\x1d", "%"), "profile": {"separator": "%"}},
    ]
    reply = network.post("acme-warehouse", "/v1/scans", {"scans": scans})

    assert reply.status == 200
    assert [each["valid"] for each in reply["results"]] == [True, False, False, True]
    assert [each["errors"][0]["code"] for each in reply["results"][1:3]] == ["length", "unknown_ai"]
    assert reply["results"][3]["keys"] == reply["results"][0]["keys"]


def test_a_thousand_scans_ask_the_database_for_nothing(aws: Aws, network: Network) -> None:
    network.post("acme-warehouse", "/v1/scans", {"scan": PACK})
    with counted(aws) as spent:
        reply = network.post("acme-warehouse", "/v1/scans", {"scans": [PACK] * 1000})

    assert len(reply["results"]) == 1000
    assert spent.round_trips == 0


def test_every_role_may_read_scans_and_nobody_else(network: Network) -> None:
    for who in ("acme-line", "acme-quality", "citypharm-warehouse"):
        assert network.ask(who, "POST", "/v1/scans", {"scan": PACK}).status == 200
    stranger = network.send(
        "POST", "/v1/scans", {"Content-Type": "application/json"}, '{"scan": "x"}'
    )
    assert stranger.status == 401


@pytest.mark.parametrize("body", [{}, {"scans": []}, {"scan": PACK, "scans": [PACK]}, {"scan": 1}])
def test_what_is_no_request_is_refused_as_a_whole(network: Network, body: object) -> None:
    reply = network.ask("acme-warehouse", "POST", "/v1/scans", body)

    assert reply.status == 400
    assert "expected" in reply["errors"][0]["message"]


# --- the other doors read scans alike


def test_a_verification_takes_what_a_scanner_sends_and_says_what_was_wrong(
    network: Network,
) -> None:
    (unit,) = network.commissioned(1)
    serial = unit.rpartition("/")[2]
    scan = f"01{GTIN}10{LOT}|21{serial}\r\n"
    reply = network.post("citypharm-warehouse", "/v1/verifications", {"scan": scan})

    assert reply["reasons"] == []
    assert reply["verified"] is True
    assert [each["code"] for each in reply["warnings"]] == ["separator"]


def test_a_verification_refuses_what_reads_in_two_ways(network: Network) -> None:
    scan = f"01{GTIN}17{EXPIRY[2:].replace('-', '')}10A121S1"
    reply = network.ask("citypharm-warehouse", "POST", "/v1/verifications", {"scan": scan})

    assert reply.status == 400
    assert reply["errors"][0]["pointer"] == "/scan"
    assert reply["errors"][0]["code"] == "ambiguous"


def test_a_profile_tells_a_verification_what_was_meant(network: Network) -> None:
    (unit,) = network.commissioned(1)
    serial = unit.rpartition("/")[2]
    body = {
        "scan": f"01{GTIN}10{LOT}21{serial}",
        "profile": {"separator": "", "carries": ["01", "10", "21"]},
    }
    reply = network.ask("citypharm-warehouse", "POST", "/v1/verifications", body)

    if reply.status == 200:
        assert reply["serial"] == serial
    else:  # a serial may happen to hold what looks like another element
        assert reply["errors"][0]["code"] == "ambiguous"


def test_goods_are_named_as_they_are_scanned(network: Network) -> None:
    units = network.commissioned(2)
    serials = [unit.rpartition("/")[2] for unit in units]
    scans = [f"]d201{GTIN}21{serials[0]}\r\n", f"01{GTIN}10{LOT}<GS>21{serials[1]}"]
    case = network.sscc().rpartition("/")[2]
    body = {"parent": f"]C100{case}", "children": scans}
    done = network.post("acme-line", "/v1/packing", body)
    assert [each["code"] for each in done["warnings"]] == ["separator"]

    found = network.get("acme-line", f"/v1/containers/{case}/contents")
    assert sorted(found["contents"]) == sorted(units)
