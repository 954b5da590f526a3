from dataclasses import replace
from datetime import date, datetime

import pytest

from chalicelib.access.model import Actor, Role
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Forbidden, NotFound, Stale
from chalicelib.gs1.keys import Gln, Gtin, Lgtin
from chalicelib.lots.model import Description, Lot, Status
from chalicelib.lots.store import LotStore
from chalicelib.lots.usecases import Kept, changes_of, lot_of, set_lot
from tests.directory.web import ACME, MEDDIST
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything
from tests.lots.test_model import LGTIN, LOT

LINE = Actor("acme", ACME.gln, "acme-line", frozenset({Role.LINE}))
QUALITY = replace(LINE, client_id="acme-quality", roles=frozenset({Role.QUALITY}))
OTHER = Actor("meddist", MEDDIST.gln, "meddist-quality", frozenset({Role.QUALITY}))
WANTED = LOT.description
UNKNOWN = "09521000000018"


@pytest.fixture(autouse=True)
def product(aws: Aws) -> None:
    ProductStore().put(Product(LGTIN.gtin, "acme", ACME.gln, "Painless"))


def keep(
    wanted: Description, at: datetime, actor: Actor = LINE, expected: int | None = None
) -> Kept:
    return set_lot(
        LGTIN,
        wanted,
        actor=actor,
        expected=expected,
        at=at,
        products=ProductStore(),
        lots=LotStore(),
    )


def see(actor: Actor, lgtin: Lgtin = LGTIN, *, holders: tuple[Gln, ...] = ()) -> Lot:
    def held(party: Gln, of: Lgtin) -> bool:
        return party in holders and of == LGTIN

    return lot_of(lgtin, actor=actor, lots=LotStore(), held=held)


def test_the_line_makes_a_lot_known(at: datetime) -> None:
    kept = keep(WANTED, at)

    assert kept == Kept(replace(LOT, version=1), created=True)


def test_nobody_else_sets_lots_of_a_product(at: datetime) -> None:
    with pytest.raises(NotFound) as others:
        keep(WANTED, at, OTHER)
    with pytest.raises(NotFound) as unknown:
        set_lot(
            Lgtin(Gtin(UNKNOWN), "L"),
            WANTED,
            actor=OTHER,
            expected=None,
            at=at,
            products=ProductStore(),
            lots=LotStore(),
        )

    known = str(LGTIN.gtin)
    assert others.value.detail.replace(known, UNKNOWN) == unknown.value.detail


@pytest.mark.parametrize("expected", [None, 0, 1])
def test_what_is_described_so_already_is_not_written_again(
    expected: int | None, aws: Aws, at: datetime
) -> None:
    keep(WANTED, at)
    before = aws.snapshot()

    kept = keep(WANTED, at, expected=expected)

    assert (kept.created, kept.lot.version) == (False, 1)
    assert aws.snapshot() == before


def test_another_version_than_expected_is_refused(at: datetime) -> None:
    with pytest.raises(Stale, match="there is nothing yet"):
        keep(WANTED, at, expected=1)
    keep(WANTED, at)
    with pytest.raises(Stale, match="the current version is 1"):
        keep(replace(WANTED, supplier="Other"), at, expected=2)
    with pytest.raises(Stale):
        keep(WANTED, at, expected=5)


def test_the_line_may_not_release_what_quality_holds(at: datetime) -> None:
    keep(replace(WANTED, status=Status.QUARANTINED), at)

    with pytest.raises(Forbidden):
        keep(replace(WANTED, status=Status.RELEASED), at)
    kept = keep(replace(WANTED, status=None), at)
    assert kept.lot.status is Status.QUARANTINED
    assert keep(WANTED, at, QUALITY).lot.status is Status.RELEASED


def test_quality_may_change_the_expiry_and_it_is_remembered(at: datetime) -> None:
    keep(WANTED, at)
    longer = replace(WANTED, expiry=date(2029, 12, 31))

    assert keep(longer, at, QUALITY, expected=1).lot.version == 2

    changes = changes_of(LGTIN, actor=QUALITY, lots=LotStore())
    assert [(each.version, each.client, each.description.expiry) for each in changes] == [
        (1, "acme-line", LOT.expiry),
        (2, "acme-quality", date(2029, 12, 31)),
    ]


def test_a_lot_is_seen_by_its_owner_and_by_holders(at: datetime) -> None:
    keep(WANTED, at)

    assert see(LINE).lgtin == LGTIN
    assert see(OTHER, holders=(MEDDIST.gln,)).lgtin == LGTIN


def test_for_anybody_else_a_lot_is_not_there(at: datetime) -> None:
    keep(WANTED, at)

    with pytest.raises(NotFound) as hidden:
        see(OTHER)
    with pytest.raises(NotFound) as missing:
        see(OTHER, Lgtin.of(LGTIN.gtin, "L-2"), holders=(MEDDIST.gln,))
    assert hidden.value.detail.replace("L-1", "L-2") == missing.value.detail


def test_who_changed_a_lot_is_the_owners_business_alone(at: datetime) -> None:
    keep(WANTED, at)

    with pytest.raises(NotFound):
        changes_of(LGTIN, actor=OTHER, lots=LotStore())


def test_setting_a_lot_survives_every_fault(aws: Aws, at: datetime) -> None:
    assert (
        survives_everything(Case("set a lot", lambda: keep(WANTED, at, expected=0).lot), aws) > 20
    )
    keep(WANTED, at)
    held = replace(WANTED, status=Status.QUARANTINED)
    again = Case("hold a lot", lambda: keep(held, at, QUALITY, expected=1).lot)
    assert survives_everything(again, aws) > 20
