"""Who owns a product issues its numbers; to everybody else there is nothing here."""

from dataclasses import replace
from uuid import uuid4

import pytest

from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Conflict, KeyReused, NotFound
from chalicelib.gs1.keys import Gtin
from chalicelib.serial import usecases
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.model import DEFAULT, Format
from tests.http.door import actor
from tests.serial.orders import GTIN, an_order

OTHER = Gtin("09521000000018")
OPERATION = uuid4()


def issue(name: str = "a", **more: str) -> object:
    order = an_order(name, **more)  # type: ignore[arg-type]
    return usecases.issue(order, products=ProductStore(), blocks=BlockStore())


def describe(product: Product, spelled: str | None) -> None:
    ProductStore().put(replace(product, serial_format=spelled))


@pytest.mark.usefixtures("product")
def test_the_owner_has_numbers_in_the_default_format() -> None:
    order = an_order("a")

    issued = usecases.issue(order, products=ProductStore(), blocks=BlockStore())

    assert issued.order == order
    assert issued.epoch.format == DEFAULT


def test_numbers_have_the_format_of_the_product(product: Product) -> None:
    describe(product, "numeric:16")

    order = an_order("a")
    issued = usecases.issue(order, products=ProductStore(), blocks=BlockStore())

    assert issued.epoch.format == Format.of("numeric", 16)
    assert issued.numbers(0, 1)[0].isdecimal()


def test_a_changed_format_holds_from_the_next_block_on(product: Product) -> None:
    before = usecases.issue(an_order("a"), products=ProductStore(), blocks=BlockStore())
    describe(product, "alphanumeric:10")

    after = usecases.issue(an_order("b"), products=ProductStore(), blocks=BlockStore())

    assert (before.epoch.number, after.epoch.number) == (0, 1)
    assert len(after.numbers(0, 1)[0]) == 10


def test_a_format_that_the_directory_took_and_we_cannot_use_is_told(product: Product) -> None:
    describe(product, "numeric:3")

    with pytest.raises(Conflict, match="serialFormat") as refused:
        issue()

    assert refused.value.code == "serial_format"


@pytest.mark.usefixtures("product")
def test_others_are_told_the_same_as_of_what_does_not_exist() -> None:
    with pytest.raises(NotFound) as foreign:
        issue(organisation="meddist")
    with pytest.raises(NotFound) as missing:
        issue(gtin=OTHER)  # type: ignore[arg-type]

    assert foreign.value.detail.replace(str(GTIN), str(OTHER)) == missing.value.detail


@pytest.mark.usefixtures("product")
def test_a_block_is_shown_to_whom_it_was_handed_out() -> None:
    issue("a")
    block = an_order("a").id

    found = usecases.find(block, actor("line"), blocks=BlockStore())

    assert found.order.id == block
    for whose, asked in [("meddist", block), ("acme", uuid4())]:
        with pytest.raises(NotFound, match="of yours"):
            usecases.find(asked, actor("line", organisation=whose), blocks=BlockStore())


@pytest.mark.usefixtures("product")
def test_the_owner_changes_the_key() -> None:
    issue("a")

    first = usecases.rotate(GTIN, actor("admin"), OPERATION, "ff", products=ProductStore())
    again = usecases.rotate(GTIN, actor("admin"), OPERATION, "ff", products=ProductStore())

    assert (first.epoch.number, first.replayed) == (1, False)
    assert again == replace(first, replayed=True)
    with pytest.raises(KeyReused):
        usecases.rotate(GTIN, actor("admin"), OPERATION, "00", products=ProductStore())


@pytest.mark.usefixtures("product")
def test_nobody_else_changes_the_key() -> None:
    with pytest.raises(NotFound):
        usecases.rotate(
            GTIN, actor("admin", organisation="meddist"), OPERATION, "ff", products=ProductStore()
        )
