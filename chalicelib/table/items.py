"""The base of every stored item, and where items live.

PynamoDB models declare attributes, types and conditions, and turn items into DynamoDB's JSON and
back. Their own input and output is not used: see `client` and `transaction`.

Every table has the same key schema, a string `pk` and a string `sk`; `-` is the sort key of an item
that stands alone under its partition key. Key spellings stand with each model, nowhere else.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import LIST
from pynamodb.models import Model

from chalicelib.settings import settings

ALONE = "-"


class Item(Model):
    """An item of one of the tables; `Meta.table_name` is the table's short name."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=ALONE)

    @classmethod
    def table(cls) -> str:
        """Return the full name of the table in this deployment."""
        return settings().table(cls.Meta.table_name)

    def raw(self) -> dict[str, Any]:
        """Return the item as DynamoDB's attribute map."""
        return self.serialize()

    @property
    def key(self) -> "Key":
        """Where the item stands."""
        return Key(type(self), self.pk, self.sk)


class RawItems(Attribute[Sequence[dict[str, Any]]]):
    """Whole items of another kind, each as DynamoDB's attribute map, kept inside an item."""

    attr_type = LIST

    def serialize(self, value: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return them as DynamoDB's list of maps."""
        return [{"M": raw} for raw in value]

    def deserialize(self, value: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Read what `serialize` wrote."""
        return [each["M"] for each in value]


class Key(NamedTuple):
    """Where an item stands: its model (and so its table), partition key and sort key."""

    model: type[Item]
    pk: str
    sk: str = ALONE

    @property
    def raw(self) -> dict[str, Any]:
        """The key as DynamoDB's attribute map."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


class Names:
    """Placeholders of one expression, collected while PynamoDB serialises its parts."""

    __slots__ = ("names", "values")

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def parameters(self) -> dict[str, Any]:
        """Return the request parameters that carry the placeholders."""
        found: dict[str, Any] = {}
        if self.names:
            found["ExpressionAttributeNames"] = {v: k for k, v in self.names.items()}
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found
