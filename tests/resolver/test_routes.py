"""A scanned Digital Link leads where its owner says (GS1-Conformant Resolver Standard 1.2.0)."""

import json
from typing import Any

import pytest

from chalicelib.goods.guessing import BUDGET
from infra.local.gateway import Gateway, Request
from tests.harness.network import GTIN, LOT, Network, serial_of

PAGE = {"type": "gs1:pip", "href": "https://acme.example/examplin", "title": "Examplin"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Scanner:
    """Anybody with a phone."""

    def __init__(self, network: Network) -> None:
        import app

        self.network = network
        self._gateway = Gateway(app.app)

    def links(self, anchor: str, *links: dict[str, Any]) -> None:
        """Let acme set links."""
        links = tuple({"default": True} | each for each in links)
        body = {"anchor": anchor, "description": "Examplin", "links": links}
        self.network.put("acme-admin", "/v1/links", body)

    def scan(
        self, path: str, method: str = "GET", source: str = "192.0.2.1", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        reply = self._gateway.answer(Request(method, path, named, source_ip=source))
        return reply.status, dict(reply.headers), reply.body.decode()


@pytest.fixture
def scanner(network: Network) -> Scanner:
    return Scanner(network)


# --- redirects


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_product_leads_to_its_default_link(scanner: Scanner, method: str) -> None:
    scanner.links(f"01/{GTIN}", PAGE)

    status, headers, body = scanner.scan(f"/01/{GTIN}", method)

    assert (status, headers["Location"], body) == (307, PAGE["href"], "")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert 'rel="linkset"' in headers["Link"]


def test_what_is_not_known_of_a_unit_may_be_known_of_its_lot_or_product(scanner: Scanner) -> None:
    scanner.links(f"01/{GTIN}", PAGE)
    scanner.links(f"01/{GTIN}/10/L%2F1", PAGE | {"href": "https://acme.example/lot"})
    scanner.links(f"01/{GTIN}/21/S1", PAGE | {"href": "https://acme.example/unit"})

    def lead(path: str) -> str:
        return scanner.scan(f"/01/{GTIN}{path}")[1]["Location"].rpartition("/")[2]

    assert [lead(path) for path in ("", "/10/X", "/10/L%2F1", "/10/L%2F1/21/S2")] == [
        "examplin", "examplin", "lot", "lot",
    ]  # fmt: skip
    assert [lead(path) for path in ("/21/S1", "/10/L%2F1/21/S1", "/21/S2")] == [
        "unit", "unit", "examplin",
    ]  # fmt: skip


def test_a_type_that_is_asked_for_is_found_or_nothing_is(scanner: Scanner) -> None:
    leaflet = {"type": "gs1:epil", "href": "https://acme.example/leaflet", "title": "Leaflet"}
    scanner.links(f"01/{GTIN}", PAGE, leaflet)

    for link_type in ("gs1:epil", "https%3A%2F%2Fref.gs1.org%2Fvoc%2Fepil"):
        status, headers, _ = scanner.scan(f"/01/{GTIN}?linkType={link_type}")
        assert (status, headers["Location"]) == (307, leaflet["href"])
    assert scanner.scan(f"/01/{GTIN}?linkType=gs1:recallStatus")[0] == 404
    assert scanner.scan(f"/01/{GTIN}?linkType=nonsense")[0] == 400


def test_equals_are_offered_for_a_choice(scanner: Scanner) -> None:
    scanner.links(f"01/{GTIN}", PAGE, PAGE | {"href": "https://acme.example/other"})

    status, headers, body = scanner.scan(f"/01/{GTIN}?linkType=gs1:pip")
    page = scanner.scan(f"/01/{GTIN}?linkType=gs1:pip", accept=BROWSER)

    assert (status, headers["Content-Type"]) == (300, "application/json")
    assert [each["href"] for each in json.loads(body)["choices"]] == [
        PAGE["href"], "https://acme.example/other",
    ]  # fmt: skip
    assert (page[0], page[1]["Content-Type"]) == (300, "text/html; charset=utf-8")
    assert page[2].count("<a href=") == 2


def test_language_and_media_type_choose(scanner: Scanner) -> None:
    german = PAGE | {"href": "https://acme.example/de", "languages": ["de"]}
    pdf = PAGE | {"href": "https://acme.example/pdf", "mediaType": "application/pdf"}
    scanner.links(f"01/{GTIN}", PAGE | {"languages": ["en"], "mediaType": "text/html"}, german, pdf)

    def lead(**headers: str) -> str:
        return scanner.scan(f"/01/{GTIN}", **headers)[1]["Location"].rpartition("/")[2]

    assert lead(accept_language="de-AT,de;q=0.9,en;q=0.5") == "de"
    assert lead(accept_language="en-US") == "examplin"
    assert lead(accept="application/pdf") == "pdf"
    assert scanner.scan(f"/01/{GTIN}", accept_language="de;q=9")[0] == 406


def test_the_query_goes_on_to_the_target_unless_the_link_says_no(scanner: Scanner) -> None:
    keeps = {"type": "gs1:epil", "href": "https://acme.example/l", "title": "L"}
    scanner.links(
        f"01/{GTIN}", PAGE | {"href": "https://acme.example/p?x=1#top"},
        keeps | {"forwardQuery": False},
    )  # fmt: skip

    def lead(query: str) -> str:
        return scanner.scan(f"/01/{GTIN}?{query}")[1]["Location"]

    assert lead("17=281231&utm=a%26b&context=EU") == (
        "https://acme.example/p?x=1&17=281231&utm=a%26b#top"
    )
    assert lead("17=281231&linkType=gs1:epil") == "https://acme.example/l"


# --- linksets


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ("?linkType=linkset", "*/*", "application/linkset+json"),
        ("?linkType=all", "application/json", "application/linkset+json"),
        ("", "application/linkset+json", "application/linkset+json"),
        ("", "application/linkset", "application/linkset"),
        ("?linkType=linkset", BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_all_links_of_all_levels_are_answered(
    scanner: Scanner, query: str, accept: str, content_type: str
) -> None:
    scanner.links(f"01/{GTIN}", PAGE)
    scanner.links(f"01/{GTIN}/10/{LOT}", PAGE | {"href": "https://acme.example/lot"})

    status, headers, body = scanner.scan(f"/01/{GTIN}/10/{LOT}{query}", accept=accept)

    assert (status, headers["Content-Type"]) == (200, content_type)
    assert "https://acme.example/lot" in body
    assert PAGE["href"] in body
    if content_type.endswith("json"):
        assert "json-ld#context" in headers["Link"]


def test_there_is_no_linkset_without_links(scanner: Scanner) -> None:
    assert scanner.scan(f"/01/{GTIN}?linkType=linkset")[0] == 404


# --- refusals


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/01/09521000000019", 400),
        ("/01/09521000000018/21/S/10/L", 400),
        ("/01/9521000000018", 400),
        ("/01/09521000000018/99/X", 400),
        ("/01/09521000000018/10/%00", 400),
        ("/01/09506000134352", 404),
        ("/00/095210000000000017", 400),
        ("/414/9521000000018/254/DOCK", 404),
        ("/8003/09521141234547", 404),
    ],
)
def test_a_wrong_link_is_400_and_an_unknown_thing_404(
    scanner: Scanner, path: str, status: int
) -> None:
    found, headers, body = scanner.scan(path)

    assert (found, headers["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(body)["detail"]


def test_preflights_of_any_origin_are_answered(scanner: Scanner) -> None:
    status, headers, body = scanner.scan(f"/01/{GTIN}", "OPTIONS")

    assert (status, headers["Access-Control-Allow-Origin"], body) == (204, "*", "")
    assert "GET" in headers["Allow"]


def test_the_resolver_describes_itself(scanner: Scanner) -> None:
    status, _, body = scanner.scan("/.well-known/gs1resolver", host="id.acme.example")

    assert status == 200
    assert json.loads(body)["resolverRoot"] == "https://id.acme.example"
    assert "01" in json.loads(body)["supportedPrimaryKeys"]


# --- what a browser is shown where there is no link


def test_a_browser_sees_whether_a_pack_is_genuine_and_a_program_a_404(scanner: Scanner) -> None:
    (unit,) = scanner.network.commissioned(1)
    path = f"/01/{GTIN}/21/{serial_of(unit)}"

    status, headers, body = scanner.scan(path, accept=BROWSER)

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "nothing speaks against" in body
    assert "Aspirin 500 mg" in body
    assert scanner.scan(path)[0] == 404


def test_what_does_not_exist_and_what_was_never_commissioned_look_alike(scanner: Scanner) -> None:
    (issued,) = scanner.network.serials(1)

    pages = [scanner.scan(f"/01/{GTIN}/21/{s}", accept=BROWSER) for s in (issued, "made-up")]

    bodies = [body.replace(issued, "X").replace("made-up", "X") for _, _, body in pages]
    assert bodies[0] == bodies[1]
    assert "cannot be confirmed" in bodies[0]


def test_a_recall_is_shown_at_once(scanner: Scanner) -> None:
    (unit,) = scanner.network.commissioned(1)
    scanner.network.post("acme-quality", "/v1/recalls", {
        "scope": {"lots": [{"gtin": GTIN, "lot": LOT}]}, "reason": "glass", "classification": "I",
    })  # fmt: skip

    for path in (f"/01/{GTIN}/10/{LOT}", f"/01/{GTIN}/21/{serial_of(unit)}"):
        assert "was recalled" in scanner.scan(path, accept=BROWSER)[2]


def test_trying_out_numbers_ends_in_silence_for_one_address_and_not_for_others(
    scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.goods.guessing.BUDGET", 3)
    (unit,) = scanner.network.commissioned(1)

    def guess(serial: str, source: str) -> int:
        return scanner.scan(f"/01/{GTIN}/21/{serial}", source=source, accept=BROWSER)[0]

    statuses = [guess(f"x{number}", f"2001:db8::{number}") for number in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
    assert guess(serial_of(unit), "2001:db8::77") == 429
    assert guess(serial_of(unit), "2001:db8:1::77") == 200
    assert guess(serial_of(unit), "") == 200
    assert BUDGET == 1000


# --- managing links


def test_links_are_managed_over_http(network: Network) -> None:
    links = [PAGE | {"default": True}]
    body = {"anchor": f"01/{GTIN}", "description": "Examplin", "links": links}
    path = f"/v1/links?anchor=01/{GTIN}"

    created = network.ask("acme-admin", "PUT", "/v1/links", body)
    again = network.ask("acme-admin", "PUT", "/v1/links", body)
    one = network.get("acme-auditor", path)
    everything = network.get("acme-auditor", "/v1/links?limit=1")

    assert (created.status, again.status) == (201, 200)
    assert created.headers["ETag"] == one.headers["ETag"] == '"1"'
    assert one["things"] == everything["things"] == [created.body]
    assert created["links"][0]["type"] == "https://ref.gs1.org/voc/pip"
    assert network.ask("meddist-admin", "GET", path).status == 404
    assert network.get("meddist-admin", "/v1/links")["things"] == []
    assert network.ask("acme-line", "PUT", "/v1/links", body).status == 403
