"""One client per process; what a retry may cure is Busy, everything else stays what it is."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from chalicelib.errors import Busy, PacktrailError
from chalicelib.table import client as module
from chalicelib.table.bulk import delete_many
from chalicelib.table.client import client, failures, forget_client, on_client
from chalicelib.table.items import Key
from chalicelib.table.read import get_many
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected
from tests.table.things import Thing


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")


@pytest.mark.parametrize(
    "code",
    [
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    ],
)
def test_what_a_retry_may_cure_is_busy(code: str) -> None:
    with pytest.raises(Busy, match="try again") as busy, failures():
        raise refused(code)

    assert busy.value.retry_after == 1
    assert isinstance(busy.value.__cause__, ClientError)


@pytest.mark.parametrize("error", [ReadTimeoutError, ConnectTimeoutError])
def test_an_answer_that_does_not_come_is_busy(error: type[Exception]) -> None:
    with pytest.raises(Busy, match="did not answer"), failures():
        raise error(endpoint_url="http://127.0.0.1")  # type: ignore[call-arg]


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_our_own_mistakes_are_no_refusals(code: str) -> None:
    with pytest.raises(ClientError), failures():
        raise refused(code)


def test_a_refusal_of_ours_passes_unchanged() -> None:
    with pytest.raises(PacktrailError, match="as it was"), failures():
        raise Busy("as it was")


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_every_way_in_which_a_call_fails_is_busy(aws: Aws, kind: Kind) -> None:
    with injected({1: kind}), pytest.raises(Busy), failures():
        client().list_tables()


def test_there_is_one_client_until_it_is_forgotten(aws: Aws) -> None:
    first = client()
    assert client() is first

    forget_client()

    assert client() is not first


def test_an_emulator_is_reached_by_the_usual_variable(environment: Callable[..., None]) -> None:
    environment(AWS_ENDPOINT_URL="http://127.0.0.1:4566")
    forget_client()

    assert client().meta.endpoint_url == "http://127.0.0.1:4566"

    forget_client()


def test_a_hook_sees_every_client(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(module, "_hooks", [])
    on_client(seen.append)

    forget_client()

    assert seen == [client()]


def test_no_request_is_searched_for_arns(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[Any] = []
    monkeypatch.setattr("jmespath.search", lambda *asked: searched.append(asked))
    tx = Transaction()
    for pk in "ab":
        tx.put(Thing(pk))

    tx.commit()
    delete_many([Key(Thing, "a")])

    assert set(get_many([Key(Thing, "a"), Key(Thing, "b")])) == {Key(Thing, "b")}
    assert searched == []
