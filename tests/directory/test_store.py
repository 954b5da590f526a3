from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from chalicelib.directory.model import Done, Organisation, Product, Request
from chalicelib.directory.store import Directory, ProductStore, product_key, to_product
from chalicelib.errors import AlreadyExists, Conflict, KeyReused, PacktrailError, Raced
from chalicelib.table.read import get_many
from tests.directory.web import ACME, MEDDIST, gln, gtin, member
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything

PRODUCT = Product(gtin(1), "acme", ACME.gln, "Painless 500 mg", "analgesic", "numeric:16")


def request(at: datetime, operation: str = "op-1", fingerprint: str = "f") -> Request:
    return Request(operation, fingerprint, at)


def test_a_member_is_found_by_id_and_by_gln(aws: Aws, at: datetime) -> None:
    assert Directory().add(ACME, request(at)) is None

    assert Directory().get("acme") == ACME
    assert Directory().organisation_of(ACME.gln) == ACME
    assert Directory().get("nobody") is None
    assert Directory().organisation_of(gln(9)) is None


def test_many_members_are_found_in_one_request(aws: Aws, at: datetime) -> None:
    Directory().add(ACME, request(at, "op-1"))
    Directory().add(MEDDIST, request(at, "op-2"))

    found = Directory().organisations_of([ACME.gln, MEDDIST.gln, gln(9)])

    assert found == {ACME.gln: ACME, MEDDIST.gln: MEDDIST}


def test_members_are_listed_by_id(aws: Aws, at: datetime) -> None:
    for number, identity in enumerate(["gamma", "alpha", "beta"], start=1):
        Directory().add(member(number, identity), request(at, f"op-{number}"))

    first, last = Directory().page(after=None, limit=2)
    rest, end = Directory().page(after=last, limit=2)

    assert [each.id for each in first + rest] == ["alpha", "beta", "gamma"]
    assert end is None


@pytest.mark.parametrize(
    ("rival", "code"),
    [(member(2, "acme"), "organisation_exists"), (member(1, "other"), "gln_registered")],
)
def test_neither_an_id_nor_a_gln_is_given_twice(
    rival: Organisation, code: str, aws: Aws, at: datetime
) -> None:
    Directory().add(ACME, request(at, "op-1"))
    before = aws.snapshot()

    with pytest.raises(AlreadyExists) as refusal:
        Directory().add(rival, request(at, "op-2"))

    assert refusal.value.code == code
    assert aws.snapshot() == before


def test_a_repeated_registration_is_recognised(aws: Aws, at: datetime) -> None:
    Directory().add(ACME, request(at))

    assert Directory().add(ACME, request(at)) == Done("acme")
    with pytest.raises(KeyReused):
        Directory().add(ACME, request(at, fingerprint="another"))


def test_of_many_that_register_one_gln_one_wins(aws: Aws, at: datetime) -> None:
    def register(number: int) -> bool:
        try:
            Directory().add(member(1, f"rival-{number}"), request(at, f"op-{number}"))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(register, range(8)))

    assert won.count(True) == 1
    assert len(Directory().page(after=None, limit=50)[0]) == 1


def test_a_product_is_kept_whole(aws: Aws) -> None:
    kept = ProductStore().put(PRODUCT)

    assert kept == replace(PRODUCT, version=1)
    assert ProductStore().get(PRODUCT.gtin) == kept
    assert ProductStore().get_many([PRODUCT.gtin, gtin(2)]) == {PRODUCT.gtin: kept}
    assert ProductStore().get(gtin(2)) is None


def test_a_product_is_read_together_with_other_things(aws: Aws) -> None:
    ProductStore().put(PRODUCT)
    key = product_key(PRODUCT.gtin)

    item = get_many([key]).item(key.model, key.pk)  # type: ignore[type-var]

    assert to_product(item).owner == "acme"  # type: ignore[arg-type]


def test_a_write_on_an_old_version_is_refused(aws: Aws) -> None:
    kept = ProductStore().put(PRODUCT)
    ProductStore().put(replace(kept, name="Newer"))

    with pytest.raises(Raced):
        ProductStore().put(replace(kept, name="Older"))


def test_of_many_that_register_one_gtin_one_wins(aws: Aws) -> None:
    def register(number: int) -> str:
        try:
            return ProductStore().put(replace(PRODUCT, owner=f"rival-{number}")).owner
        except PacktrailError as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(register, range(8)))

    owner = ProductStore().get(PRODUCT.gtin)
    assert owner is not None
    assert sorted(results) == ["gtin_registered"] * 7 + [owner.owner]


def test_registration_survives_every_fault(aws: Aws, at: datetime) -> None:
    def register() -> Organisation | None:
        Directory().add(ACME, request(at))
        return Directory().get("acme")

    assert survives_everything(Case("register an organisation", register), aws) > 20


def test_keeping_a_product_survives_every_fault(aws: Aws) -> None:
    assert survives_everything(Case("put a product", lambda: ProductStore().put(PRODUCT)), aws) > 10
