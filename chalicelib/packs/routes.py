"""Packs in the states of the EU, over HTTP."""

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed
from chalicelib.goods.answers import claimed_or_fault
from chalicelib.gs1.keys import Sgln
from chalicelib.http.routing import Call, Routes
from chalicelib.packs.usecases import Asked, do
from chalicelib.packs.wire import OperationBody, PackAnswer, PacksAnswer

routes = Routes(__name__)


@routes.post("/v1/packs", scope=Scope.VERIFY, body=OperationBody, answer=PacksAnswer)
def change_packs(call: Call[OperationBody]) -> PacksAnswer:
    """Verify packs, or bring them into another state: up to 10,000, each for itself."""
    body = call.body
    asked = Asked(
        operation=body.operation,
        id=call.operation,
        fingerprint=call.fingerprint,
        actor=call.actor,
        at=call.at,
        event_time=body.event_time or call.at,
        place=body.read_point or Sgln(call.actor.gln),
    )
    claims = [claimed_or_fault(each, call.at) for each in body.packs]
    readable = [each for each in claims if not isinstance(each, Malformed)]
    results = iter(do(asked, [claim for claim, _ in readable]))
    shown = tuple(
        PackAnswer.unread(each.detail)
        if isinstance(each, Malformed)
        else PackAnswer.of(next(results), each[1])
        for each in claims
    )
    return PacksAnswer(done=sum(each.done for each in shown), results=shown)
