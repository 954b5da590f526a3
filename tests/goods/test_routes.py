"""The doors to goods: the contract of the API, who may pass, and what is answered to whom."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.builders import sscc
from tests.harness.aws import Aws
from tests.harness.network import EXPIRY, GTIN, LOT, Network, Reply, gln, link, serial_of

ENDS = {
    "dispensing": "dispensed",
    "sampling": "sampled",
    "destroying": "destroyed",
    "decommissioning": "inactive",
}


def path_of(epc: str, part: str = "") -> str:
    """Return the path of a unit or container."""
    key = epc.removeprefix("https://id.gs1.org/")
    kind, _, rest = key.partition("/")
    if kind == "00":
        return f"/v1/containers/{rest}{part}"
    return f"/v1/units/{rest.replace('/21/', '/')}{part}"


def faults(reply: Reply) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in reply["errors"]}


# --- the contract


def test_a_commissioning_answers_with_its_event_and_lot(network: Network) -> None:
    serials = network.serials(3)
    body = {"gtin": GTIN, "lot": LOT, "serials": serials, "expiry": EXPIRY}

    reply = network.post("acme-line", "/v1/commissioning", body)

    assert reply.status == 201
    assert reply.body == {
        "eventId": reply["eventId"],
        "eventIds": [reply["eventId"]],
        "recordTime": "2026-11-23T09:30:00.000Z",
        "count": 3,
        "warnings": [],
        "gtin": GTIN,
        "lot": LOT,
    }
    assert reply["eventId"].startswith("urn:uuid:")


def test_goods_are_packed_shipped_received_and_unpacked(network: Network) -> None:
    units = network.commissioned(6)
    case, other, pallet = network.sscc(), network.sscc(), network.sscc()
    items = [
        {"parent": case, "children": units[:3]},
        {"parent": other, "children": units[3:]},
        {"parent": pallet, "children": [case, other]},
    ]
    documents = [{"type": "desadv", "id": "DA-1"}]

    packed = network.post("acme-line", "/v1/packing", {"items": items})
    shipped = network.post(
        "acme-warehouse",
        "/v1/shipping",
        {"epcs": [pallet], "to": gln("meddist"), "documents": documents},
    )
    received = network.post(
        "meddist-warehouse",
        "/v1/receiving",
        {"epcs": [pallet], "from": gln("acme"), "documents": documents},
    )
    unpacked = network.post("meddist-warehouse", "/v1/unpacking", {"parent": pallet})
    taken = network.post(
        "meddist-warehouse", "/v1/unpacking", {"parent": case, "children": units[:2]}
    )

    replies = (packed, shipped, received, unpacked, taken)
    assert [reply.status for reply in replies] == [201] * 5
    assert [reply["count"] for reply in replies] == [8, 1, 1, 0, 2]
    assert len(packed["eventIds"]) == 3
    found = network.get("meddist-warehouse", path_of(case)).body
    assert (found["count"], found["container"], found["holder"]) == (1, None, gln("meddist"))
    assert found["lots"] == [{"gtin": GTIN, "lot": LOT, "quantity": 1}]


@pytest.mark.parametrize("end", ENDS)
def test_a_life_ends_and_may_begin_again(network: Network, end: str) -> None:
    (unit,) = network.commissioned(1)

    ended = network.post("acme-warehouse", f"/v1/{end}", {"epcs": [unit], "reason": "because"})

    assert (ended.status, ended["count"]) == (201, 1)
    assert network.get("acme-auditor", path_of(unit))["state"] == ENDS[end]
    again = network.ask("acme-warehouse", "POST", "/v1/reactivation", {"epcs": [unit]})
    assert again.status == (409 if end == "destroying" else 201)


def test_unused_numbers_are_returned_by_their_owner(network: Network) -> None:
    serials = network.serials(3)
    path = f"/v1/products/{GTIN}/serials/returns"

    stranger = network.ask("meddist-line", "POST", path, {"serials": serials[:1]})
    returned = network.post("acme-line", path, {"serials": serials[:2], "reason": "misprint"})

    assert (stranger.status, stranger["code"]) == (404, "not_found")
    assert (returned.status, returned["count"]) == (201, 2)
    body = {"gtin": GTIN, "lot": LOT, "serials": serials}
    refused = network.ask("acme-line", "POST", "/v1/commissioning", body)
    assert faults(refused) == {
        "/serials/0": "already_commissioned",
        "/serials/1": "already_commissioned",
    }


def test_epcs_are_accepted_in_any_spelling(network: Network) -> None:
    units = network.commissioned(4)
    serials = [serial_of(unit) for unit in units]
    spelled = [
        units[0],
        f"urn:epc:id:sgtin:9521000.{GTIN[0]}00001.{serials[1]}",
        f"(01){GTIN}(21){serials[2]}",
        f"https://shop.example/p/01/{GTIN}/21/{serials[3]}?17=281231",
    ]

    reply = network.post("acme-warehouse", "/v1/dispensing", {"epcs": spelled})

    assert reply["count"] == 4
    assert {network.get("acme-line", path_of(unit))["state"] for unit in units} == {"dispensed"}
    assert network.get("acme-line", path_of(units[1]))["epc"] == units[1]


def test_a_serial_of_strange_characters_is_found_by_its_encoded_path(network: Network) -> None:
    serial = "%2F/a?b&c"
    body = {"gtin": GTIN, "lot": LOT, "serials": [serial]}
    network.post("acme-line", "/v1/commissioning", body)

    path = f"/v1/units/{GTIN}/{quote(serial, safe='')}"

    assert network.get("acme-line", path)["serial"] == serial
    assert len(network.get("acme-line", f"{path}/history")["events"]) == 1


def test_events_may_have_happened_earlier_and_elsewhere(network: Network) -> None:
    (unit,) = network.commissioned(1)
    body = {
        "epcs": [unit],
        "eventTime": "2026-11-23T10:29:00+01:00",
        "readPoint": f"https://id.gs1.org/414/{gln('acme')}/254/LAB",
    }
    network.post("acme-quality", "/v1/sampling", body)

    event = network.get("acme-quality", path_of(unit, "/history"))["events"][1]

    assert (event["eventTime"], event["eventTimeZoneOffset"]) == (
        "2026-11-23T09:29:00.000Z", "+01:00",
    )  # fmt: skip
    assert event["readPoint"] == {"id": body["readPoint"]}


# --- once


def test_a_repeat_answers_the_same_and_says_that_it_is_one(network: Network, aws: Aws) -> None:
    body = {"gtin": GTIN, "lot": LOT, "serials": network.serials(3)}
    first = network.post("acme-line", "/v1/commissioning", body, key="k")
    before = aws.snapshot()

    again = network.post("acme-line", "/v1/commissioning", body, key="k")

    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert aws.snapshot() == before


def test_a_key_is_for_one_payload_of_one_operation(network: Network, aws: Aws) -> None:
    units = network.commissioned(2)
    network.post("acme-warehouse", "/v1/dispensing", {"epcs": units[:1]}, key="k")
    before = aws.snapshot()

    reused = network.ask("acme-warehouse", "POST", "/v1/dispensing", {"epcs": units[1:]}, key="k")

    assert (reused.status, reused["code"]) == (422, "key_reused")
    assert aws.snapshot() == before
    network.post("acme-warehouse", "/v1/sampling", {"epcs": units[1:]}, key="k")


# --- refusals


def test_a_refusal_names_every_epc_its_reason_and_the_state(network: Network, aws: Aws) -> None:
    units = network.commissioned(4)
    network.post("acme-warehouse", "/v1/destroying", {"epcs": units[:2]})
    before = aws.snapshot()

    reply = network.ask("acme-warehouse", "POST", "/v1/dispensing", {"epcs": units})

    assert (reply.status, reply["code"]) == (409, "destroyed")
    assert reply["errors"] == [
        {"pointer": f"/epcs/{n}", "code": "destroyed", "message": "it is destroyed"} for n in (0, 1)
    ]
    assert reply["facts"] == {"state": "destroyed"}
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert aws.snapshot() == before


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/v1/commissioning", {"gtin": GTIN, "lot": "no such", "serials": ["a"]}, "/lot"),
        ("/v1/commissioning", {"gtin": "123", "lot": LOT, "serials": ["a"]}, "/gtin"),
        ("/v1/commissioning", {"gtin": GTIN, "lot": LOT, "serials": ["a", "b", "a"]}, "/serials/2"),
        ("/v1/commissioning", {"gtin": GTIN, "lot": LOT, "serials": ["ä"]}, "/serials/0"),
        ("/v1/commissioning", {"gtin": GTIN, "lot": LOT}, "/serials"),
        ("/v1/packing", {"parent": "x", "children": [link(GTIN, "a")]}, "/parent"),
        ("/v1/packing", {"parent": f"(01){GTIN}", "children": [link(GTIN, "a")]}, "/parent"),
        ("/v1/packing", {"parent": link(GTIN, "a"), "children": [link(GTIN, "b")]}, "/parent"),
        ("/v1/unpacking", {"parent": link(GTIN, "a")}, "/parent"),
        (
            "/v1/commissioning",
            {"gtin": GTIN, "lot": LOT, "serials": ["a"], "eventTime": "2026-11-23T09:36:00Z"},
            "/eventTime",
        ),
        (
            "/v1/packing",
            {
                "items": [{"parent": sscc(1).element_string(), "children": [link(GTIN, "b")]}],
                "eventTime": "2027-01-01T00:00:00Z",
            },
            "/eventTime",
        ),
    ],
)
def test_a_field_at_fault_is_named_and_nothing_is_written(
    network: Network, aws: Aws, path: str, body: dict[str, Any], wrong: str
) -> None:
    before = aws.snapshot()

    reply = network.ask("acme-line", "POST", path, body)

    assert reply.status in (400, 404)
    assert list(faults(reply)) == [wrong]
    assert aws.snapshot() == before


@pytest.mark.parametrize("form", ["single", "items"])
def test_goods_are_shipped_to_parties_of_the_address_book_only(
    network: Network, aws: Aws, form: str
) -> None:
    (unit,) = network.commissioned(1)
    shipment = {"epcs": [unit], "to": "9529999999993"}
    before = aws.snapshot()

    reply = network.ask(
        "acme-warehouse",
        "POST",
        "/v1/shipping",
        shipment if form == "single" else {"items": [shipment]},
    )

    assert reply.status == 400
    assert faults(reply) == {"/to" if form == "single" else "/items/0/to": "unknown_party"}
    assert aws.snapshot() == before


def test_a_document_type_that_is_no_word_is_refused(network: Network) -> None:
    (unit,) = network.commissioned(1)
    body = {"epcs": [unit], "to": gln("meddist"), "documents": [{"type": "PO", "id": "7"}]}

    reply = network.ask("acme-warehouse", "POST", "/v1/shipping", body)

    assert faults(reply) == {"/documents/0/type": "document_type"}


# --- verification


def test_anybody_verifies_a_pack_by_its_scan_or_by_what_is_printed(network: Network) -> None:
    (unit,) = network.commissioned(1)
    serial = serial_of(unit)
    wanted = {
        "verified": True,
        "reasons": [],
        "state": "active",
        "gtin": GTIN,
        "serial": serial,
        "lot": LOT,
        "expiry": EXPIRY,
        "recalled": False,
        "expired": False,
        "verifiedAt": "2026-11-23T09:30:00.000Z",
        "detail": None,
        "warnings": [],
    }

    for claim in (
        {"scan": f"]d201{GTIN}17281231" + f"10{LOT}\x1d21{serial}"},
        {"gtin": GTIN, "serial": serial, "lot": LOT, "expiry": EXPIRY},
    ):
        reply = network.post("ruralpharm-partner", "/v1/verifications", claim)
        assert (reply.status, reply.body) == (200, wanted)


def test_a_verification_needs_no_key_and_changes_nothing(network: Network, aws: Aws) -> None:
    (unit,) = network.commissioned(1)
    headers = {"Authorization": f"Bearer {network._token('acme-line')}"}
    headers["Content-Type"] = "application/json"
    before = aws.snapshot()

    reply = network.send(
        "POST",
        "/v1/verifications",
        headers,
        f'{{"gtin": "{GTIN}", "serial": "{serial_of(unit)}"}}',
    )

    assert (reply.status, reply["reasons"]) == (200, [])
    assert aws.snapshot() == before


def test_many_packs_are_verified_at_once(network: Network) -> None:
    units = network.commissioned(2)
    items: list[dict[str, str]] = [{"scan": unit} for unit in units]
    items += [{"scan": "]d2" + "9" * 30}, {"scan": "(01)"}, {"scan": "a" * 8000}]
    items += [{"gtin": GTIN, "serial": f"x{number}"} for number in range(995)]

    results = network.post("acme-auditor", "/v1/verifications", {"items": items})["results"]

    assert len(results) == 1000
    assert [each["verified"] for each in results[:3]] == [True, True, False]
    assert [each["reasons"] for each in results[2:5]] == [["malformed"]] * 3
    assert {tuple(each["reasons"]) for each in results[5:]} == {("unknown",)}
    assert all(each["detail"] for each in results[2:5])


@pytest.mark.parametrize(
    "scan", ["", " ", "\x00", "]d2", "(01)", "https://", "urn:epc:", "a" * 8001]
)
def test_a_scan_that_cannot_be_read_is_refused_under_its_field(network: Network, scan: str) -> None:
    reply = network.ask("acme-line", "POST", "/v1/verifications", {"scan": scan})

    assert reply.status == 400
    assert list(faults(reply)) == ["/scan"]


def test_no_more_than_a_thousand_packs_are_verified_at_once(network: Network) -> None:
    items = [{"gtin": GTIN, "serial": "x"}] * 1001

    reply = network.ask("acme-line", "POST", "/v1/verifications", {"items": items})

    assert (reply.status, list(faults(reply))) == (400, ["/items"])


# --- looking


@pytest.fixture
def sold(network: Network) -> tuple[list[str], str, str]:
    """Units in a case on a pallet that went to meddist; the case went on to citypharm."""
    units = network.commissioned(5)
    case = network.packed(units[:4])
    pallet = network.packed([case])
    network.delivered([pallet], "acme", "meddist")
    network.delivered([case], "meddist", "citypharm")
    return units, case, pallet


def test_contents_come_in_pages(network: Network) -> None:
    units = network.commissioned(25)
    case = network.packed(units)
    path = path_of(case, "/contents")
    found: list[str] = []
    page = network.get("acme-line", f"{path}?limit=10")
    sizes = [len(page["contents"])]
    found += page["contents"]
    while page["next"]:
        page = network.get("acme-line", f"{path}?limit=10&cursor={page['next']}")
        sizes.append(len(page["contents"]))
        found += page["contents"]

    assert sizes == [10, 10, 5]
    assert sorted(found) == sorted(units)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=x", "page=1"])
def test_a_page_that_cannot_be_is_refused(network: Network, query: str) -> None:
    case = network.packed(network.commissioned(3))

    reply = network.ask("acme-line", "GET", path_of(case, f"/contents?{query}"))

    assert (reply.status, list(faults(reply))) == (400, [f"#/query/{query.partition('=')[0]}"])


def test_a_cursor_is_of_one_organisation_and_one_list(network: Network) -> None:
    units = network.commissioned(6)
    case, other = network.packed(units[:3]), network.packed(units[3:])
    cursor = network.get("acme-line", path_of(case, "/contents?limit=1"))["next"]

    for who, epc in (("acme-line", other), ("meddist-line", case)):
        path = path_of(epc, f"/contents?limit=1&cursor={cursor}")
        assert network.ask(who, "GET", path).status in (400, 404)


def test_what_is_in_a_container_now_is_not_told_to_past_holders(
    network: Network, sold: tuple[list[str], str, str]
) -> None:
    _, case, _ = sold

    assert network.get("citypharm-auditor", path_of(case))["count"] == 4
    assert network.get("acme-auditor", path_of(case))["count"] is None
    hidden = network.ask("acme-auditor", "GET", path_of(case, "/contents"))
    unknown = network.ask("acme-auditor", "GET", path_of(network.sscc(), "/contents"))
    assert (hidden.status, hidden["detail"]) == (404, unknown["detail"])


LOOKS = ["", "/history"]


@pytest.mark.parametrize("part", LOOKS)
def test_invisible_goods_are_answered_as_unknown_ones(
    network: Network, sold: tuple[list[str], str, str], part: str
) -> None:
    units, case, pallet = sold
    hidden = {
        "ruralpharm-auditor": [units[0], case, pallet, units[4]],
        "citypharm-auditor": [pallet, units[4]],
        "meddist-auditor": [units[4]],
    }

    for who, epcs in hidden.items():
        for epc in epcs:
            absent = link(GTIN, "unheard") if "/21/" in epc else network.sscc()
            found = network.ask(who, "GET", path_of(epc, part))
            unknown = network.ask(who, "GET", path_of(absent, part))
            assert found.status == unknown.status == 404
            assert _bare(found) == _bare(unknown)


def _bare(reply: Reply) -> dict[str, Any]:
    return {name: value for name, value in reply.body.items() if name != "instance"}


def test_a_history_may_be_as_of_another_time(network: Network) -> None:
    (unit,) = network.commissioned(1)
    body = {"epcs": [unit], "eventTime": "2026-11-23T09:00:00Z"}
    network.post("acme-quality", "/v1/sampling", body)
    path = path_of(unit)

    now = network.get("acme-line", f"{path}/history")
    then = network.get("acme-line", f"{path}/history?asOf=2026-11-23T09:00:00Z")

    assert [event["bizStep"] for event in now["events"]] == ["commissioning", "sampling"]
    assert then["events"] == [], "it was commissioned at half past nine, so it was sampled then"
    assert (now["asOf"], then["asOf"]) == ("2026-11-23T09:30:00.000Z", "2026-11-23T09:00:00.000Z")
    assert network.ask("acme-line", "GET", f"{path}?asOf=2026-11-23T09:00:00Z").status == 404
    assert network.ask("acme-line", "GET", f"{path}?asOf=yesterday").status == 400


# --- who may do what, by relation to the goods


RELATIONS = ["holder", "destination", "past holder", "outsider"]
MAY = {
    #                  holder, destination, past holder, outsider
    "packing":         (201, 409, 409, 404),
    "shipping":        (201, 409, 409, 404),
    "receiving":       (409, 201, 409, 409),
    "dispensing":      (201, 409, 409, 404),
    "sampling":        (201, 409, 409, 404),
    "destroying":      (201, 409, 409, 404),
    "decommissioning": (201, 409, 409, 404),
    "reactivation":    (409, 409, 409, 404),
    "commissioning":   (404, 404, 404, 404),
    "verifications":   (200, 200, 200, 200),
    "unit":            (200, 200, 200, 404),
    "history":         (200, 200, 200, 404),
}  # fmt: skip


@pytest.mark.parametrize("operation", MAY)
def test_what_one_may_do_follows_from_the_relation_to_the_goods(
    network: Network, operation: str
) -> None:
    units = network.commissioned(4)
    network.delivered(units, "acme", "meddist")
    network.delivered(units, "meddist", "citypharm")
    network.shipped([units[1]], "citypharm", "ruralpharm")
    callers = ("citypharm", "ruralpharm", "meddist", "ruralpharm")

    replies = [
        attempt(network, who, operation, unit) for who, unit in zip(callers, units, strict=True)
    ]

    statuses = dict(zip(RELATIONS, [reply.status for reply in replies], strict=True))
    assert statuses == dict(zip(RELATIONS, MAY[operation], strict=True))


def attempt(network: Network, who: str, operation: str, unit: str) -> Reply:
    """Do something with a unit, by a client whose role allows it."""
    if operation in ("unit", "history"):
        return network.ask(
            f"{who}-auditor", "GET", path_of(unit, "" if operation == "unit" else "/history")
        )
    bodies: dict[str, dict[str, Any]] = {
        "packing": {"parent": network.sscc(), "children": [unit]},
        "shipping": {"epcs": [unit], "to": gln("acme")},
        "commissioning": {"gtin": GTIN, "lot": LOT, "serials": [serial_of(unit)]},
        "verifications": {"scan": unit},
    }
    role = "line" if operation == "commissioning" else "warehouse"
    body = bodies.get(operation, {"epcs": [unit]})
    return network.ask(f"{who}-{role}", "POST", f"/v1/{operation}", body)


@pytest.mark.parametrize(
    ("operation", "role"),
    [
        ("commissioning", "warehouse"),
        ("packing", "quality"),
        ("unpacking", "auditor"),
        ("shipping", "line"),
        ("receiving", "line"),
        ("dispensing", "quality"),
        ("sampling", "partner"),
        ("destroying", "line"),
        ("decommissioning", "auditor"),
        ("reactivation", "admin"),
    ],
)
def test_a_role_without_the_scope_is_turned_away_before_anything_is_looked_at(
    network: Network, aws: Aws, operation: str, role: str
) -> None:
    before = aws.snapshot()

    reply = network.ask(f"acme-{role}", "POST", f"/v1/{operation}", {})

    assert (reply.status, reply["code"]) == (403, "scope")
    assert aws.snapshot() == before
