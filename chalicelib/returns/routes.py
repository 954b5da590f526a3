"""Returns over HTTP."""

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed
from chalicelib.goods.answers import claimed_or_fault
from chalicelib.gs1.keys import Sgln
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes
from chalicelib.returns import store, usecases
from chalicelib.returns.wire import ReturnAnswer, ReturnBody, ReturnResultsAnswer, ReturnsAnswer

routes = Routes(__name__)

IdField = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


@routes.post(
    "/v1/returns", scope=Scope.RECEIVE, body=ReturnBody, answer=ReturnResultsAnswer, status=201
)
def take_return(call: Call[ReturnBody]) -> Answer:
    """Take back what a customer returns: up to 1,000 units, each accepted, set apart or refused."""
    body = call.body
    asked = usecases.Asked(
        id=call.operation,
        fingerprint=call.fingerprint,
        actor=call.actor,
        at=call.at,
        event_time=body.event_time or call.at,
        place=body.read_point or Sgln(call.actor.gln),
        customer=body.from_,
    )
    claims = [claimed_or_fault(each, call.at) for each in body.items]
    units = [each if isinstance(each, Malformed) else each[0] for each in claims]
    made, results, replayed = usecases.take(asked, units)
    shown = ReturnResultsAnswer.page(made, [(each, True) for each in results])
    return Answer(shown, replayed=replayed)


@routes.get("/v1/returns", scope=Scope.READ_DELIVERIES, query=PageQuery, answer=ReturnsAnswer)
def returns(call: Call[None, PageQuery]) -> Answer:
    """List what customers brought back, newest first."""
    found, last = store.listed(call.actor.organisation, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    body = ReturnsAnswer(returns=tuple(map(ReturnAnswer.of, found)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))


@routes.get(
    "/v1/returns/{return_id}",
    scope=Scope.READ_DELIVERIES,
    query=PageQuery,
    answer=ReturnResultsAnswer,
)
def one_return(call: Call[None, PageQuery], return_id: IdField) -> Answer:
    """Show a return, and what came of its units."""
    made = usecases.one(return_id, actor=call.actor)
    first = int(after(call) or 0)
    results = usecases.results_of(made, first=first, limit=call.query.limit)
    last = first + len(results)
    cursor = seal(call, str(last)) if last < made.count else None
    body = ReturnResultsAnswer.page(made, results, cursor)
    return Answer(body, headers=next_link(call, cursor))
