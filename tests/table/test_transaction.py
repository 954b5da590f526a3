"""A transaction writes everything or nothing, and a refusal is the one that belongs to it."""

import pytest
from botocore.exceptions import ClientError

from chalicelib.errors import AlreadyExists, Busy, Conflict, Raced, TooLarge
from chalicelib.table.items import Key
from chalicelib.table.read import get
from chalicelib.table.transaction import LIMIT, Transaction, replaced
from tests.harness.aws import Aws
from tests.harness.costs import counted
from tests.harness.faults import Case, Kind, injected, survives_everything
from tests.table.things import Other, Thing


def exists(what: str = "it") -> AlreadyExists:
    return AlreadyExists(f"There is {what}.")


def make(*items: Thing | Other) -> None:
    tx = Transaction()
    for item in items:
        tx.put(item)
    tx.commit()


def test_one_write_is_a_plain_conditional_write_at_half_the_price(aws: Aws) -> None:
    tx = Transaction()
    tx.create(Thing("a"), refused=exists())

    with counted(aws) as spent:
        tx.commit()

    assert spent.requests == {"dynamodb.PutItem": 1}
    assert spent.write_units == 1


def test_several_writes_are_one_transaction(aws: Aws) -> None:
    tx = Transaction()
    tx.create(Thing("a"), refused=exists())
    tx.create(Other("a"), refused=exists())

    with counted(aws) as spent:
        tx.commit()

    assert len(tx) == 2
    assert spent.requests == {"dynamodb.TransactWriteItems": 1}
    assert spent.write_units == 4
    assert len(aws.items("units")) == len(aws.items("lots")) == 1


def test_a_lone_check_is_a_transaction_too(aws: Aws) -> None:
    tx = Transaction()
    tx.check(Thing, "a", condition=Thing.pk.exists(), refused=Conflict("There is none."))

    with pytest.raises(Conflict, match=r"There is none\."):
        tx.commit()


def test_nothing_to_write_asks_nobody(aws: Aws) -> None:
    with counted(aws) as spent:
        Transaction().commit()

    assert spent.round_trips == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_second_creation_is_refused_and_shows_what_stands_there(aws: Aws, alone: bool) -> None:
    make(Thing("a", name="first"))
    tx = Transaction()
    if not alone:
        tx.put(Thing("b"))
    tx.create(Thing("a", name="second"), refused=exists())

    with pytest.raises(AlreadyExists, match=r"There is it\.") as refused:
        tx.commit()

    assert isinstance(refused.value.existing, Thing)
    assert refused.value.existing.name == "first"
    assert [item["name"] for item in aws.items("units")] == ["first"]


def test_the_first_refused_write_says_why(aws: Aws) -> None:
    make(Thing("b"), Thing("c"))
    tx = Transaction()
    for pk in "abc":
        tx.create(Thing(pk), refused=exists(pk))

    with pytest.raises(AlreadyExists, match=r"There is b\."):
        tx.commit()

    assert len(aws.items("units")) == 2


def test_replacing_needs_the_version_that_was_read(aws: Aws) -> None:
    make(Thing("a", version=1, name="one"))
    tx = Transaction()
    tx.replace(Thing("a", version=2, name="two"), version=1)
    tx.commit()

    late = Transaction()
    late.replace(Thing("a", version=2, name="late"), version=1)
    with pytest.raises(Raced):
        late.commit()

    found = get(Thing, "a")
    assert found is not None
    assert found.name == "two"


def test_a_change_that_stands_already_is_ones_own_and_another_is_not(aws: Aws) -> None:
    make(Thing("a", version=1, name="one"))
    two = Thing("a", version=2, name="two")
    also = Transaction()
    also.put(Other("a"))

    assert replaced(two, 1, also=also) is two
    assert replaced(two, 1) is two  # its answer was lost, and it comes again
    with pytest.raises(Raced) as refused:
        replaced(Thing("a", version=2, name="late"), 1)

    assert refused.value.existing is not None
    assert [item["name"] for item in aws.items("units")] == ["two"]
    assert len(aws.items("lots")) == 1


def test_version_zero_means_there_is_none(aws: Aws) -> None:
    tx = Transaction()
    tx.replace(Thing("a", version=1), version=0)
    tx.commit()

    again = Transaction()
    again.replace(Thing("a", version=1), version=0, refused=Conflict("Too late."))
    with pytest.raises(Conflict, match="Too late"):
        again.commit()


def test_an_update_makes_the_item_and_changes_it(aws: Aws) -> None:
    for _ in range(2):
        tx = Transaction()
        tx.update(Thing, "a", actions=[Thing.version.add(1), Thing.name.set("x")])
        tx.commit()

    assert aws.items("units") == [{"pk": "a", "sk": "-", "version": 2, "name": "x"}]


def test_an_update_has_its_condition(aws: Aws) -> None:
    make(Thing("a", name="x"))
    tx = Transaction()
    tx.update(
        Thing,
        "a",
        actions=[Thing.name.set("z")],
        condition=Thing.name == "y",
        refused=Conflict("It is not y."),
    )

    with pytest.raises(Conflict, match="not y") as refused:
        tx.commit()

    assert isinstance(refused.value.existing, Thing)
    assert refused.value.existing.name == "x"


def test_deleting_has_its_condition(aws: Aws) -> None:
    make(Thing("a", name="x"))
    tx = Transaction()
    tx.delete(Thing, "a", condition=Thing.name == "y")
    with pytest.raises(Raced):
        tx.commit()

    tx = Transaction()
    tx.delete(Thing, "a", condition=Thing.name == "x")
    tx.delete(Other, "none")
    tx.commit()

    assert aws.items("units") == []


def test_a_check_holds_the_rest_back(aws: Aws) -> None:
    make(Other("a", name="held"))
    tx = Transaction()
    tx.put(Thing("a"))
    tx.check(Other, "a", condition=Other.name == "free", refused=Conflict("It is held."))

    with pytest.raises(Conflict, match="held"):
        tx.commit()

    assert aws.items("units") == []


def test_a_hundred_writes_are_the_most(aws: Aws) -> None:
    tx = Transaction()
    for n in range(LIMIT + 1):
        tx.put(Thing(f"{n}"))

    with counted(aws) as spent, pytest.raises(TooLarge, match="100"):
        tx.commit()

    assert spent.round_trips == 0


def test_four_megabytes_are_the_most(aws: Aws) -> None:
    tx = Transaction()
    for n in range(12):
        tx.put(Thing(f"{n}", name="x" * 380_000))

    with pytest.raises(TooLarge, match="too large"):
        tx.commit()

    assert aws.items("units") == []


def test_an_item_that_is_too_large_is_no_bug(aws: Aws) -> None:
    for others in (0, 1):
        tx = Transaction()
        tx.put(Thing("a", name="x" * 420_000))
        for n in range(others):
            tx.put(Thing(f"{n}"))

        with pytest.raises(TooLarge):
            tx.commit()

    assert aws.items("units") == []


def test_two_writes_of_one_item_are_a_mistake_of_ours(aws: Aws) -> None:
    tx = Transaction()
    tx.put(Thing("a"))
    tx.put(Thing("a"))

    with pytest.raises(ClientError, match="multiple operations on one item"):
        tx.commit()


@pytest.mark.parametrize("count", [1, 2])
def test_an_item_held_by_another_transaction_is_raced(aws: Aws, count: int) -> None:
    tx = Transaction()
    for n in range(count):
        tx.put(Thing(f"{n}"))

    with injected({1: Kind.CONFLICT}), pytest.raises(Raced):
        tx.commit()

    assert aws.items("units") == []


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_a_write_that_fails_is_busy(aws: Aws, count: int, kind: Kind) -> None:
    tx = Transaction()
    for n in range(count):
        tx.put(Thing(f"{n}"))

    with injected({1: kind}), pytest.raises(Busy):
        tx.commit()


@pytest.mark.parametrize("count", [1, 3])
def test_a_creation_that_knows_itself_again_survives_every_fault(aws: Aws, count: int) -> None:
    def act() -> str:
        tx = Transaction()
        for n in range(count):
            tx.create(Thing(f"{n}", name="mine"), refused=exists())
        try:
            tx.commit()
        except AlreadyExists as refused:
            return str(getattr(refused.existing, "name", None))
        return "mine"

    assert survives_everything(Case("creation", act), aws) >= 11


def test_a_put_may_have_a_condition(aws: Aws) -> None:
    def put(version: int) -> Transaction:
        tx = Transaction()
        older = Thing.version.does_not_exist() | (Thing.version < version)
        tx.put(Thing("a", version=version), condition=older, refused=exists())
        return tx

    put(2).commit()
    put(3).commit()
    with pytest.raises(AlreadyExists) as refusal:
        put(3).commit()

    assert refusal.value.existing is not None
    assert refusal.value.existing.raw() == Thing("a", version=3).raw()


def test_an_item_that_is_written_out_is_created_once(aws: Aws) -> None:
    key, taken = Key(Thing, "new"), Conflict("It is there already.")
    tx = Transaction()
    tx.insert(key, {"name": {"S": "x"}, "version": {"N": "1"}}, refused=taken)
    tx.commit()

    found = get(Thing, "new")
    assert found is not None
    assert (found.name, found.version) == ("x", 1)
    again = Transaction()
    again.insert(key, {"name": {"S": "y"}}, refused=taken)
    with pytest.raises(Conflict) as refused:
        again.commit()
    assert refused.value is taken
