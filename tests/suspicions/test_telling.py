"""A partner is told of its own goods, at every address that wants to hear of such."""

from uuid import UUID

import pytest

from chalicelib.errors import PacktrailError
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.suspicions import store
from chalicelib.suspicions.telling import message, tell
from tests.harness.network import AT, Network, gln
from tests.notify.receiver import Receiver, receiving
from tests.suspicions.test_store import NOTICE, UNIT

TURN = Turn(AT, "t", 0.5, local=True)


@pytest.mark.usefixtures("loopback")
def test_a_notice_is_sent_once_to_who_wants_it(network: Network) -> None:
    with receiving() as there, receiving() as other:
        register(there, "suspicion.notice", 1)
        register(other, "recall.notice", 2)
        store.put_notices([NOTICE])

        for _ in range(2):
            tell(NOTICE.id, TURN)

    assert [headers["webhook-id"] for headers, _ in there.requests] == [NOTICE.id]
    assert other.requests == []


@pytest.mark.usefixtures("loopback")
def test_what_cannot_be_sent_now_is_tried_again_by_the_queue(network: Network) -> None:
    with receiving() as there:
        register(there, "suspicion.notice", 1)
        store.put_notices([NOTICE])
        there.answers = [500]
        tell(NOTICE.id, TURN)
    assert network.aws.messages("notices")


def test_nobody_is_told_of_what_there_is_not(network: Network) -> None:
    tell("0" * 32, TURN)
    assert network.aws.messages("notices") == []


def test_a_message_names_the_partners_own_things_and_whom_to_ask(network: Network) -> None:
    told = message(NOTICE)

    assert (told.organisation, told.type) == ("citypharm", "suspicion.notice")
    assert told.data["things"] == [UNIT.digital_link()]
    assert told.data["from"] == {"gln": gln("meddist"), "name": "MedDist"}
    assert told.data["contact"]["email"] == "a@b"
    assert issubclass(PacktrailError, Exception)


def register(there: Receiver, kind: str, number: int) -> None:
    notify.register(
        there.url, (kind,), operation=UUID(int=number << 8), fingerprint="f", at=AT, local=True,
        endpoints=EndpointStore("citypharm"),
    )  # fmt: skip
