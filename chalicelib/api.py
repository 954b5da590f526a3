"""Every module of routes; and what lower packages need of higher ones, handed down once.

Modules are imported when the first request needs them (`http.late`): a cold start is short.
"""

from importlib import import_module
from types import ModuleType

from chalice.app import Chalice

from chalicelib.directory.authentication import authenticate
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.http import late
from chalicelib.http.answer import BINARY
from chalicelib.http.routing import install
from chalicelib.route_table import ROUTES

PACKAGES = (
    "directory",
    "serial",
    "lots",
    "scans",
    "goods",
    "capture",
    "query",
    "query.subscriptions",
    "trace",
    "shipments",
    "recall",
    "alerts",
    "labels",
    "vrs",
    "packs",
    "returns",
    "suspicions",
    "resolver",
    "notify",
    "http",
)
"""Packages with a module `routes`; `make docs` makes the table of their routes anew."""


def register(app: Chalice) -> None:
    """Let the app answer every route."""
    install(authenticate)
    app.api.binary_types += [each for each in BINARY if each not in app.api.binary_types]
    for module, rows in ROUTES.items():
        late.register(app, load, module, rows)


def load(module: str) -> ModuleType:
    """Import a module of routes, and hand down to it what it needs of higher packages."""
    found = import_module(module)
    if module == "chalicelib.directory.routes":
        found.install_formats(_read_format)
    if module == "chalicelib.lots.routes":
        found.install_holders(_ever_held)
    return found


def _read_format(text: str) -> object:
    from chalicelib.serial.model import Format  # noqa: PLC0415 - for who names a format

    return Format.parse(text)


def _ever_held(party: Gln, lgtin: Lgtin) -> bool:
    from chalicelib.trace.store import ever_held  # noqa: PLC0415 - for who asks for a lot

    return ever_held(party, lgtin)
