"""Counting what the product spends on the emulated account; the rules are `benchmarks.costs`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models.utilities import dynamo_to_dict

from benchmarks.costs import Item, Spent, Till
from tests.harness.aws import Aws


@contextmanager
def counted(aws: Aws, *others: Any) -> Iterator[Spent]:
    """Count what the product's DynamoDB client, and other clients named, do inside the block."""
    from chalicelib.table.client import client

    with Till(underneath(aws)).attached(client(), *others) as spent:
        yield spent


def underneath(aws: Aws) -> Any:
    """Return a look past every client into moto's tables."""

    def peek(table: str, key: Item) -> Item | None:
        backend = aws.backend("dynamodb")
        found = backend.get_item(table, key) if table in backend.tables else None
        return dynamo_to_dict(found.to_json()["Attributes"]) if found else None

    return peek
