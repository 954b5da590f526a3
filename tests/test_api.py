"""The app answers every route, and lower packages have what they need of higher ones."""

from importlib import import_module

from chalicelib.api import PACKAGES
from chalicelib.http.routing import specs_of
from chalicelib.route_table import ROUTES
from tests.architecture import ROOT
from tests.harness.network import GTIN, LOT, Network


def test_every_module_of_routes_is_registered_with_its_routes() -> None:
    import app

    modules = {path.relative_to(ROOT) for path in ROOT.glob("chalicelib/**/routes.py")}
    named = {f"chalicelib/{each.replace('.', '/')}/routes.py" for each in PACKAGES}
    assert {str(path) for path in modules} == named
    declared = [
        (spec.method, spec.path) for each in ROUTES for spec in import_module(each).routes.specs
    ]
    assert sorted((spec.method, spec.path) for spec in specs_of(app.app)) == sorted(declared)


def test_a_cold_start_imports_no_capability() -> None:
    import subprocess
    import sys

    program = "import app, sys; print(*(m for m in sys.modules if m.startswith('chalicelib.')))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )

    for name in ("goods", "capture", "recall", "query", "stream", "epcis.query", "labels"):
        assert f"chalicelib.{name}" not in done.stdout.split(), name


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
