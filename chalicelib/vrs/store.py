"""Policies, responders, and the log of questions.

Promises: policies and responders change conditionally; a question is kept before it is answered,
in the list of who asked and in that of who answers for the goods. Nothing is deleted (DSCSA: six
years).

Trust: whoever can write here can send questions about goods to a false responder. Credentials are
sealed (AES-SIV) and of no use without the root key.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute

from chalicelib import keys
from chalicelib.errors import NotFound
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.table.bulk import put_many
from chalicelib.table.items import Item
from chalicelib.table.read import get, query
from chalicelib.table.transaction import Transaction, replaced
from chalicelib.vrs.model import Asked, Context, Info, Policy, Question, Reason, Reply, Responder


class PolicyItem(Item):
    """The policy of an organisation: `pk` is `vrs#{organisation}`, `sk` is `policy`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    policy = JSONAttribute()
    version = NumberAttribute()


class RespondersItem(Item):
    """Who answers for a GTIN: `pk` is `responders`, `sk` the GTIN."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    responders = JSONAttribute()
    version = NumberAttribute()


class AskedItem(Item):
    """A question: `pk` is `asked#{organisation}#{day}`, `sk` is `{instant}#{correlation}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    asked = JSONAttribute()


def policy_of(organisation: str) -> Policy:
    """Return what an organisation decided, or the default."""
    item = get(PolicyItem, f"vrs#{organisation}", "policy")
    return Policy() if item is None else Policy(**item.policy, version=int(item.version))


def put_policy(organisation: str, policy: Policy) -> None:
    """Keep a policy with the next version.

    Raises:
        Raced: somebody else changed it.
    """
    told = {
        "verifies_recalled": policy.verifies_recalled,
        "verifies_expired": policy.verifies_expired,
        "tells_reasons": policy.tells_reasons,
        "tells_suspicion": policy.tells_suspicion,
    }
    item = PolicyItem(f"vrs#{organisation}", "policy", policy=told, version=policy.version)
    replaced(item, policy.version - 1)


def responders_of(gtin: Gtin) -> tuple[list[Responder], int]:
    """Return who answers for a GTIN, and the version of that; nobody is version 0."""
    item = get(RespondersItem, "responders", str(gtin))
    return ([], 0) if item is None else (_responders(item), int(item.version))


def put_responders(gtin: Gtin, responders: Sequence[Responder], version: int) -> None:
    """Keep who answers for a GTIN, as that version; nobody is an empty list.

    Raises:
        Raced: somebody else changed it.
    """
    rows = [
        {
            "url": each.url,
            "gln": str(each.gln),
            "begins": each.begins and each.begins.isoformat(),
            "ends": each.ends and each.ends.isoformat(),
            "credential": each.credential,
        }
        for each in responders
    ]
    item = RespondersItem("responders", str(gtin), responders=rows, version=version)
    replaced(item, version - 1)


def responders_page(
    *, after: str | None, limit: int
) -> tuple[list[tuple[Gtin, list[Responder]]], str | None]:
    """Return GTINs and who answers for them, and where to go on."""
    page = query(RespondersItem, "responders", after=after, limit=limit)
    found = ((Gtin(item.sk), _responders(item)) for item in page.items)
    return [each for each in found if each[1]], page.last


def _responders(item: RespondersItem) -> list[Responder]:
    return [
        Responder(
            row["url"], Gln(row["gln"]), _day(row["begins"]), _day(row["ends"]), row["credential"]
        )
        for row in item.responders
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def sealed(credential: str) -> str:
    """Return a credential as it is kept."""
    return urlsafe_b64encode(_cipher().encrypt(credential.encode(), None)).decode()


def unsealed(responder: Responder) -> str:
    """Return what a responder wants as `Authorization`; empty for nothing."""
    if not responder.credential:
        return ""
    opened: bytes = _cipher().decrypt(urlsafe_b64decode(responder.credential), None)
    return opened.decode()


def _cipher() -> Any:
    # Imported here: only who asks others needs it (cold start).
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415

    return AESSIV(keys.derive("responder"))


def keep(asked: Asked, organisations: Iterable[str]) -> None:
    """Keep a question in the lists of organisations.

    Raises:
        Busy: it may not be kept.
    """
    tx = Transaction()
    for item in _listed(asked, organisations):
        tx.put(item)
    tx.commit()


def keep_all(several: Iterable[tuple[Asked, Iterable[str]]]) -> None:
    """Keep questions in the lists of organisations; again is the same.

    Raises:
        Busy: some may not be kept.
    """
    put_many(item for asked, organisations in several for item in _listed(asked, organisations))


def _listed(asked: Asked, organisations: Iterable[str]) -> Iterator[AskedItem]:
    sk = f"{asked.at.isoformat(timespec='microseconds')}#{asked.question.correlation}"
    for organisation in dict.fromkeys(each for each in organisations if each):
        pk = f"asked#{organisation}#{asked.at.date().isoformat()}"
        yield AskedItem(pk, sk, asked=_row(asked))


def page(
    organisation: str, day: date, *, after: str | None, limit: int
) -> tuple[list[Asked], str | None]:
    """Return the questions of a day (UTC) that an organisation asked or answered, newest first."""
    pk = f"asked#{organisation}#{day.isoformat()}"
    found = query(AskedItem, pk, after=after, limit=limit, forward=False)
    return [_asked(item) for item in found.items], found.last


def _row(asked: Asked) -> dict[str, Any]:
    question, reply = asked.question, asked.reply
    return {
        "organisation": asked.organisation,
        "client": asked.client,
        "gtin": str(question.gtin),
        "lot": question.lot,
        "serial": question.serial,
        "printed": question.printed_expiry,
        "expiry": question.expiry.isoformat(),
        "context": question.context,
        "requester": str(question.requester),
        "version": question.version,
        "responder": asked.responder,
        "routed": asked.routed,
        "status": asked.status,
        "reply": reply and [reply.verified, reply.reason, reply.info],
    }


def _asked(item: AskedItem) -> Asked:
    row = cast("dict[str, Any]", item.asked)
    at, _, correlation = item.sk.partition("#")
    question = Question(
        Gtin(row["gtin"]), row["lot"], row["serial"], row["printed"],
        date.fromisoformat(row["expiry"]), Context(row["context"]), Gln(row["requester"]),
        correlation, row["version"],
    )  # fmt: skip
    reply = None
    if row["reply"]:
        verified, reason, info = row["reply"]
        reply = Reply(verified, reason and Reason(reason), info and Info(info))
    return Asked(
        datetime.fromisoformat(at), row["organisation"], row["client"], question,
        row["responder"], row["routed"], row["status"], reply,
    )  # fmt: skip


def no_responder(gtin: Gtin) -> NotFound:
    """Return the refusal of a GTIN for which nobody answers."""
    return NotFound(f"Nobody answers for GTIN {gtin} here.")
