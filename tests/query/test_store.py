"""Values that can be asked about, each party's own; and named queries."""

import pytest

from chalicelib.errors import AlreadyExists, NoSuchName
from chalicelib.query.store import QueryStore, has_value, keep_values, values, which_have
from tests.builders import gln
from tests.harness.aws import Aws
from tests.harness.costs import counted

pytestmark = pytest.mark.usefixtures("aws")


def test_values_are_listed_once_each_to_their_party_alone() -> None:
    keep_values((gln("acme"), "epc", f"urn:x:{n % 130:03}") for n in range(150))

    first, after = values(gln("acme"), "epc", after=None, limit=100)
    second, end = values(gln("acme"), "epc", after=after, limit=100)

    assert sorted([*first, *second]) == [f"urn:x:{n:03}" for n in range(130)]
    assert end is None
    assert values(gln("meddist"), "epc", after=None, limit=9) == ([], None)
    assert has_value(gln("acme"), "epc", "urn:x:000")
    assert which_have(gln("acme"), "epc", ["urn:x:129", "urn:x:130"]) == {"urn:x:129"}
    assert not has_value(gln("acme"), "readPoint", "urn:x:000")


def test_a_value_that_is_kept_is_not_written_again(aws: Aws) -> None:
    with counted(aws) as first:
        keep_values([(gln("acme"), "bizStep", "shipping")])
    with counted(aws) as again:
        keep_values([(gln("acme"), "bizStep", "shipping")])

    assert (first.write_units, again.write_units, again.read_units) == (1, 0, 0.5)


def test_a_query_is_kept_under_its_name_for_its_organisation() -> None:
    store = QueryStore("acme")
    store.create("mine", {"EQ_bizStep": ["shipping"]})
    store.create("mine", {"EQ_bizStep": ["shipping"]})

    assert store.get("mine") == {"EQ_bizStep": ["shipping"]}
    assert store.page(after=None, limit=9) == ([("mine", {"EQ_bizStep": ["shipping"]})], None)
    with pytest.raises(AlreadyExists):
        store.create("mine", {})
    with pytest.raises(NoSuchName):
        QueryStore("meddist").get("mine")


def test_a_forgotten_query_is_gone() -> None:
    store = QueryStore("acme")
    store.create("mine", {})
    store.delete("mine")

    with pytest.raises(NoSuchName):
        store.delete("mine")
    store.create("mine", {"EQ_action": ["ADD"]})
    assert store.get("mine") == {"EQ_action": ["ADD"]}
