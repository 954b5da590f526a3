"""The app answers every route, and lower packages have what they need of higher ones."""

from chalicelib.api import BLUEPRINTS
from chalicelib.http.routing import specs_of
from tests.harness.network import GTIN, LOT, Network


def test_every_blueprint_is_registered_with_its_routes() -> None:
    import app

    declared = {(spec.method, spec.path) for each in BLUEPRINTS for spec in each.specs}
    assert {(spec.method, spec.path) for spec in specs_of(app.app)} == declared


def test_a_serial_format_is_understood_when_the_product_is_registered(network: Network) -> None:
    body = {"name": "Aspirin", "serialFormat": "wingdings:12"}

    reply = network.ask("acme-admin", "PUT", "/v1/products/09521000123458", body)

    assert reply.status == 400
    assert reply["errors"][0]["pointer"] == "/serialFormat"


def test_a_lot_can_be_read_by_who_has_held_goods_of_it_and_by_nobody_else(
    network: Network,
) -> None:
    import app
    from tests.harness.streams import Streams

    pallet = network.packed(network.commissioned(2))
    network.delivered([pallet], "acme", "meddist")
    Streams(network.aws, app.app).settle()

    path = f"/v1/lots/{GTIN}/{LOT}"
    assert network.ask("meddist-quality", "GET", path).status == 200
    assert network.ask("citypharm-quality", "GET", path).status == 404
