"""The one DynamoDB client of a process, and what its failures mean.

Low-level botocore rather than boto3's or PynamoDB's: one client serves every table, imports in half
the time, and a hook on it counts what everything costs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.session import get_session

from chalicelib.errors import Busy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BUSY = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
_hooks: list[Callable[[Any], None]] = []


@lru_cache(maxsize=1)
def client() -> "DynamoDBClient":
    """Return the client; `AWS_ENDPOINT_URL` leads it to an emulator.

    Parameters are built by this package alone, so botocore need not check their shapes again.
    """
    config = Config(
        parameter_validation=False,
        connect_timeout=2,
        read_timeout=5,
        max_pool_connections=50,
        retries={"mode": "standard", "total_max_attempts": 4},
    )
    made = cast("DynamoDBClient", get_session().create_client("dynamodb", config=config))
    _without_arns(made)
    for hook in _hooks:
        hook(made)
    return made


def _without_arns(made: "DynamoDBClient") -> None:
    """Spare botocore the search of every request for ARNs of tables: we give names.

    An ARN would choose the endpoint of another account. In transactions of a hundred writes the
    search is an eighth of all the work.
    """
    model = made.meta.service_model
    for name in ("BatchGetItem", "BatchWriteItem", "TransactWriteItems"):
        model.operation_model(name).operation_context_parameters = []


def forget_client() -> None:
    """Drop the cached client, so that the next call makes one in the environment of then."""
    client.cache_clear()


def on_client(hook: Callable[[Any], None]) -> None:
    """Let `hook` see every client that is made from now on (benchmarks count requests so)."""
    _hooks.append(hook)


@contextmanager
def failures() -> Iterator[None]:
    """Turn what a retry may cure into `Busy`; refused conditions and bugs pass unchanged."""
    try:
        yield
    except (HTTPClientError, NoConnection) as error:
        raise Busy("The database did not answer in time; try again.", code="no_answer") from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _BUSY:
            raise Busy("The database is busy; try again.", code="throttled") from error
        raise
