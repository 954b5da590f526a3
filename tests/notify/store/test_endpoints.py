"""Endpoints come back as they were kept; changes at the same time do not undo each other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import Conflict, NotFound, Raced
from chalicelib.notify.model.endpoint import Endpoint, Seed
from chalicelib.notify.store.endpoints import EndpointStore, endpoints_of
from chalicelib.table.transaction import Transaction
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected

MEDDIST = EndpointStore("meddist")


def an_endpoint(at: datetime, endpoint_id: str = "e1", organisation: str = "meddist") -> Endpoint:
    seeds = (Seed("s2"), Seed("s1", at + timedelta(hours=24)))
    url = "https://meddist.example/hook"
    return Endpoint(endpoint_id, organisation, url, ("recall.notice",), seeds, at, "f")


def test_an_endpoint_comes_back_as_it_was(aws: Aws, at: datetime) -> None:
    assert MEDDIST.create(an_endpoint(at)) == (an_endpoint(at), True)

    assert MEDDIST.get("e1") == an_endpoint(at)
    changed = an_endpoint(at).without("it answered 410 Gone")
    MEDDIST.replace(changed)
    assert MEDDIST.get("e1") == changed
    assert MEDDIST.create(an_endpoint(at)) == (changed, False)


def test_another_organisations_endpoint_is_not_there(aws: Aws, at: datetime) -> None:
    MEDDIST.create(an_endpoint(at))

    with pytest.raises(NotFound, match="There is no such webhook"):
        EndpointStore("citypharm").get("e1")
    assert EndpointStore("citypharm").all() == []


def test_a_deleted_endpoint_is_remembered_and_not_shown(aws: Aws, at: datetime) -> None:
    MEDDIST.create(an_endpoint(at))
    MEDDIST.replace(an_endpoint(at).taken_away())

    assert MEDDIST.all() == []
    assert MEDDIST.find("e1") == an_endpoint(at).taken_away()
    with pytest.raises(NotFound):
        MEDDIST.get("e1")


def test_of_two_changes_of_one_endpoint_one_wins_and_knows_itself(aws: Aws, at: datetime) -> None:
    MEDDIST.create(an_endpoint(at))
    MEDDIST.replace(an_endpoint(at).taken_away())

    MEDDIST.replace(an_endpoint(at).taken_away())

    with pytest.raises(Raced, match="The webhook was changed meanwhile"):
        MEDDIST.replace(an_endpoint(at).without("it answered 410 Gone"))
    with pytest.raises(Raced):
        MEDDIST.replace(an_endpoint(at, "e9").taken_away())


def test_changes_of_different_endpoints_do_not_undo_each_other(aws: Aws, at: datetime) -> None:
    def register(number: int) -> None:
        while True:
            try:
                MEDDIST.create(an_endpoint(at, f"e{number}"))
            except Raced:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(register, range(20)))

    assert {endpoint.id for endpoint in MEDDIST.all()} == {f"e{number}" for number in range(20)}
    with pytest.raises(Conflict, match="Found 20 webhooks"):
        MEDDIST.create(an_endpoint(at, "e20"))


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.FAILED_AFTER])
def test_our_own_write_whose_answer_was_lost_is_ours(aws: Aws, at: datetime, kind: Kind) -> None:
    with injected({2: kind}, retries=True) as calls:
        assert MEDDIST.create(an_endpoint(at)) == (an_endpoint(at), True)

    assert calls.hit
    assert len(MEDDIST.all()) == 1


def test_endpoints_that_are_changed_all_the_while_are_for_the_caller_to_retry(
    aws: Aws, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raced(*_: Any) -> None:
        raise Raced("held")

    monkeypatch.setattr(Transaction, "commit", raced)

    with pytest.raises(Raced, match="The webhooks were being changed all the while"):
        MEDDIST.create(an_endpoint(at))


def test_endpoints_of_many_organisations_are_read_together(aws: Aws, at: datetime) -> None:
    for name in ("meddist", "citypharm"):
        EndpointStore(name).create(an_endpoint(at, f"e-{name}", name))

    with injected() as calls:
        found = endpoints_of(["meddist", "citypharm", "ruralpharm"])

    assert found == {
        name: [an_endpoint(at, f"e-{name}", name)] for name in ("meddist", "citypharm")
    }
    assert calls.made == ["dynamodb.BatchGetItem"]
    assert endpoints_of([]) == {}
