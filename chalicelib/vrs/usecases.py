"""Answering what partners ask: for our members' goods ourselves, for others by asking on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalicelib.access.model import Actor
from chalicelib.directory.model import Product
from chalicelib.directory.store import ProductStore
from chalicelib.errors import Forbidden, PacktrailError, Stale
from chalicelib.goods.guessing import Guesser, verify_within_budget
from chalicelib.goods.verification import Claim, Verdict
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgtin
from chalicelib.lots.store import LotStore
from chalicelib.serial.store import Numbers
from chalicelib.vrs import asking, store
from chalicelib.vrs.model import Asked, Policy, Question, Reply, Responder, check_responders, reply


def verify(question: Question, *, actor: Actor, at: datetime, routable: bool) -> tuple[Gln, Reply]:
    """Answer a question, and keep it with its answer.

    Args:
        question: of a partner.
        actor: its client.
        at: now.
        routable: whether another service may be asked; not when one asks already.

    Returns:
        The GLN of who answers for the goods, and the answer.

    Raises:
        Forbidden: the client asks in the name of somebody else.
        NotFound: nobody answers for the GTIN.
        TooMany: the client asked about too many packs that do not exist.
        BadGateway, GatewayTimeout: who answers for the goods gave no valid answer, or none.
    """
    check_requester(question.requester, actor)
    product = ProductStore().get(question.gtin)
    if product is not None:
        answer = _own(question, product, actor, at)
        _keep(question, actor, at, product.owner_gln, answer, owner=product.owner)
        return product.owner_gln, answer
    responder = responder_for(question, routable=routable)
    try:
        answer = asking.ask(responder, question)
    except PacktrailError as error:
        _keep(question, actor, at, responder.gln, None, status=error.status)
        raise
    _keep(question, actor, at, responder.gln, answer)
    return responder.gln, answer


def check_requester(requester: Gln, actor: Actor) -> None:
    """Refuse a client that asks in the name of somebody else.

    Raises:
        Forbidden: the GLN is not that of its organisation.
    """
    if requester != actor.gln:
        message = f"found the requester {requester}, expected {actor.gln}, that of the client"
        raise Forbidden(message, code="requester")


def _own(question: Question, product: Product, actor: Actor, at: datetime) -> Reply:
    (verdict,) = verify_within_budget(Guesser.of(actor), [claim_of(question)], Numbers(), at=at)
    policy = store.policy_of(product.owner)
    return reply(verdict.reasons, policy, extended=extended(verdict, question))


def claim_of(question: Question) -> Claim:
    """Return what the pack says of which a question is."""
    return Claim(Sgtin.of(question.gtin, question.serial), question.lot, question.expiry)


def extended(verdict: Verdict, question: Question) -> bool:
    """Whether the expiry on the pack was the lot's, and a later one is by now (R1.3)."""
    if verdict.reasons[:1] != ("expiry_mismatch",) or not question.version.startswith("1.3"):
        return False
    lgtin = Lgtin.of(question.gtin, question.lot)
    lot = LotStore().get(lgtin)
    before = [change.description.expiry for change in LotStore().changes(lgtin)]
    return lot is not None and question.expiry in before and lot.expiry > question.expiry


def responder_for(question: Question, *, routable: bool) -> Responder:
    """Return who answers for a pack of a product that nobody here has registered.

    Raises:
        NotFound: nobody does.
    """
    responders, _ = store.responders_of(question.gtin) if routable else ([], 0)
    for each in responders:
        if each.answers_for(question.expiry):
            return each
    raise store.no_responder(question.gtin)


def _keep(
    question: Question,
    actor: Actor,
    at: datetime,
    responder: Gln,
    answer: Reply | None,
    *,
    owner: str = "",
    status: int = 200,
) -> None:
    asked = Asked(
        at, actor.organisation, actor.client_id, question, str(responder), not owner, status, answer
    )
    store.keep(asked, (actor.organisation, owner))


def connectivity(
    gtin: Gtin, query: Mapping[str, str], version: str, *, requester: Gln, actor: Actor,
    routable: bool,
) -> str:  # fmt: skip
    """Return the GLN of who answers for a GTIN.

    Raises:
        Forbidden: the client asks in the name of somebody else.
        NotFound: nobody does.
        BadGateway, GatewayTimeout: another service gave no valid answer, or none.
    """
    check_requester(requester, actor)
    product = ProductStore().get(gtin)
    if product is not None:
        return str(product.owner_gln)
    responders, _ = store.responders_of(gtin) if routable else ([], 0)
    if not responders:
        raise store.no_responder(gtin)
    return asking.connected(responders[0], query, version)


def set_policy(wanted: Policy, *, actor: Actor, expected: int | None) -> Policy:
    """Keep what an organisation decided about its answers; the same again is not written.

    Raises:
        Stale: it is not the expected version.
        Raced: somebody was faster.
    """
    there = store.policy_of(actor.organisation)
    if replace(wanted, version=there.version) == there and there.version:
        return there
    if expected is not None and expected != there.version:
        raise Stale(f"If-Match names version {expected}, the current version is {there.version}.")
    kept = replace(wanted, version=there.version + 1)
    store.put_policy(actor.organisation, kept)
    return kept


def set_responders(gtin: Gtin, wanted: tuple[Responder, ...], *, expected: int | None) -> int:
    """Keep who answers for a GTIN; the same again is not written.

    Returns:
        The version.

    Raises:
        Malformed: two of them answer for one expiry date.
        Stale: it is not the expected version.
        Raced: somebody was faster.
    """
    check_responders(wanted)
    there, version = store.responders_of(gtin)
    if list(wanted) == there and version:
        return version
    if expected is not None and expected != version:
        raise Stale(f"If-Match names version {expected}, the current version is {version}.")
    store.put_responders(gtin, wanted, version + 1)
    return version + 1
