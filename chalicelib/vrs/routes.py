"""Verification between trading partners, on the paths that GS1 US gives.

Source: GS1 US Lightweight Messaging Standard R1.1 and R1.3. Only 200 carries JSON.
"""

import json

from chalicelib.access.model import Scope
from chalicelib.http.answer import JSON
from chalicelib.http.fields import GtinField, LotField, SerialField
from chalicelib.http.paging import PageQuery, after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.vrs import store, usecases
from chalicelib.vrs.wire import (
    AskedAnswer,
    AskedPageAnswer,
    AskedQuery,
    ConnectivityAnswer,
    ConnectivityQuery,
    DirectoryAnswer,
    PolicyAnswer,
    PolicyBody,
    ResponderAnswer,
    RespondersAnswer,
    RespondersBody,
    VerifyAnswer,
    VerifyQuery,
    answered,
    version_of,
)

routes = Routes(__name__)

_PRIVATE = {"Cache-Control": "private, no-cache"}


@routes.get(
    "/verify/gtin/{gtin}/lot/{lot}/ser/{serial}",
    scope=Scope.VERIFY,
    query=VerifyQuery,
    answer=VerifyAnswer,
    bare=True,
)
def verify_identifier(
    call: Call[None, VerifyQuery], gtin: GtinField, lot: LotField, serial: SerialField
) -> Text:
    """Say whether a product identifier is the manufacturer's; ask on where that is elsewhere."""
    version = version_of(call.headers.get("gs1us-version"))
    question = call.query.question(gtin, lot, serial, version=version, this_year=call.at.year)
    responder, reply = usecases.verify(
        question, actor=call.actor, at=call.at, routable=_routable(call)
    )
    # As text: what is not told is left out, where a model would say null.
    text = json.dumps(answered(question, responder, reply, call.at))
    return Text(text, JSON, _headers(version))


@routes.get(
    "/checkConnectivity",
    scope=Scope.VERIFY,
    query=ConnectivityQuery,
    answer=ConnectivityAnswer,
    bare=True,
)
def check_connectivity(call: Call[None, ConnectivityQuery]) -> Answer:
    """Say who answers for a GTIN."""
    version = version_of(call.headers.get("gs1us-version"))
    gln = usecases.connectivity(
        call.query.gtin, call.parameters, version, requester=call.query.requester,
        actor=call.actor, routable=_routable(call),
    )  # fmt: skip
    return Answer(ConnectivityAnswer(responder_gln=gln), headers=_headers(version))


def _headers(version: str) -> dict[str, str]:
    return {**_PRIVATE, "GS1US-Version": version} if version else dict(_PRIVATE)


def _routable(call: Call) -> bool:
    """Whether the question may go on: not when another service sent it on to us."""
    return "via" not in call.headers


@routes.get("/v1/verification-policy", scope=Scope.READ_VERIFICATIONS, answer=PolicyAnswer)
def verification_policy(call: Call) -> Answer:
    """Show what partners are answered about the organisation's packs."""
    policy = store.policy_of(call.actor.organisation)
    return Answer(PolicyAnswer.of(policy), version=policy.version)


@routes.put(
    "/v1/verification-policy",
    scope=Scope.VERIFICATION_POLICY,
    body=PolicyBody,
    answer=PolicyAnswer,
)
def put_verification_policy(call: Call[PolicyBody]) -> Answer:
    """Decide what partners are answered about the organisation's packs."""
    kept = usecases.set_policy(call.body.policy(), actor=call.actor, expected=call.expected_version)
    return Answer(PolicyAnswer.of(kept), version=kept.version)


@routes.get("/v1/responders", scope=Scope.READ_DIRECTORY, query=PageQuery, answer=DirectoryAnswer)
def responders(call: Call[None, PageQuery]) -> Answer:
    """List who answers for GTINs that nobody here has registered."""
    found, last = store.responders_page(after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    shown = tuple(
        RespondersAnswer(gtin=gtin, responders=tuple(map(ResponderAnswer.of, each)))
        for gtin, each in found
    )
    return Answer(DirectoryAnswer(gtins=shown, next=cursor), headers=next_link(call, cursor))


@routes.get("/v1/responders/{gtin}", scope=Scope.READ_DIRECTORY, answer=RespondersAnswer)
def responders_of_gtin(call: Call, gtin: GtinField) -> Answer:
    """Show who answers for a GTIN."""
    found, version = store.responders_of(gtin)
    if not found:
        raise store.no_responder(gtin)
    shown = tuple(map(ResponderAnswer.of, found))
    return Answer(RespondersAnswer(gtin=gtin, responders=shown), version=version)


@routes.put(
    "/v1/responders/{gtin}", scope=Scope.NETWORK, body=RespondersBody, answer=RespondersAnswer
)
def put_responders(call: Call[RespondersBody], gtin: GtinField) -> Answer:
    """Say who answers for a GTIN that nobody here has registered; for the network's operator."""
    wanted = tuple(each.responder() for each in call.body.responders)
    version = usecases.set_responders(gtin, wanted, expected=call.expected_version)
    shown = tuple(map(ResponderAnswer.of, wanted))
    return Answer(RespondersAnswer(gtin=gtin, responders=shown), version=version)


@routes.get(
    "/v1/verifications",
    scope=Scope.READ_VERIFICATIONS,
    query=AskedQuery,
    answer=AskedPageAnswer,
)
def asked_verifications(call: Call[None, AskedQuery]) -> Answer:
    """List the questions of a day between partners that the organisation asked or answered."""
    organisation = call.actor.organisation
    found, last = store.page(
        organisation, call.query.day, after=after(call), limit=call.query.limit
    )
    cursor = last and seal(call, last)
    shown = tuple(AskedAnswer.of(each, organisation) for each in found)
    body = AskedPageAnswer(verifications=shown, next=cursor)
    return Answer(body, headers=next_link(call, cursor))
