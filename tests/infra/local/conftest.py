import pytest

from infra.local.materialise import Stack, materialise
from infra.local.template import Template
from tests.infra.local.standin import StandIn, stand_in


@pytest.fixture
def app() -> StandIn:
    """A small app in the place of Packtrail."""
    return stand_in()


@pytest.fixture
def stack(aws) -> Stack:
    """The template's tables and queues in the emulated account."""
    return materialise(Template.load())


@pytest.fixture
def put(aws):
    """Write an item whose key is all that matters."""

    def put(table, pk, **more):
        item = {"pk": {"S": pk}, "sk": {"S": "-"}, **more}
        aws.client("dynamodb").put_item(TableName=f"packtrail-{table}", Item=item)

    return put
