"""What tests of serial numbers share."""

from datetime import datetime

import pytest

from chalicelib.access.model import Actor
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.http import authentication
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.routes import routes
from tests.harness.aws import Aws
from tests.http.door import ACME, Door, actor
from tests.serial.orders import GTIN


@pytest.fixture
def blocks(aws: Aws) -> BlockStore:
    """The block store, on empty tables."""
    return BlockStore()


@pytest.fixture
def product(aws: Aws) -> Product:
    """A product of acme, with the default format."""
    return ProductStore().put(Product(GTIN, "acme", ACME, "Paracetamol"))


@pytest.fixture
def door(product: Product, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The routes of serial numbers; a token is `{organisation}.{role}`."""

    def actor_of(token: str, _at: datetime) -> Actor:
        organisation, _, role = token.partition(".")
        return actor(role, organisation=organisation)

    monkeypatch.setattr(authentication, "_installed", [actor_of])
    return Door(routes)
