"""Messages of GS1 US Lightweight Messaging, and what is managed about them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln, Gtin
from chalicelib.http.fields import (
    AnswerModel,
    Body,
    DateField,
    GlnField,
    GtinField,
    InstantField,
    Query,
)
from chalicelib.http.paging import PageQuery
from chalicelib.http.readers import refuse
from chalicelib.lots.model import day
from chalicelib.notify.address import MOST_CHARACTERS, read_url
from chalicelib.settings import settings
from chalicelib.vrs.model import Asked, Context, Info, Policy, Question, Reason, Reply, Responder
from chalicelib.vrs.store import sealed

_UUID = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-4[0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"
LinkTypeField = Annotated[Literal["verificationService"], Field(alias="linkType")]
RequesterField = Annotated[GlnField, Field(alias="reqGLN", description="GLN of who asks.")]
CorrelationField = Annotated[
    str,
    StringConstraints(pattern=_UUID),
    Field(alias="corrUUID", description="Of the question; comes back with the answer (UUID 4)."),
]


class VerifyQuery(Query):
    """What a question says beside the product identifier."""

    exp: Annotated[str, StringConstraints(pattern="^[0-9]{6}$")] = Field(
        description="Expiry date as printed: YYMMDD, day 00 for the end of the month.",
        examples=["311231"],
    )
    link_type: LinkTypeField
    context: Context
    requester: RequesterField
    correlation: CorrelationField
    possession: Literal["true"] | None = Field(
        default=None, alias="ctrlPossessAtt",
        description="The requester attests that it has the pack (R1.3).",
    )  # fmt: skip
    email: Annotated[str, StringConstraints(max_length=200)] | None = None
    telephone: Annotated[str, StringConstraints(max_length=50)] | None = None

    def question(
        self, gtin: Gtin, lot: str, serial: str, *, version: str, this_year: int
    ) -> Question:
        """Return the question.

        Raises:
            Malformed: the expiry is no date.
        """
        try:
            expiry = day(self.exp, this_year=this_year)
        except Malformed as error:
            raise Malformed.field("#/query/exp", error.errors[0].code, error.detail) from error
        return Question(
            gtin, lot, serial, self.exp, expiry, self.context, self.requester, self.correlation,
            version,
        )  # fmt: skip


class DataAnswer(AnswerModel):
    """The answer proper; what is not told is left out."""

    verified: bool
    verification_failure_reason: Reason | None = None
    additional_info: Info | None = None


class VerifyAnswer(AnswerModel):
    """What a partner is answered."""

    verification_timestamp: str
    responder_gln: str = Field(alias="responderGLN")
    data: DataAnswer
    correlation: str = Field(alias="corrUUID")


def answered(question: Question, responder: Gln, reply: Reply, at: datetime) -> dict[str, object]:
    """Return an answer as the standard spells it, without what is not told."""
    data: dict[str, object] = {"verified": reply.verified}
    if reply.reason:
        data["verificationFailureReason"] = reply.reason
    if reply.info:
        data["additionalInfo"] = reply.info
    return {
        "verificationTimestamp": at.isoformat(timespec="milliseconds"),
        "responderGLN": str(responder),
        "data": data,
        "corrUUID": question.correlation,
    }


class ConnectivityQuery(Query):
    """Whether somebody answers for a GTIN."""

    gtin: GtinField
    requester: RequesterField
    link_type: LinkTypeField
    context: Context


class ConnectivityAnswer(AnswerModel):
    """Who answers for a GTIN."""

    responder_gln: str = Field(alias="responderGLN")


class PolicyBody(Body):
    """What the organisation answers partners about its own packs."""

    verifies_recalled: bool = True
    verifies_expired: bool = True
    tells_reasons: bool = True
    tells_suspicion: bool = True

    def policy(self) -> Policy:
        """Return the policy."""
        return Policy(
            self.verifies_recalled, self.verifies_expired, self.tells_reasons, self.tells_suspicion
        )


class PolicyAnswer(AnswerModel):
    """What the organisation answers partners about its own packs."""

    verifies_recalled: bool
    verifies_expired: bool
    tells_reasons: bool
    tells_suspicion: bool

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show a policy."""
        return cls(
            verifies_recalled=policy.verifies_recalled,
            verifies_expired=policy.verifies_expired,
            tells_reasons=policy.tells_reasons,
            tells_suspicion=policy.tells_suspicion,
        )


def _url(text: str) -> str:
    try:
        read_url(text, local=settings().local)
    except Malformed as error:
        raise refuse(error.errors[0].code, error.errors[0].message) from error
    if "?" in text:
        raise refuse("url", "found a URL with a query, expected https://host/path")
    return text


class ResponderBody(Body):
    """A service that answers for a GTIN."""

    url: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MOST_CHARACTERS),
        AfterValidator(_url),
        Field(
            description="`/verify/…` and `/checkConnectivity` are below it.",
            examples=["https://vrs.maker.example"],
        ),
    ]
    gln: GlnField
    begins: DateField | None = Field(
        default=None, description="First expiry date that it answers for."
    )
    ends: DateField | None = Field(default=None, description="Last expiry date it answers for.")
    credential: (
        Annotated[str, StringConstraints(max_length=2000, pattern="^[\x20-\x7e]+$")] | None
    ) = Field(default=None, description="Sent as `Authorization`; never shown.")

    def responder(self) -> Responder:
        """Return the responder, with its credential sealed."""
        return Responder(
            self.url, self.gln, self.begins, self.ends,
            sealed(self.credential) if self.credential else "",
        )  # fmt: skip


class RespondersBody(Body):
    """All services that answer for a GTIN, for different expiry dates."""

    responders: tuple[ResponderBody, ...] = Field(max_length=20)


class ResponderAnswer(AnswerModel):
    """A service that answers for a GTIN."""

    url: str
    gln: GlnField
    begins: DateField | None
    ends: DateField | None
    has_credential: bool

    @classmethod
    def of(cls, responder: Responder) -> Self:
        """Show a responder, without its credential."""
        return cls(
            url=responder.url,
            gln=responder.gln,
            begins=responder.begins,
            ends=responder.ends,
            has_credential=bool(responder.credential),
        )


class RespondersAnswer(AnswerModel):
    """Who answers for a GTIN."""

    gtin: GtinField
    responders: tuple[ResponderAnswer, ...]


class DirectoryAnswer(AnswerModel):
    """Who answers for the GTINs of others."""

    gtins: tuple[RespondersAnswer, ...]
    next: str | None = None


class AskedQuery(PageQuery):
    """Questions of which day."""

    day: DateField = Field(description="By UTC.")


class AskedAnswer(AnswerModel):
    """A question and its answer."""

    at: InstantField
    direction: Literal["asked", "answered"]
    requester: str = Field(description="GLN.")
    responder: str | None = Field(description="GLN; null when nobody answered.")
    routed: bool = Field(description="Whether another service was asked.")
    context: Context
    correlation: str = Field(alias="corrUUID")
    gtin: GtinField
    lot: str
    serial: str
    exp: str
    status: int
    verified: bool | None
    verification_failure_reason: Reason | None
    additional_info: Info | None

    @classmethod
    def of(cls, asked: Asked, organisation: str) -> Self:
        """Show a question to one of its two sides."""
        question, reply = asked.question, asked.reply
        return cls(
            at=asked.at,
            direction="asked" if asked.organisation == organisation else "answered",
            requester=str(question.requester),
            responder=asked.responder or None,
            routed=asked.routed,
            context=question.context,
            correlation=question.correlation,
            gtin=question.gtin,
            lot=question.lot,
            serial=question.serial,
            exp=question.printed_expiry,
            status=asked.status,
            verified=reply.verified if reply else None,
            verification_failure_reason=reply.reason if reply else None,
            additional_info=reply.info if reply else None,
        )


class AskedPageAnswer(AnswerModel):
    """Questions of a day that the organisation asked or answered, newest first."""

    verifications: tuple[AskedAnswer, ...]
    next: str | None = None


def version_of(header: str | None) -> str:
    """Read `GS1US-Version`.

    Raises:
        Malformed: it is no version.
    """
    text = (header or "").strip()
    if len(text) > 20 or not all(part.isascii() and part.isdigit() for part in text.split(".")):
        if not text:
            return ""
        message = f"found {text[:20]!r}, expected a version such as 1.3.0"
        raise Malformed.field("#/header/GS1US-Version", "version", message)
    return text
