from datetime import datetime
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.access.model import ROLES, Role, Scope
from chalicelib.directory.routes import routes as directory
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.lots import routes
from tests.directory.web import MEDDIST, Web, gtin, seed_members
from tests.harness.aws import Aws

PATH = f"/v1/lots/{gtin(1)}/L%2F1"
BODY = {"expiry": "2028-02-29", "manufactured": "2026-02-01", "supplier": "Synth"}


@pytest.fixture
def web(aws: Aws, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Directory and lots, and a product of acme."""
    seed_members(at)
    asked = Web(at, directory, routes.routes)
    monkeypatch.setattr(clock, "now", lambda: asked.now)
    monkeypatch.setattr(routes, "_held", [])
    asked.ask("acme-admin", "PUT", f"/v1/products/{gtin(1)}", {"name": "Painless"})
    return asked


def test_a_lot_is_set_read_and_set_anew(web: Web) -> None:
    wanted = {
        "gtin": str(gtin(1)),
        "lot": "L/1",
        "supplierLot": None,
        "status": "released",
        "recalled": False,
        "partlyRecalled": False,
        **BODY,
    }

    created = web.ask("acme-line", "PUT", PATH, BODY)
    read = web.ask("acme-auditor", "GET", PATH)
    printed = web.ask("acme-line", "PUT", PATH, {**BODY, "expiry": "280200"})
    held = web.ask("acme-quality", "PUT", PATH, {**BODY, "status": "quarantined"}, if_match='"1"')

    assert (created.status, created.body, created.headers["ETag"]) == (201, wanted, '"1"')
    assert (read.status, read.body, read.headers["ETag"]) == (200, wanted, '"1"')
    assert (printed.status, printed.headers["ETag"]) == (200, '"1"')
    assert (held.status, held.body["status"], held.headers["ETag"]) == (200, "quarantined", '"2"')


def test_another_version_than_that_in_if_match_is_refused(web: Web) -> None:
    web.ask("acme-line", "PUT", PATH, BODY)

    answer = web.ask("acme-quality", "PUT", PATH, {"expiry": "290131"}, if_match='"7"')

    assert (answer.status, answer.code) == (412, "stale")


def test_the_line_may_not_change_an_expiry(web: Web) -> None:
    web.ask("acme-line", "PUT", PATH, BODY)

    refused = web.ask("acme-line", "PUT", PATH, {**BODY, "expiry": "2029-12-31"})

    assert (refused.status, refused.code) == (403, "quality_only")
    assert web.ask("acme-quality", "PUT", PATH, {**BODY, "expiry": "2029-12-31"}).status == 200


def test_a_lot_that_expires_before_it_is_made_is_refused(web: Web) -> None:
    answer = web.ask("acme-line", "PUT", PATH, {**BODY, "expiry": "2026-01-31"})

    assert answer.status == 400
    assert answer.body["errors"][0]["pointer"] == "/expiry"
    assert web.ask("acme-line", "GET", PATH).status == 404


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/lots/09506000134353/L", "#/path/gtin"),
        (f"/v1/lots/{gtin(1)}/%C3%A9", "#/path/lot"),
        (f"/v1/lots/{gtin(1)}/{'L' * 21}", "#/path/lot"),
    ],
)
def test_a_key_that_is_none_is_refused_by_name(path: str, pointer: str, web: Web) -> None:
    answer = web.ask("acme-line", "PUT", path, BODY)

    assert answer.status == 400
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("method", "path", "scope", "body"),
    [
        ("PUT", PATH, Scope.WRITE_LOTS, BODY),
        ("GET", PATH, Scope.READ_GOODS, None),
        ("GET", f"{PATH}/changes", Scope.READ_GOODS, None),
    ],
)
def test_only_the_roles_of_the_table_get_through(
    method: str, path: str, scope: Scope, body: Any, web: Web
) -> None:
    for role in Role:
        answer = web.ask(f"acme-{role}", method, path, body)
        assert (answer.status == 403) == (role not in ROLES[scope]), (role, answer)
    assert web.send(method, path, body, {}).status == 401


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_another_organisations_lot_is_answered_like_one_that_is_not_there(
    method: str, web: Web, aws: Aws
) -> None:
    web.ask("acme-line", "PUT", PATH, BODY)
    web.token("meddist-quality")
    before = aws.snapshot()
    body = BODY if method == "PUT" else None

    hidden = web.ask("meddist-quality", method, PATH, body)
    missing = web.ask("meddist-quality", method, PATH.replace(str(gtin(1)), str(gtin(2))), body)

    assert hidden.status == missing.status == 404
    assert hidden.body["detail"].replace(str(gtin(1)), str(gtin(2))) == missing.body["detail"]
    assert aws.snapshot() == before


def test_whoever_held_goods_of_a_lot_sees_it(web: Web) -> None:
    def held(party: Gln, lgtin: Lgtin) -> bool:
        return party == MEDDIST.gln and lgtin == Lgtin.of(gtin(1), "L/1")

    web.ask("acme-line", "PUT", PATH, BODY)
    routes.install_holders(held)

    seen = web.ask("meddist-warehouse", "GET", PATH)
    assert (seen.status, seen.body["expiry"], seen.body["supplier"]) == (200, "2028-02-29", None)
    assert web.ask("citypharm-warehouse", "GET", PATH).status == 404
    assert web.ask("meddist-warehouse", "GET", f"{PATH}/changes").status == 404


def test_the_owner_sees_who_set_what(web: Web) -> None:
    web.ask("acme-line", "PUT", PATH, BODY)
    web.ask("acme-quality", "PUT", PATH, {**BODY, "status": "rejected"})

    changes = web.ask("acme-auditor", "GET", f"{PATH}/changes").body["changes"]

    assert [(each["clientId"], each["status"]) for each in changes] == [
        ("acme-line", "released"),
        ("acme-quality", "rejected"),
    ]
