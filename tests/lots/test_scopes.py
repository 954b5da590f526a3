import pytest

from chalicelib.errors import AlreadyExists
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots import scopes
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.faults import injected
from tests.lots.test_model import LGTIN


def write(serials: list[str], lgtin: Lgtin = LGTIN) -> None:
    tx = Transaction()
    scopes.write(tx, "r1", lgtin, serials)
    tx.commit()


def test_a_scope_comes_back_as_it_was_written(aws: Aws) -> None:
    write(["B2", "A/1", "a%1"])

    assert scopes.serials("r1", LGTIN) == {"A/1", "B2", "a%1"}


def test_the_largest_scope_fits_into_its_item(aws: Aws) -> None:
    serials = [f"{number:020}"[::-1] for number in range(10_000)]
    write(serials)

    assert scopes.serials("r1", LGTIN) == set(serials)


def test_a_scope_is_read_once_per_process(aws: Aws) -> None:
    write(["A1"])
    scopes.serials("r1", LGTIN)

    with injected() as calls:
        scopes.serials("r1", LGTIN)
    assert calls.made == []


def test_a_scope_is_written_once(aws: Aws) -> None:
    write(["A1"])

    with pytest.raises(AlreadyExists):
        write(["A2"])


def test_a_mark_without_its_scope_is_a_bug(aws: Aws) -> None:
    write(["A1"])

    with pytest.raises(LookupError):
        scopes.serials("r1", Lgtin.of(LGTIN.gtin, "other"))
