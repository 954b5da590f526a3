"""Asking about many packs at once: one that nobody answers about does not keep the others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.errors import GatewayTimeout, NotFound, PacktrailError
from chalicelib.goods.guessing import Guesser, verify_within_budget
from chalicelib.gs1.keys import Gln
from chalicelib.serial.store import Numbers
from chalicelib.vrs import asking, store
from chalicelib.vrs.model import Asked, Question, Reply, reply
from chalicelib.vrs.usecases import claim_of, extended, responder_for

AT_ONCE = 25
"""Questions that other services are asked at the same time."""

PATIENCE = 15.0
"""Seconds after which no further question goes to other services: API Gateway waits for 29."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question.

    Attributes:
        responder: GLN of who answers for the pack; None when nobody does.
        reply: what was answered; None when nothing was.
        status: HTTP status of the answer; 0 when nobody was asked.
        owner: organisation that answered, where it is a member.
    """

    responder: Gln | None = None
    reply: Reply | None = None
    status: int = 0
    owner: str = ""


def verify_each(questions: Sequence[Question], *, actor: Actor, at: datetime) -> list[Answered]:
    """Answer questions of one client, and keep each with its answer.

    Args:
        questions: up to 1,000, in the name of the client's own organisation.
        actor: the client.
        at: now.

    Returns:
        What came of each, in the order of the questions.

    Raises:
        TooMany: the client asked about too many packs that do not exist.
        Busy: throttled, or no answer of the database; to be called again.
    """
    products = {gtin: ProductStore().get(gtin) for gtin in {each.gtin for each in questions}}
    own = [(each, product) for each in questions if (product := products[each.gtin])]
    answers = dict(_own(own, actor, at))
    answers |= _elsewhere([each for each in questions if products[each.gtin] is None])
    store.keep_all(
        (
            Asked(
                at, actor.organisation, actor.client_id, question, str(answer.responder),
                not answer.owner, answer.status, answer.reply,
            ),
            (actor.organisation, answer.owner),
        )
        for question, answer in answers.items()
        if answer.status
    )  # fmt: skip
    return [answers[each] for each in questions]


def _own(
    questions: Sequence[tuple[Question, Product]], actor: Actor, at: datetime
) -> Iterator[tuple[Question, Answered]]:
    claims = [claim_of(question) for question, _ in questions]
    verdicts = verify_within_budget(Guesser.of(actor), claims, Numbers(), at=at)
    owners = {product.owner for _, product in questions}
    policies = {owner: store.policy_of(owner) for owner in owners}
    for (question, product), verdict in zip(questions, verdicts, strict=True):
        policy = policies[product.owner]
        answer = reply(verdict.reasons, policy, extended=extended(verdict, question))
        yield question, Answered(product.owner_gln, answer, 200, product.owner)


@dataclass(slots=True)
class _Round:
    """Other services that are asked in one go; who did not answer in time is not asked again."""

    until: float
    silent: set[str] = field(default_factory=set)

    def ask(self, question: Question) -> Answered:
        try:
            responder = responder_for(question, routable=True)
        except NotFound:
            return Answered()
        if responder.url in self.silent or time.monotonic() > self.until:
            return Answered(responder.gln)
        try:
            return Answered(responder.gln, asking.ask(responder, question), 200)
        except GatewayTimeout as error:
            self.silent.add(responder.url)
            return Answered(responder.gln, status=error.status)
        except PacktrailError as error:
            return Answered(responder.gln, status=error.status)


def _elsewhere(questions: Sequence[Question]) -> Mapping[Question, Answered]:
    if not questions:
        return {}
    this = _Round(time.monotonic() + PATIENCE)
    with ThreadPoolExecutor(min(len(questions), AT_ONCE)) as pool:
        return dict(zip(questions, pool.map(this.ask, questions), strict=True))
