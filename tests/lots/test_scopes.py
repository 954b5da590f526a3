"""The serials of a partial recall are kept with its lot, once."""

import pytest

from chalicelib.errors import AlreadyExists
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots import scopes
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws

LGTIN = Lgtin.parse("09506000134352#L1")
ODD = {"A", "a", "+-./%&", "0" * 20}


def kept(serials: set[str], recall: str = "r1", lgtin: Lgtin = LGTIN) -> None:
    tx = Transaction()
    scopes.write(tx, recall, lgtin, serials)
    tx.commit()


def test_serials_come_back_as_they_were(aws: Aws) -> None:
    kept(ODD)
    kept({"B"}, "r2")

    assert scopes.serials("r1", LGTIN) == ODD
    assert scopes.serials("r2", LGTIN) == {"B"}


def test_a_scope_is_never_changed(aws: Aws) -> None:
    kept({"A"})

    with pytest.raises(AlreadyExists, match="The recall covers this lot already"):
        kept({"B"})


def test_a_scope_is_read_once_per_process(aws: Aws) -> None:
    kept({"A"})
    scopes.serials("r1", LGTIN)
    aws.table("lots").items.clear()

    assert scopes.serials("r1", LGTIN) == {"A"}


def test_a_scope_that_is_not_there_is_an_error_each_time(aws: Aws) -> None:
    for _ in range(2):
        with pytest.raises(LookupError, match="recall r1 has no partial scope for lot"):
            scopes.serials("r1", LGTIN)
    kept({"A"})

    assert scopes.serials("r1", LGTIN) == {"A"}


def test_ten_thousand_of_the_longest_serials_fit_into_an_item(aws: Aws) -> None:
    import random

    chance = random.Random(1)
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789abcdefghijkmnpqrstuvwxyz+-./%&"
    longest = {"".join(chance.choices(alphabet, k=20)) for _ in range(10_000)}

    kept(longest)

    assert scopes.serials("r1", LGTIN) == longest
    (item,) = aws.items("lots")
    assert len(bytes(item["serials"])) < 200_000
