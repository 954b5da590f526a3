"""Items know where they live and turn into DynamoDB's JSON and back."""

from collections.abc import Callable

from chalicelib.table.items import ALONE, Key, RawItems
from tests.table.things import Other, Thing


def test_an_item_stands_alone_unless_said_otherwise() -> None:
    assert Thing("a").key == Key(Thing, "a", ALONE)
    assert Thing("a", "b").key == Key(Thing, "a", "b")


def test_a_key_is_dynamodbs_key() -> None:
    assert Key(Thing, "a").raw == {"pk": {"S": "a"}, "sk": {"S": "-"}}


def test_the_table_is_that_of_this_deployment(environment: Callable[..., None]) -> None:
    assert Thing.table() == "packtrail-units"

    environment(PACKTRAIL_PREFIX="acme")

    assert Thing.table() == "acme-units"
    assert Other.table() == "acme-lots"


def test_an_item_comes_back_as_it_was() -> None:
    raw = Thing("a", name="größer", version=3).raw()

    assert raw == {
        "pk": {"S": "a"},
        "sk": {"S": "-"},
        "version": {"N": "3"},
        "name": {"S": "größer"},
    }
    back = Thing.from_raw_data(raw)
    assert (back.pk, back.sk, back.name, back.version) == ("a", "-", "größer", 3)


def test_what_is_not_set_is_not_stored() -> None:
    assert "name" not in Thing("a").raw()


def test_items_are_kept_whole_inside_another() -> None:
    items = [Thing("a", name="größer", version=3).raw(), Other("b", name="x").raw()]

    kept = RawItems().serialize(items)

    assert kept == [{"M": items[0]}, {"M": items[1]}]
    assert RawItems().deserialize(kept) == items
