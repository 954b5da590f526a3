"""Recalls over HTTP."""

from typing import Any

import pytest

from chalicelib.gs1.keys import Lgtin
from chalicelib.recall.routes import routes
from tests.notify.client import Http, Reply
from tests.recall.builders import ACME, CITYPHARM, CLINIC, GTIN, LOT, MEDDIST, SECOND_LOT
from tests.recall.world import World

BODY = {
    "scope": {"lots": [{"gtin": str(GTIN), "lot": "L1"}]},
    "reason": "glass particles",
    "classification": "II",
}


@pytest.fixture(scope="module")
def http() -> Http:
    return Http(routes)


def opened(http: Http, body: Any = None, **more: Any) -> str:
    answer = http.ask("acme-quality", "POST", "/v1/recalls", body or BODY, **more)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def notices(http: Http, who: str, recall: str) -> list[dict[str, Any]]:
    answer = http.ask(who, "GET", f"/v1/recalls/{recall}/notices")
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["notices"]
    return found


def test_a_recall_is_opened_and_shown(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, CLINIC, 2)
    answer = http.ask("acme-quality", "POST", "/v1/recalls", BODY)

    recall = answer.body["id"]
    assert answer.body == {
        "id": recall,
        "status": "opened",
        "scope": {"lots": [{"gtin": str(GTIN), "lot": "L1", "serials": None}]},
        "openedAt": answer.body["openedAt"],
        "blockedAt": answer.body["openedAt"],
    }
    assert answer.headers["Location"] == f"/v1/recalls/{recall}"
    path = f"/v1/recalls/{recall}"
    assert http.ask("acme-quality", "GET", path).body["status"] == "opened"

    world.work()

    shown = http.ask("acme-auditor", "GET", path).body
    assert shown == {
        "id": recall,
        "relation": "owner",
        "reason": "glass particles",
        "classification": "II",
        "owner": str(ACME),
        "openedAt": answer.body["openedAt"],
        "status": "notified",
        "scope": answer.body["scope"],
        "cascade": "auto",
        "blockedAt": answer.body["openedAt"],
        "identifiedAt": "2026-11-23T09:30:00.000Z",
        "progress": {
            "parties": 2,
            "quantity": 12,
            "notices": counts(unreachable=2),
            "tiers": [
                {
                    "tier": 1,
                    "shippers": 1,
                    "identified": 1,
                    "quantity": 12,
                    "notices": counts(unreachable=2),
                },
                {
                    "tier": 2,
                    "shippers": 1,
                    "identified": 1,
                    "quantity": 0,
                    "notices": counts(),
                },
            ],
        },
        "received": [],
    }


def counts(**some: int) -> dict[str, int]:
    names = ("pending", "delivered", "acknowledged", "failed", "unreachable")
    return {name: some.get(name, 0) for name in names}


def test_a_repeat_answers_as_the_first_time(world: World, http: Http) -> None:
    first = http.ask("acme-quality", "POST", "/v1/recalls", BODY, key="k1")
    world.work()
    again = http.ask("acme-quality", "POST", "/v1/recalls", BODY, key="k1")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = BODY | {"reason": "other"}
    assert http.ask("acme-quality", "POST", "/v1/recalls", other, key="k1").status == 422


@pytest.mark.parametrize(
    "serial",
    [
        f"https://id.gs1.org/01/{GTIN}/21/A1",
        f"(01){GTIN}(21)A1",
        {"gtin": str(GTIN), "serial": "A1"},
        "A1",
    ],
)
def test_serials_are_named_in_any_spelling(world: World, http: Http, serial: Any) -> None:
    body = BODY | {"scope": BODY["scope"] | {"serials": [serial]}}  # type: ignore[operator]

    recall = opened(http, body)

    shown = http.ask("acme-quality", "GET", f"/v1/recalls/{recall}").body
    assert shown["scope"] == {"lots": [{"gtin": str(GTIN), "lot": "L1", "serials": 1}]}


LOTS = [{"gtin": str(GTIN), "lot": "L1"}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scope": {"lots": []}}, "/scope/lots"),
        ({"scope": {}}, "/scope/lots"),
        ({"scope": {"lots": [{"gtin": "1", "lot": "L1"}]}}, "/scope/lots/0/gtin"),
        ({"scope": {"lots": [{"gtin": "09506000134353", "lot": "L1"}]}}, "/scope/lots/0/gtin"),
        ({"scope": {"lots": [{"gtin": str(GTIN), "lot": "ä"}]}}, "/scope/lots/0/lot"),
        ({"scope": {"lots": [{"gtin": str(GTIN)}]}}, "/scope/lots/0/lot"),
        ({"scope": {"lots": LOTS * 91}}, "/scope/lots"),
        ({"scope": {"lots": LOTS, "serials": ["non sense"]}}, "/scope/serials/0"),
        (
            {"scope": {"lots": [*LOTS, {"gtin": "09521000000018", "lot": "L1"}], "serials": ["A"]}},
            "/scope/serials/0",
        ),
        (
            {"scope": {"lots": LOTS, "serials": ["https://id.gs1.org/00/095210000000000018"]}},
            "/scope/serials/0",
        ),
        ({"scope": {"lots": LOTS, "serials": [{"gtin": str(GTIN)}]}}, "/scope/serials/0"),
        ({"scope": {"lots": LOTS, "serials": [7]}}, "/scope/serials/0"),
        (
            {"scope": {"lots": LOTS, "serials": [{"gtin": "09521000000018", "serial": "A"}]}},
            "/scope/serials/0",
        ),
        ({"reason": ""}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": "\u0000"}, "/reason"),
        ({"reason": None}, "/reason"),
        ({"classification": "IV"}, "/classification"),
        ({"classification": 1}, "/classification"),
        ({"cascade": "maybe"}, "/cascade"),
        ({"status": "closed"}, "/status"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    world: World, http: Http, change: Any, pointer: str
) -> None:
    answer = http.ask("acme-quality", "POST", "/v1/recalls", BODY | change)

    assert answer.status == 400
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]
    assert world.aws.items("recalls") == []


def test_too_many_serials_are_too_large(world: World, http: Http) -> None:
    serials = [{"gtin": str(GTIN), "serial": str(number)} for number in range(10_001)]
    body = BODY | {"scope": {"lots": LOTS, "serials": serials}}

    assert http.ask("acme-quality", "POST", "/v1/recalls", body).status == 413


def test_lots_of_others_are_not_there(world: World, http: Http) -> None:
    answer = http.ask("meddist-quality", "POST", "/v1/recalls", BODY)

    assert answer.status == 404
    assert [error["pointer"] for error in answer.body["errors"]] == ["/scope/lots/0"]


@pytest.mark.parametrize("role", ["line", "warehouse", "partner", "auditor", "admin"])
def test_only_quality_recalls(world: World, http: Http, role: str) -> None:
    assert http.ask(f"acme-{role}", "POST", "/v1/recalls", BODY).status == 403


def test_both_sides_see_the_notice_in_their_own_way(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = opened(http)
    world.work()

    (sent,) = notices(http, "acme-quality", recall)
    (received,) = notices(http, "meddist-partner", recall)

    assert sent == {
        "id": sent["id"],
        "direction": "sent",
        "tier": 1,
        "shipper": str(ACME),
        "party": str(MEDDIST),
        "status": "unreachable",
        "revision": 1,
        "lots": [
            {
                "gtin": str(GTIN),
                "lot": "L1",
                "quantity": 10,
                "deliveries": 1,
                "serials": None,
                "documents": [{"type": "desadv", "id": "D1"}],
            }
        ],
        "quantity": 10,
        "updatedAt": "2026-11-23T09:30:00.000Z",
        "toldAt": None,
        "problem": "the party has no webhook for recall notices",
        "contact": None,
        "acknowledgement": None,
    }
    assert received == sent | {"direction": "received"}
    one = http.ask("meddist-quality", "GET", f"/v1/recalls/{recall}/notices/{sent['id']}")
    assert one.body == received
    shown = http.ask("meddist-quality", "GET", f"/v1/recalls/{recall}").body
    assert (shown["relation"], shown["received"]) == ("notified", [received])


def acknowledge(
    http: Http, who: str, recall: str, notice: str, body: Any, key: str = "a1"
) -> Reply:
    path = f"/v1/recalls/{recall}/notices/{notice}/acknowledgement"
    return http.ask(who, "POST", path, body, key=key)


def test_a_party_acknowledges(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    recall = opened(http)
    world.work()
    (notice,) = notices(http, "meddist-quality", recall)
    body = {"quantityOnHand": 4, "comment": "six sold"}

    first = acknowledge(http, "meddist-warehouse", recall, notice["id"], body)
    again = acknowledge(http, "meddist-warehouse", recall, notice["id"], body)
    other = acknowledge(http, "meddist-warehouse", recall, notice["id"], {}, key="a2")

    assert first.status == 200
    assert first.body["status"] == "acknowledged"
    assert first.body["acknowledgement"] | {"at": None} == {
        "at": None,
        "quantityOnHand": 4,
        "comment": "six sold",
        "revision": 1,
    }
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert (other.status, other.body["code"]) == (409, "already_acknowledged")
    assert http.ask("acme-quality", "GET", f"/v1/recalls/{recall}").body["progress"]["notices"] == (
        counts(acknowledged=1)
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"quantityOnHand": -1}, "/quantityOnHand"),
        ({"quantityOnHand": "4"}, "/quantityOnHand"),
        ({"quantityOnHand": 1.5}, "/quantityOnHand"),
        ({"quantityOnHand": 10**12}, "/quantityOnHand"),
        ({"comment": ""}, "/comment"),
        ({"status": "x"}, "/status"),
    ],
)
def test_a_wrong_answer_is_named(world: World, http: Http, body: Any, pointer: str) -> None:
    answer = acknowledge(http, "meddist-quality", "0" * 32, "0" * 32, body)

    assert answer.status == 400
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_nobody_acknowledges_for_another(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(ACME, CITYPHARM, 5)
    recall = opened(http)
    world.work()
    (notice,) = notices(http, "meddist-quality", recall)

    for who in ("acme-quality", "citypharm-quality", "ruralpharm-quality"):
        assert acknowledge(http, who, recall, notice["id"], {}).status == 404
    assert acknowledge(http, "meddist-auditor", recall, notice["id"], {}).status == 403


@pytest.mark.parametrize("bad", ["x", "0" * 31, "G" * 32, "a" * 3000])
def test_what_is_no_id_is_refused(world: World, http: Http, bad: str) -> None:
    good = "0" * 32

    for path in (f"/v1/recalls/{bad}", f"/v1/recalls/{bad}/notices"):
        assert http.ask("acme-quality", "GET", path).status == 400
    assert http.ask("acme-quality", "GET", f"/v1/recalls/{good}/notices/{bad}").status == 400
    assert http.ask("acme-quality", "GET", f"/v1/recalls/{good}").status == 404


def test_recalls_are_listed_for_whom_they_concern(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    first = opened(http)
    second = opened(http, BODY | {"scope": {"lots": [{"gtin": str(GTIN), "lot": "L2"}]}})
    world.work()

    page = http.ask("acme-quality", "GET", "/v1/recalls?limit=1")
    rest = http.ask("acme-quality", "GET", f"/v1/recalls?limit=1&cursor={page.body['next']}")
    assert {page.body["recalls"][0]["id"], rest.body["recalls"][0]["id"]} == {first, second}
    (notified,) = http.ask("meddist-quality", "GET", "/v1/recalls").body["recalls"]
    assert (notified["id"], notified["relation"]) == (first, "notified")
    assert http.ask("citypharm-quality", "GET", "/v1/recalls").body["recalls"] == []
    foreign = http.ask("meddist-quality", "GET", f"/v1/recalls?cursor={page.body['next']}")
    assert foreign.status == 400


def test_the_next_tier_waits_for_its_word(world: World, http: Http) -> None:
    world.delivered(ACME, MEDDIST, 10)
    world.delivered(MEDDIST, CITYPHARM, 4)
    recall = opened(http, BODY | {"cascade": "confirm"})
    world.work()
    path = f"/v1/recalls/{recall}/cascade"
    assert notices(http, "meddist-quality", recall)[1:] == []
    assert http.ask("citypharm-quality", "GET", f"/v1/recalls/{recall}").status == 404
    assert http.ask("citypharm-quality", "POST", path).status == 404

    answer = http.ask("meddist-quality", "POST", path)
    world.work()

    assert (answer.status, answer.body) == (202, {"recall": recall, "stage": "requested"})
    assert [each["direction"] for each in notices(http, "meddist-quality", recall)] == [
        "received",
        "sent",
    ]
    assert len(notices(http, "citypharm-quality", recall)) == 1


def test_lots_and_serials_of_several_gtins_are_one_recall(world: World, http: Http) -> None:
    other = Lgtin.parse("09521000000018#L1")
    world.lots(other)
    body = {
        "scope": {
            "lots": [
                {"gtin": str(lgtin.gtin), "lot": lgtin.lot} for lgtin in (LOT, SECOND_LOT, other)
            ],
            "serials": [{"gtin": str(other.gtin), "serial": "A"}],
        },
        "reason": "mixed up",
        "classification": "III",
    }

    recall = opened(http, body)

    shown = http.ask("acme-quality", "GET", f"/v1/recalls/{recall}").body
    assert [lot["serials"] for lot in shown["scope"]["lots"]] == [None, None, 1]
