"""Every refusal that Packtrail knows, drawn once.

PacktrailError            status  EPCIS exception
├─ Malformed              400     ValidationException
│  ├─ QueryParameter      400     QueryParameterException
│  └─ SubscriptionControls 400    SubscriptionControlsException
├─ Unauthenticated        401     SecurityException
├─ Forbidden              403     SecurityException
├─ NotFound               404     NoSuchResourceException
│  └─ NoSuchName          404     NoSuchNameException
├─ NotAcceptable          406     NotAcceptableException
├─ Conflict               409     the state of the goods or of a record forbids it
│  ├─ AlreadyExists       409     ResourceAlreadyExistsException
│  └─ Raced               409     somebody was faster; read again and retry
├─ Stale                  412     If-Match names another version
├─ TooLarge               413     CaptureLimitExceededException
│  ├─ QueryTooLarge       413     QueryTooLargeException
│  └─ QueryTooComplex     413     QueryTooComplexException
├─ UriTooLong             414     URITooLongException
├─ Unsupported            415     UnsupportedMediaTypeException
├─ KeyReused              422     one idempotency key, two payloads
├─ TooMany                429     a budget is spent; Retry-After says when to come back
├─ NotOffered             501     ImplementationException: the standard knows it, we do not offer it
├─ BadGateway             502     another service that was asked gave no valid answer
├─ Busy                   503     throttled, or a dependency is down; retry
└─ GatewayTimeout         504     another service that was asked did not answer in time

Anything else that escapes is a bug: logged with its request id, answered as 500, nothing disclosed.
What an organisation has no right to see is `NotFound`, in the same words as what does not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the body, or `#/query/{name}`, `#/path/{name}`,
            `#/header/{name}` for what is not in the body.
        code: stable word for machines, such as `check_digit` or `missing`.
        message: for people: what was found and what was expected.
    """

    pointer: str
    code: str
    message: str


class PacktrailError(Exception):
    """A refusal with a status, a stable code, and a sentence for people.

    Attributes:
        exception: the name that EPCIS 2.0 gives it; None where EPCIS has no name for it.
    """

    status: ClassVar[int]
    title: ClassVar[str]
    exception: ClassVar[str | None] = None
    code: str

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        facts: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Refuse.

        Args:
            detail: one sentence: what was found and what was expected.
            code: stable word for machines; the class's own when not given.
            errors: the fields at fault, all of them.
            facts: what a machine may want to know (the unit's state, the holder's own data).
            retry_after: whole seconds after which a retry makes sense.
        """
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.facts = dict(facts or {})
        self.retry_after = retry_after


class Malformed(PacktrailError):
    """It cannot be read: a key, a check digit, JSON, an unknown word."""

    status, title, code = 400, "The request is malformed", "malformed"
    exception = "ValidationException"

    @classmethod
    def field(cls, pointer: str, code: str, message: str) -> "Malformed":
        """Refuse one field."""
        return cls(message, errors=[FieldError(pointer, code, message)])


class QueryParameter(Malformed):
    """A query parameter that EPCIS does not know, or a value that it may not have."""

    title, code = "The query cannot be read", "query_parameter"
    exception = "QueryParameterException"


class SubscriptionControls(Malformed):
    """A subscription without a usable schedule or stream."""

    title, code = "The subscription's controls do not fit", "subscription_controls"
    exception = "SubscriptionControlsException"


class Unauthenticated(PacktrailError):
    """No token, or one that is not valid."""

    status, title, code = 401, "Authentication is required", "unauthenticated"
    exception = "SecurityException"


class Forbidden(PacktrailError):
    """The caller is known, and its role may not do this."""

    status, title, code = 403, "The role does not allow this", "forbidden"
    exception = "SecurityException"


class NotFound(PacktrailError):
    """It does not exist for this caller."""

    status, title, code = 404, "There is no such resource", "not_found"
    exception = "NoSuchResourceException"


class NoSuchName(NotFound):
    """No query of that name, for this caller."""

    title, code = "There is no query of that name", "no_such_name"
    exception = "NoSuchNameException"


class NotAcceptable(PacktrailError):
    """Nothing that can be answered is what the caller accepts: a media type, a version."""

    status, title, code = 406, "No acceptable answer is possible", "not_acceptable"
    exception = "NotAcceptableException"


class Conflict(PacktrailError):
    """The state of the goods, or of a record, forbids it.

    Attributes:
        existing: the item that stood in the way, as it was at that instant; None when unknown.
    """

    existing: object | None = None

    status, title, code = 409, "The current state does not allow this", "conflict"


class AlreadyExists(Conflict):
    """A thing of that identity exists."""

    title, code = "It exists already", "already_exists"
    exception = "ResourceAlreadyExistsException"


class Raced(Conflict):
    """Somebody was faster: read again and retry."""

    title, code = "Somebody was faster", "raced"


class Stale(PacktrailError):
    """If-Match names another version."""

    status, title, code = 412, "The version has changed", "stale"


class TooLarge(PacktrailError):
    """More than one request may carry."""

    status, title, code = 413, "The request is too large", "too_large"
    exception = "CaptureLimitExceededException"


class QueryTooLarge(TooLarge):
    """More events match than the caller, or we, let one answer have."""

    title, code = "The query finds too much", "query_too_large"
    exception = "QueryTooLargeException"


class QueryTooComplex(TooLarge):
    """It would take more reading than one query may."""

    title, code = "The query is too complex", "query_too_complex"
    exception = "QueryTooComplexException"


class UriTooLong(PacktrailError):
    """Longer than is read; such a query can be sent as a named one."""

    status, title, code = 414, "The URI is too long", "uri_too_long"
    exception = "URITooLongException"


class Unsupported(PacktrailError):
    """A media type that is not understood here."""

    status, title, code = 415, "The media type is not supported", "unsupported_media_type"
    exception = "UnsupportedMediaTypeException"


class KeyReused(PacktrailError):
    """One idempotency key with two different payloads."""

    status, title, code = 422, "The idempotency key was used with another payload", "key_reused"


class TooMany(PacktrailError):
    """A budget is spent."""

    status, title, code = 429, "Too many requests", "too_many_requests"


class NotOffered(PacktrailError):
    """The standard knows it, and it is not offered here."""

    status, title, code = 501, "This is not offered here", "not_offered"
    exception = "ImplementationException"


class Busy(PacktrailError):
    """Throttled, or a dependency is down; nothing was changed, or a retry finds what was."""

    status, title, code = 503, "Try again shortly", "busy"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int = 1) -> None:
        """Refuse for now; `retry_after` in whole seconds."""
        super().__init__(detail, code=code, retry_after=retry_after)


class BadGateway(PacktrailError):
    """Another service that was asked answered something that is no answer."""

    status, title, code = 502, "Another service gave no valid answer", "bad_gateway"


class GatewayTimeout(PacktrailError):
    """Another service that was asked did not answer in time."""

    status, title, code = 504, "Another service did not answer", "gateway_timeout"
