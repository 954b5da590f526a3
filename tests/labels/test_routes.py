"""Labels over HTTP."""

import base64
from typing import Any

import pytest

from infra.local.gateway import Gateway, Request
from tests.harness.network import EXPIRY, GTIN, LOT, Network, serial_of
from tests.labels.reading import painted, read


class Printer:
    """A client that takes pictures, which the network's own requests do not."""

    def __init__(self, network: Network) -> None:
        import app

        self.network, self._gateway = network, Gateway(app.app)

    def fetch(self, who: str, path: str, **headers: str) -> tuple[int, str, bytes]:
        named = {"Authorization": f"Bearer {self.network._token(who)}", **headers}
        reply = self._gateway.answer(Request("GET", path, list(named.items())))
        return reply.status, dict(reply.headers)["Content-Type"], reply.body


@pytest.fixture
def printer(network: Network) -> Printer:
    return Printer(network)


def test_a_unit_has_a_label_in_every_format(printer: Printer) -> None:
    (unit,) = printer.network.commissioned(1)
    path = f"/v1/units/{GTIN}/{serial_of(unit)}/label"
    data = f"01{GTIN}21{serial_of(unit)}\x1d17{EXPIRY[2:].replace('-', '')}10{LOT}"

    svg = printer.fetch("acme-line", path)
    png = printer.fetch("acme-line", f"{path}?dpi=203", Accept="image/png")
    pdf = printer.fetch("acme-line", path, Accept="application/pdf")
    zpl = printer.fetch("acme-line", f"{path}?format=zpl")

    assert [answer[0] for answer in (svg, png, pdf, zpl)] == [200] * 4
    assert svg[1] == "image/svg+xml; charset=utf-8"
    assert read(painted(svg[2].decode())) == read(png[2]) == [("]d2", data)]
    assert (pdf[1], pdf[2][:5]) == ("application/pdf", b"%PDF-")
    assert zpl[2].decode().startswith("^XA")


def test_a_phone_follows_the_code_of_a_unit_to_the_domain_that_is_asked_for(
    printer: Printer,
) -> None:
    (unit,) = printer.network.commissioned(1)
    path = f"/v1/units/{GTIN}/{serial_of(unit)}/label?carrier=qr&domain=https://acme.example/s"

    _, _, svg = printer.fetch("acme-line", path)

    ((symbology, data),) = read(painted(svg.decode()))
    assert symbology == "]Q1"
    assert data.startswith(f"https://acme.example/s/01/{GTIN}/10/{LOT}/21/{serial_of(unit)}?17=")


def test_what_does_not_exist_for_the_organisation_has_no_label(printer: Printer) -> None:
    (issued,) = printer.network.serials(1)
    (unit,) = printer.network.commissioned(1)

    assert printer.fetch("acme-line", f"/v1/units/{GTIN}/{issued}/label")[0] == 404
    assert printer.fetch("meddist-line", f"/v1/units/{GTIN}/{serial_of(unit)}/label")[0] == 404


def test_a_container_has_a_label_before_it_is_packed(printer: Printer) -> None:
    status, _, svg = printer.fetch("acme-line", "/v1/containers/095210000000000018/label")

    assert (status, read(painted(svg.decode()))) == (200, [("]C1", "00095210000000000018")])
    assert printer.fetch("acme-line", "/v1/containers/095210000000000017/label")[0] == 400


def test_a_block_is_printed_page_by_page(printer: Printer) -> None:
    network = printer.network
    order = {"gtin": GTIN, "count": 25, "line": "line-1"}
    block = network.post("acme-line", "/v1/serials/blocks", order)["id"]
    path = f"/v1/serials/blocks/{block}"
    numbers = network.get("acme-line", f"{path}/numbers")["numbers"]

    found, query = [], f"lot={LOT}&format=zpl&limit=10"
    while query:
        reply = network.get("acme-line", f"{path}/labels?{query}")
        found += reply.body.splitlines()
        query = reply.headers.get("Link", "").partition("<?")[2].partition(">")[0]
    sheet = printer.fetch("acme-line", f"{path}/labels?lot={LOT}", Accept="application/pdf")

    assert len(found) == 25
    assert all(f"(21) {number}^FS" in one for number, one in zip(numbers, found, strict=True))
    assert (sheet[0], sheet[2][:5]) == (200, b"%PDF-")


@pytest.mark.parametrize(
    ("query", "status"),
    [("lot=UNHEARD", 404), ("lot=L1&offset=25", 400), ("", 400), ("lot=L1&limit=9999", 400)],
)
def test_a_block_is_printed_for_a_lot_that_is_known(
    network: Network, query: str, status: int
) -> None:
    order = {"gtin": GTIN, "count": 25, "line": "line-1"}
    block = network.post("acme-line", "/v1/serials/blocks", order)["id"]

    path = f"/v1/serials/blocks/{block}/labels"
    assert network.ask("acme-line", "GET", f"{path}?{query}").status == status
    assert network.ask("meddist-line", "GET", f"{path}?lot=L1").status == 404


def test_any_valid_data_are_drawn_and_anything_else_is_refused(network: Network) -> None:
    def draw(scan: str, **more: Any) -> Any:
        return network.ask("acme-line", "POST", "/v1/labels", {"scan": scan, **more})

    drawn = draw("(01)09506000134352(3103)000189(15)280101")
    assert drawn.status == 200
    assert read(painted(drawn.body)) == [("]d2", "01095060001343523103000189" + "15280101")]
    for scan, code in {
        "(01)09506000134353": "check_digit",
        "(01)09506000134352(17)281399": "date",
        "(21)S": "requisite",
    }.items():
        refused = draw(scan)
        assert (refused.status, refused["errors"][0]["code"]) == (400, code)
        assert refused["errors"][0]["pointer"] == "/scan"


@pytest.mark.parametrize("accept", ["*/*", "image/png, */*", "text/html"])
def test_a_picture_is_handed_out_only_to_who_accepts_just_that(
    network: Network, accept: str
) -> None:
    path = "/v1/containers/095210000000000018/label?format=png"

    reply = network.ask("acme-line", "GET", path, headers={"Accept": accept})

    assert (reply.status, reply["code"]) == (406, "not_acceptable")
    assert "image/png alone" in reply["detail"]


def test_a_picture_comes_in_base64_as_lambda_hands_over_bytes(network: Network) -> None:
    import app

    path = "/v1/containers/095210000000000018/label"
    headers = {"Authorization": f"Bearer {network._token('acme-line')}", "Accept": "image/png"}
    for method in ("GET", "HEAD"):
        answer = app.app(network._event(method, path, headers, None), None)
        assert answer["isBase64Encoded"] is True
        body = base64.b64decode(answer["body"])
        assert body[:4] == (b"\x89PNG" if method == "GET" else b"")
