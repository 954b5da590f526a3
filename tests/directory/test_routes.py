import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.access.model import Role, Scope
from chalicelib.directory import routes
from chalicelib.directory.clients import BELIEVED_SECONDS
from chalicelib.directory.told import Source, Told
from chalicelib.directory.told_store import ToldStore
from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Sgln
from tests.directory.web import ACME, FORM, MEDDIST, Web, gln, gtin
from tests.harness.aws import Aws

PRODUCT = f"/v1/products/{gtin(1)}"
PARTY = f"/v1/parties/{gln(7)}"
PLACE = f"/v1/places/{gln(1)}"
NEWPHARM = {"id": "newpharm", "gln": str(gln(5)), "name": "New Pharmacy", "roles": ["pharmacy"]}
CLIENTS = "/v1/organisations/meddist/clients"
SCANNER = {"name": "scanner", "roles": ["warehouse"]}


# --- Tokens ---


def test_a_client_gets_a_token_for_its_credentials(web: Web) -> None:
    answer = web.grant("acme-line")

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.without("access_token", "scope") == {"token_type": "Bearer", "expires_in": 3600}
    assert "commission" in answer.body["scope"].split()


def test_json_and_form_bodies_do_as_well_as_basic(web: Web) -> None:
    fields = {
        "grant_type": "client_credentials", "client_id": "acme-line", "client_secret": "local",
    }  # fmt: skip
    form = "&".join(f"{name}={value}" for name, value in fields.items())

    by_json = web.send("POST", "/oauth/token", fields, {})
    by_form = web.send("POST", "/oauth/token", form, {"Content-Type": FORM})
    unnamed = web.send("POST", "/oauth/token", form, {})

    assert [answer.status for answer in (by_json, by_form, unnamed)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("body", "authorization", "status", "error"),
    [
        ("grant_type=client_credentials", None, 401, "invalid_client"),
        ("grant_type=client_credentials", "acme-line:wrong", 401, "invalid_client"),
        ("grant_type=client_credentials", "nobody:local", 401, "invalid_client"),
        ("grant_type=password", "acme-line:local", 400, "unsupported_grant_type"),
        ("", "acme-line:local", 400, "invalid_request"),
        ("grant_type=a&grant_type=b", "acme-line:local", 400, "invalid_request"),
        ("grant_type=client_credentials&scope=god", "acme-line:local", 400, "invalid_scope"),
        ("grant_type=client_credentials&client_secret=x", "a:b", 400, "invalid_request"),
    ],
)
def test_a_faulty_token_request_gets_an_oauth_error(
    body: str, authorization: str | None, status: int, error: str, web: Web
) -> None:
    headers = {"Content-Type": FORM}
    if authorization:
        headers["Authorization"] = f"Basic {b64encode(authorization.encode()).decode()}"

    answer = web.send("POST", "/oauth/token", body, headers)

    assert (answer.status, answer.body["error"]) == (status, error)
    assert set(answer.body) == {"error", "error_description"}
    assert answer.headers.get("WWW-Authenticate", "").startswith("Basic") == (status == 401)


def test_a_scope_that_is_asked_for_is_told_in_the_answer(web: Web) -> None:
    assert web.grant("acme-line", scope="pack commission").status == 200


def test_the_key_set_is_public(web: Web) -> None:
    answer = web.send("GET", "/.well-known/jwks.json", None, {})

    assert answer.status == 200
    assert answer.body["keys"][0]["crv"] == "Ed25519"


def test_anywhere_but_on_one_machine_there_is_no_issuer(
    web: Web, environment: Callable[..., None]
) -> None:
    environment(PACKTRAIL_LOCAL="0")

    assert web.grant("acme-line").status == 404
    assert web.send("GET", "/.well-known/jwks.json", None, {}).status == 404


def test_a_client_is_told_who_it_is(web: Web) -> None:
    assert web.ask("meddist-warehouse", "GET", "/v1/me").body == {
        "organisation": "meddist",
        "gln": str(MEDDIST.gln),
        "clientId": "meddist-warehouse",
        "roles": ["warehouse"],
        "operator": False,
    }


# --- Who may ---

READS = ["/v1/me", PRODUCT, PARTY, "/v1/parties", PLACE, f"{PLACE}/A1", "/v1/places"]
ASKED: list[tuple[str, str, Scope, Any]] = [
    *(("GET", path, Scope.READ_DIRECTORY, None) for path in READS),
    ("PUT", PRODUCT, Scope.WRITE_PRODUCTS, {"name": "P"}),
    ("PUT", PARTY, Scope.WRITE_PARTIES, {"name": "C", "roles": ["pharmacy"]}),
    ("PUT", PLACE, Scope.WRITE_PLACES, {"name": "Site"}),
    ("PUT", f"{PLACE}/A1", Scope.WRITE_PLACES, {"name": "Zone"}),
    ("POST", "/v1/organisations", Scope.NETWORK, NEWPHARM),
    ("GET", "/v1/organisations", Scope.NETWORK, None),
    ("GET", "/v1/organisations/meddist", Scope.CLIENTS, None),
    ("GET", CLIENTS, Scope.CLIENTS, None),
    ("POST", CLIENTS, Scope.CLIENTS, SCANNER),
    ("POST", f"{CLIENTS}/meddist-line/secrets", Scope.CLIENTS, {}),
    ("DELETE", f"{CLIENTS}/meddist-line", Scope.CLIENTS, None),
]


@pytest.mark.parametrize(("method", "path", "scope", "body"), ASKED)
def test_only_the_roles_of_the_table_get_through(
    method: str, path: str, scope: Scope, body: Any, web: Web
) -> None:
    from chalicelib.access.model import ROLES

    for role in Role:
        answer = web.ask(f"meddist-{role}", method, path, body)
        allowed = role in ROLES[scope] and scope is not Scope.NETWORK
        assert (answer.status == 403) != allowed, (role, answer)
        if not allowed:
            assert answer.code == "scope"


@pytest.mark.parametrize(("method", "path", "scope", "body"), ASKED)
def test_nobody_gets_through_without_a_token(
    method: str, path: str, scope: Scope, body: Any, web: Web
) -> None:
    assert web.send(method, path, body, {"Idempotency-Key": "k"}).status == 401


# --- Products ---


def test_a_product_is_registered_read_and_described_anew(web: Web) -> None:
    body = {"name": "Painless", "category": "analgesic", "serialFormat": "numeric:16"}
    wanted = {"gtin": str(gtin(1)), "owner": str(ACME.gln), "masterData": None, **body}

    created = web.ask("acme-admin", "PUT", PRODUCT, body)
    read = web.ask("acme-line", "GET", PRODUCT)
    again = web.ask("acme-admin", "PUT", PRODUCT, {"name": "New"}, if_match=read.headers["ETag"])

    assert (created.status, created.body) == (201, wanted)
    assert (read.status, read.body, read.headers["ETag"]) == (200, wanted, '"1"')
    assert (again.status, again.headers["ETag"]) == (200, '"2"')
    assert again.body["category"] is None


def test_a_product_belongs_to_who_registered_it(web: Web) -> None:
    web.ask("acme-admin", "PUT", PRODUCT, {"name": "Painless", "serialFormat": "numeric:16"})

    taken = web.ask("meddist-admin", "PUT", PRODUCT, {"name": "Ours"})
    seen = web.ask("meddist-warehouse", "GET", PRODUCT)

    assert (taken.status, taken.code) == (409, "gtin_registered")
    assert seen.body["name"] == "Painless"
    assert seen.body["serialFormat"] is None


def test_a_short_gtin_is_the_same_product(web: Web) -> None:
    short = str(gtin(1)).lstrip("0")
    web.ask("acme-admin", "PUT", f"/v1/products/{short}", {"name": "P"})

    assert web.ask("acme-admin", "GET", PRODUCT).body["gtin"] == str(gtin(1))


@pytest.mark.parametrize("tag", ['"2"', '"0"', '"abc"', 'W/"1"', '"1", "2"', "1", "*"])
def test_another_version_than_that_in_if_match_is_refused(tag: str, web: Web) -> None:
    web.ask("acme-admin", "PUT", PRODUCT, {"name": "P"})

    answer = web.ask("acme-admin", "PUT", PRODUCT, {"name": "Q"}, if_match=tag)

    assert answer.status in {400, 412}
    assert web.ask("acme-admin", "GET", PRODUCT).body["name"] == "P"


def test_a_format_that_the_serials_do_not_know_is_refused(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(text: str) -> None:
        raise Malformed.field("", "too_few", f"found {text}")

    monkeypatch.setattr(routes, "_formats", [])
    routes.install_formats(parse)

    answer = web.ask("acme-admin", "PUT", PRODUCT, {"name": "P", "serialFormat": "numeric:2"})

    assert answer.status == 400
    assert answer.body["errors"] == [
        {"pointer": "/serialFormat", "code": "too_few", "message": "found numeric:2"}
    ]
    assert web.ask("acme-admin", "GET", PRODUCT).status == 404


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/products/09506000134353", "#/path/gtin"),
        ("/v1/products/x", "#/path/gtin"),
        ("/v1/parties/123", "#/path/gln"),
        ("/v1/places/9521000000010", "#/path/gln"),
        (f"{PLACE}/%C3%A9", "#/path/extension"),
        (f"{PLACE}/{'a' * 21}", "#/path/extension"),
    ],
)
def test_a_key_that_is_none_is_refused_by_name(path: str, pointer: str, web: Web) -> None:
    answer = web.ask("acme-admin", "GET", path)

    assert answer.status == 400
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]


# --- Parties and places ---


def test_a_party_is_entered_read_and_described_anew(web: Web) -> None:
    body = {"name": "Clinic", "roles": ["hospital"], "email": "ward@clinic.example"}

    created = web.ask("acme-admin", "PUT", PARTY, body)
    read = web.ask("acme-line", "GET", PARTY)

    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert read.body == {"gln": str(gln(7)), "member": False, "masterData": None, **body}
    assert web.ask("acme-admin", "PUT", PARTY, body).status == 200
    assert web.ask("acme-admin", "GET", PARTY).headers["ETag"] == '"1"'


def test_members_of_the_network_know_each_other(web: Web) -> None:
    found = web.ask("acme-line", "GET", f"/v1/parties/{MEDDIST.gln}")

    assert found.body == {
        "gln": str(MEDDIST.gln),
        "name": "MedDist",
        "roles": ["distributor"],
        "email": None,
        "member": True,
        "masterData": None,
    }


def test_what_another_entered_is_answered_like_what_is_not_there(web: Web) -> None:
    body = {"name": "Clinic", "roles": ["hospital"]}
    web.ask("acme-admin", "PUT", PARTY, body)
    web.ask("acme-admin", "PUT", f"{PLACE}/A1", {"name": "Zone"})

    for path, other in ((PARTY, f"/v1/parties/{gln(8)}"), (f"{PLACE}/A1", f"{PLACE}/B1")):
        hidden = web.ask("meddist-admin", "GET", path)
        missing = web.ask("meddist-admin", "GET", other)
        assert hidden.status == missing.status == 404
        assert re.sub(r"[0-9]{13}|#\w+", "", hidden.body["detail"]) == re.sub(
            r"[0-9]{13}|#\w+", "", missing.body["detail"]
        )
        assert set(hidden.body) == set(missing.body)


def test_lists_come_in_pages_that_link_to_the_next(web: Web) -> None:
    web.ask("acme-admin", "PUT", PARTY, {"name": "Clinic", "roles": ["hospital"]})

    first = web.ask("acme-admin", "GET", "/v1/parties?limit=3")
    rest = web.ask("acme-admin", "GET", f"/v1/parties?limit=3&cursor={first.body['next']}")

    names = [party["name"] for party in first.body["parties"] + rest.body["parties"]]
    assert names == ["Clinic", "Acme Pharma", "City Pharmacy", "MedDist"]
    assert 'rel="next"' in first.headers["Link"]
    assert rest.body["next"] is None
    assert "Link" not in rest.headers


def test_a_cursor_is_of_no_use_to_another_organisation(web: Web) -> None:
    cursor = web.ask("acme-admin", "GET", "/v1/parties?limit=1").body["next"]

    answer = web.ask("meddist-admin", "GET", f"/v1/parties?limit=1&cursor={cursor}")

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "#/query/cursor")


def test_places_form_a_tree(web: Web) -> None:
    site = web.ask("acme-warehouse", "PUT", PLACE, {"name": "Site", "kind": "site"})
    zone = web.ask("acme-warehouse", "PUT", f"{PLACE}/A%2F1", {
        "name": "Zone", "kind": "zone", "parent": site.body["id"],
    })  # fmt: skip
    lost = web.ask("acme-warehouse", "PUT", f"{PLACE}/B", {"name": "B", "parent": str(gln(9))})

    assert (site.status, zone.status) == (201, 201)
    assert zone.body["extension"] == "A/1"
    assert zone.body["parent"] == site.body["id"]
    assert (lost.status, lost.body["errors"][0]["pointer"]) == (400, "/parent")
    listed = web.ask("acme-line", "GET", "/v1/places").body["places"]
    assert [place["name"] for place in listed] == ["Site", "Zone"]
    assert web.ask("acme-line", "GET", f"{PLACE}/A%2F1").headers["ETag"] == '"1"'


def test_extension_zero_is_the_place_itself(web: Web) -> None:
    web.ask("acme-warehouse", "PUT", f"{PLACE}/0", {"name": "Site"})

    assert web.ask("acme-warehouse", "GET", PLACE).body["extension"] is None


# --- Organisations and clients ---


def test_the_operator_registers_an_organisation_once(web: Web) -> None:
    first = web.ask("acme-admin", "POST", "/v1/organisations", NEWPHARM, key="k")
    again = web.ask("acme-admin", "POST", "/v1/organisations", NEWPHARM, key="k")
    other = web.ask("acme-admin", "POST", "/v1/organisations", {**NEWPHARM, "name": "X"}, key="k")
    taken = web.ask("acme-admin", "POST", "/v1/organisations", NEWPHARM)

    assert (first.status, first.body) == (201, {**NEWPHARM, "operator": False})
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.code) == (422, "key_reused")
    assert (taken.status, taken.code) == (409, "organisation_exists")
    listed = web.ask("acme-admin", "GET", "/v1/organisations").body["organisations"]
    assert [each["id"] for each in listed] == ["acme", "citypharm", "meddist", "newpharm"]


def test_a_gln_names_one_organisation(web: Web) -> None:
    body = {**NEWPHARM, "gln": str(MEDDIST.gln)}

    assert web.ask("acme-admin", "POST", "/v1/organisations", body).code == "gln_registered"


def test_a_new_organisation_gets_to_work(web: Web) -> None:
    web.ask("acme-admin", "POST", "/v1/organisations", NEWPHARM)
    body = {"name": "admin", "roles": ["admin"]}
    made = web.ask("acme-admin", "POST", "/v1/organisations/newpharm/clients", body)
    granted = web.grant(made.body["clientId"], made.body["clientSecret"])
    web.use("newpharm-admin", granted.body["access_token"])

    assert made.status == 201
    assert web.ask("newpharm-admin", "GET", "/v1/me").body["organisation"] == "newpharm"
    clients = "/v1/organisations/newpharm/clients"
    assert web.ask("newpharm-admin", "POST", clients, SCANNER).status == 201
    assert len(web.ask("newpharm-admin", "GET", clients).body["clients"]) == 2


def test_a_secret_is_shown_once_and_to_repeats(web: Web) -> None:
    made = web.ask("meddist-admin", "POST", CLIENTS, SCANNER, key="k")
    again = web.ask("meddist-admin", "POST", CLIENTS, SCANNER, key="k")
    listed = web.ask("meddist-admin", "GET", CLIENTS)

    assert len(made.body["clientSecret"]) == 64
    assert again.body == made.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "clientSecret" not in str(listed.body)
    assert web.grant("meddist-scanner", made.body["clientSecret"]).status == 200


def test_a_rotated_secret_overlaps_with_the_old_one(web: Web) -> None:
    path = f"{CLIENTS}/meddist-line/secrets"
    rotated = web.ask("meddist-admin", "POST", path, {"overlapSeconds": 600})
    new = rotated.body["clientSecret"]

    assert rotated.status == 201
    assert web.grant("meddist-line", "local").status == 200
    assert web.grant("meddist-line", new).status == 200
    web.later(seconds=600)
    assert web.grant("meddist-line", "local").status == 401
    assert web.grant("meddist-line", new).status == 200


def test_the_old_secret_stays_a_day_unless_said_otherwise(web: Web) -> None:
    web.ask("meddist-admin", "POST", f"{CLIENTS}/meddist-line/secrets", {})
    web.later(hours=23)
    assert web.grant("meddist-line", "local").status == 200
    web.later(hours=1)
    assert web.grant("meddist-line", "local").status == 401


def test_a_revoked_client_is_out_within_a_minute(web: Web) -> None:
    assert web.ask("meddist-line", "GET", "/v1/me").status == 200

    assert web.ask("meddist-admin", "DELETE", f"{CLIENTS}/meddist-line").status == 204
    assert web.ask("meddist-admin", "DELETE", f"{CLIENTS}/meddist-line").status == 204

    assert web.grant("meddist-line").status == 401
    web.later(seconds=BELIEVED_SECONDS)
    assert web.ask("meddist-line", "GET", "/v1/me").status == 401
    rotated = web.ask("meddist-admin", "POST", f"{CLIENTS}/meddist-line/secrets", {})
    assert (rotated.status, rotated.code) == (409, "client_revoked")
    taken = web.ask("meddist-admin", "POST", CLIENTS, {"name": "line", "roles": ["line"]})
    assert (taken.status, taken.code) == (409, "client_exists")


@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "", None),
        ("GET", "/clients", None),
        ("POST", "/clients", SCANNER),
        ("POST", "/clients/acme-line/secrets", {}),
        ("DELETE", "/clients/acme-line", None),
    ],
)
def test_another_organisation_is_answered_like_one_that_is_not_there(
    method: str, tail: str, body: Any, web: Web, aws: Aws
) -> None:
    web.token("meddist-admin")
    before = aws.snapshot()

    hidden = web.ask("meddist-admin", method, f"/v1/organisations/acme{tail}", body)
    missing = web.ask("meddist-admin", method, f"/v1/organisations/nobody{tail}", body)

    assert hidden.status == missing.status == 404
    assert hidden.body["detail"].replace("acme", "nobody") == missing.body["detail"]
    assert hidden.code == missing.code
    assert aws.snapshot() == before


@pytest.mark.parametrize("client", ["acme-line", "meddist-nobody"])
def test_another_client_is_answered_like_one_that_is_not_there(client: str, web: Web) -> None:
    for answer in (
        web.ask("meddist-admin", "DELETE", f"{CLIENTS}/{client}"),
        web.ask("meddist-admin", "POST", f"{CLIENTS}/{client}/secrets", {}),
    ):
        assert (answer.status, answer.body["detail"]) == (
            404,
            f"There is no client '{client}' here.",
        )


def test_the_operator_manages_every_organisations_clients(web: Web) -> None:
    assert web.ask("acme-admin", "POST", CLIENTS, SCANNER).status == 201
    assert web.ask("acme-admin", "GET", "/v1/organisations/meddist").body["name"] == "MedDist"
    assert web.ask("acme-admin", "GET", "/v1/organisations/nobody").status == 404
    assert web.ask("acme-admin", "GET", "/v1/organisations/nobody/clients").status == 404


ODD = ["x" * 3000, "%F0%9F%92%8A", "a%20b", "..%2F..", "%2F", "'", "organisations", "a%23b"]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("tail", ["", "/clients", "/clients/{0}", "/clients/{0}/secrets"])
def test_an_id_that_cannot_be_is_not_there(odd: str, tail: str, web: Web) -> None:
    method = {"/clients/{0}": "DELETE", "/clients/{0}/secrets": "POST"}.get(tail, "GET")
    body = {} if method == "POST" else None

    answer = web.ask("acme-admin", method, f"/v1/organisations/{odd}{tail.format(odd)}", body)

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("odd", ["x" * 3000, "\U0001f48a", "a b", "", "\x7f", "'\"", "%", "+"])
def test_credentials_that_cannot_be_are_not_known(odd: str, web: Web) -> None:
    for answer in (web.grant(odd, "local"), web.grant("acme-line", odd or "wrong")):
        assert (answer.status, answer.body["error"]) == (401, "invalid_client")


# --- What documents told ---


def test_what_documents_told_is_shown_beside_what_was_entered(web: Web) -> None:
    told = ToldStore("acme")
    source = Source(web.now, web.now, "j1")
    for thing, name in ((gtin(1), "PAINLESS 10MG"), (gln(7), "CLINIC"), (Sgln(gln(1)), "HALL")):
        told.put(Told(thing, source, name, {"city": "Omaha", "width": [1, {"x": "y"}]}))
    said = {"attributes": {"city": "Omaha", "width": [1, {"x": "y"}]}, "captureID": "j1"}
    unknown = web.ask("acme-line", "GET", PRODUCT)

    for path, body, name in (
        (PRODUCT, {"name": "Painless"}, "PAINLESS 10MG"),
        (PARTY, {"name": "Our clinic", "roles": ["hospital"]}, "CLINIC"),
        (PLACE, {"name": "Our hall"}, "HALL"),
    ):
        before = web.ask("acme-line", "GET", path)
        written = web.ask("acme-admin", "PUT", path, body, if_match=before.headers["ETag"])
        after = web.ask("acme-line", "GET", path)

        assert (before.body["name"], before.headers["ETag"]) == (name, '"0"')
        assert said.items() <= before.body["masterData"].items()
        assert (written.status, written.body) == (201, after.body)
        assert after.body["name"] == body["name"]
        assert after.body["masterData"] == before.body["masterData"]
    assert unknown.body["owner"] is None
    assert web.ask("meddist-line", "GET", PRODUCT).body["masterData"] is None
    assert web.ask("meddist-line", "GET", PLACE).status == 404


def test_lists_end_with_what_only_documents_told(web: Web) -> None:
    source = Source(web.now, web.now, "j1")
    for thing in (gln(7), gln(2), Sgln(gln(7), "D1")):
        ToldStore("acme").put(Told(thing, source, "TOLD"))

    parties = web.ask("acme-line", "GET", "/v1/parties").body["parties"]
    places = web.ask("acme-line", "GET", "/v1/places").body["places"]

    assert [(each["name"], bool(each["masterData"])) for each in parties] == [
        ("Acme Pharma", False), ("City Pharmacy", False), ("MedDist", True), ("TOLD", True),
    ]  # fmt: skip
    assert [each["extension"] for each in places] == ["D1"]
