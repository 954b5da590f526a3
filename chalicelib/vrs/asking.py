"""Asking another service: one GET within a few seconds, and a strict reading of what it says."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.errors import BadGateway, GatewayTimeout, Malformed, NotFound, TooLarge
from chalicelib.gs1.keys import Gln
from chalicelib.gs1.refusal import shown
from chalicelib.http.gate import read_json
from chalicelib.notify import transport
from chalicelib.notify.address import read_url
from chalicelib.settings import settings
from chalicelib.vrs.model import Info, Question, Reason, Reply, Responder
from chalicelib.vrs.store import unsealed

SECONDS = 5.0
"""A person waits with a pack in the hand, and API Gateway for 29 seconds at most."""

VIA = "1.1 packtrail"
"""Names us in what we ask others, so that a question cannot go round in circles."""


def ask(responder: Responder, question: Question) -> Reply:
    """Pass a question on.

    Raises:
        NotFound: the responder does not know the GTIN.
        BadGateway, GatewayTimeout: it gave no valid answer, or none.
    """
    path = "/".join(
        f"{name}/{quote(value, safe='')}"
        for name, value in (
            ("gtin", str(question.gtin)), ("lot", question.lot), ("ser", question.serial)
        )
    )  # fmt: skip
    query = {
        "exp": question.printed_expiry,
        "linkType": "verificationService",
        "context": question.context.value,
        "reqGLN": str(question.requester),
        "corrUUID": question.correlation,
    }
    found = _fetched(responder, f"/verify/{path}", query, question.version)
    return read_reply(found, question)


def connected(responder: Responder, question: Mapping[str, str], version: str = "") -> str:
    """Return the GLN under which another service says that it answers.

    Raises:
        NotFound, BadGateway, GatewayTimeout: as for `ask`.
    """
    found = _fetched(responder, "/checkConnectivity", question, version)
    gln = found.get("responderGLN")
    if not isinstance(gln, str):
        raise BadGateway(f"Found responderGLN {shown(str(gln))}, expected a GLN")
    return gln


def _fetched(
    responder: Responder, path: str, query: Mapping[str, str], version: str
) -> Mapping[str, Any]:
    headers = {"Accept": "application/json", "Via": VIA}
    if version:
        headers["GS1US-Version"] = version
    if credential := unsealed(responder):
        headers["Authorization"] = credential
    url = f"{responder.url.rstrip('/')}{path}?{urlencode(query)}"
    try:
        target = read_url(url, local=settings().local)
        answer = transport.get(target, headers, seconds=SECONDS)
    except (Malformed, transport.NotSent) as error:
        raise GatewayTimeout(f"The responder {responder.gln} did not answer: {error}.") from error
    if answer.status == 404:
        raise NotFound(f"The responder {responder.gln} does not know the GTIN.")
    if answer.status in {408, 503, 504}:
        raise GatewayTimeout(f"The responder {responder.gln} answered {answer.status}.")
    if answer.status != 200:
        raise BadGateway(f"Found status {answer.status} of {responder.gln}, expected 200")
    return read_object(answer.body, responder.gln)


def read_object(raw: bytes, gln: Gln) -> Mapping[str, Any]:
    """Read the JSON object that a responder answers, as strictly as what anybody sends us.

    Raises:
        BadGateway: it is none.
    """
    try:
        found = read_json(raw)
    except (Malformed, TooLarge) as error:
        raise BadGateway(f"Found no JSON from {gln}, expected some") from error
    if not isinstance(found, dict):
        raise BadGateway(f"Found no object from {gln}, expected one")
    return found


def read_reply(found: Mapping[str, Any], question: Question) -> Reply:
    """Read an answer to our own question, and to no other.

    Raises:
        BadGateway: it answers another question, or in words that nobody agreed upon.
    """
    if str(found.get("corrUUID")).lower() != question.correlation.lower():
        raise BadGateway("Found another corrUUID in the answer, expected that of the question")
    data = found.get("data")
    verified = data.get("verified") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(verified, bool):
        raise BadGateway("Found no data.verified in the answer, expected true or false")
    reason, info = data.get("verificationFailureReason"), data.get("additionalInfo")
    try:
        why = Reason(reason) if reason and not verified else None
        return Reply(verified, why, Info(info) if info else None)
    except ValueError as error:
        raise BadGateway(f"Found an unknown word in the answer: {error}") from error
