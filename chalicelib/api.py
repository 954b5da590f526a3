"""Every blueprint, in one tuple; and what lower packages need of higher ones, handed down once."""

from chalice.app import Chalice

from chalicelib.alerts.routes import routes as alerts
from chalicelib.capture.routes import routes as capture
from chalicelib.directory.authentication import authenticate
from chalicelib.directory.routes import install_formats
from chalicelib.directory.routes import routes as directory
from chalicelib.goods.routes import routes as goods
from chalicelib.http.routes import routes as http
from chalicelib.http.routing import install
from chalicelib.labels.routes import BINARY
from chalicelib.labels.routes import routes as labels
from chalicelib.lots.routes import install_holders
from chalicelib.lots.routes import routes as lots
from chalicelib.notify.routes import routes as notify
from chalicelib.packs.routes import routes as packs
from chalicelib.query.routes import routes as query
from chalicelib.query.subscriptions.routes import routes as subscriptions
from chalicelib.recall.routes import routes as recall
from chalicelib.resolver.routes import routes as resolver
from chalicelib.scans.routes import routes as scans
from chalicelib.serial.model import Format
from chalicelib.serial.routes import routes as serial
from chalicelib.shipments.routes import routes as shipments
from chalicelib.trace.routes import routes as trace
from chalicelib.trace.store import ever_held
from chalicelib.vrs.routes import routes as vrs

BLUEPRINTS = (
    directory,
    serial,
    lots,
    scans,
    goods,
    capture,
    query,
    subscriptions,
    trace,
    shipments,
    recall,
    alerts,
    labels,
    vrs,
    packs,
    resolver,
    notify,
    http,
)


def register(app: Chalice) -> None:
    """Let the app answer every route."""
    install(authenticate)
    install_formats(Format.parse)
    install_holders(ever_held)
    app.api.binary_types += [each for each in BINARY if each not in app.api.binary_types]
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
