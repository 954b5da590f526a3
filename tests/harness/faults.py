"""Every way in which a call to AWS can go wrong, at every call of a use case.

Faults come in pairs: one that hit before anything was written, and its twin that hit after. Code
that survives only the first of a pair retries blindly; code that survives only the second never
retries.

    for fault in every_fault(case, aws):
        survives(case, fault, aws)

Faults are injected around moto's own handler: a `before-send` hook that answers in its place would
not stop moto from writing (botocore calls all hooks).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from chalicelib.errors import Busy, PacktrailError, Raced
from tests.harness.aws import Aws, forget


class Killed(BaseException):
    """The process died here. Nothing may catch it, so it is no `Exception`."""


class Kind(StrEnum):
    """What goes wrong with one call."""

    REFUSED = "refused before: no connection, nothing written"
    LOST = "applied, and the answer lost"
    THROTTLED = "throttled: nothing written"
    FAILED_AFTER = "applied, and then 500"
    KILLED_BEFORE = "the process killed before the call"
    KILLED_AFTER = "the process killed after the call"
    CONFLICT = "another transaction holds an item: nothing written"
    PARTIAL = "half of a batch is done, the rest is handed back"

    @property
    def kills(self) -> bool:
        """Whether the process dies, so that no code of ours can react."""
        return self in {Kind.KILLED_BEFORE, Kind.KILLED_AFTER}

    def applies(self, operation: str) -> bool:
        """Return whether this can happen to that operation on AWS."""
        if self is Kind.CONFLICT:
            return operation in _WRITES
        return self is not Kind.PARTIAL or operation in _BATCHES


PAIRS = (
    (Kind.REFUSED, Kind.LOST),
    (Kind.THROTTLED, Kind.FAILED_AFTER),
    (Kind.KILLED_BEFORE, Kind.KILLED_AFTER),
)
KINDS = (*(kind for pair in PAIRS for kind in pair), Kind.CONFLICT, Kind.PARTIAL)

_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
_BATCHES = {
    "BatchGetItem": ("RequestItems", "UnprocessedKeys"),
    "BatchWriteItem": ("RequestItems", "UnprocessedItems"),
    "SendMessageBatch": ("Entries", "Failed"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong once: the n-th call (from 1), how, and whether the SDK retries."""

    call: int
    kind: Kind
    retries: bool

    def __str__(self) -> str:
        return f"call {self.call}: {self.kind} (SDK retries {'on' if self.retries else 'off'})"


@dataclass
class Calls:
    """The calls that were made, retries of the SDK included: `dynamodb.PutItem`, ..."""

    plan: Mapping[int, Kind]
    made: list[str] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, name: str) -> Kind | None:
        """Count a call; return what shall happen to it."""
        with self._lock:
            self.made.append(name)
            kind = self.plan.get(len(self.made))
            if kind is None or not kind.applies(name.partition(".")[2]):
                return None
            self.hit.append(f"{name}: {kind}")
            return kind


@contextmanager
def injected(plan: Mapping[int, Kind] | None = None, *, retries: bool = False) -> Iterator[Calls]:
    """Let calls go wrong inside the block, by their number (from 1); with no plan, count only.

    The SDK's own retries are on or off for every client, without waiting between them.
    """
    calls = Calls(plan or {})
    inner = BotocoreStubber.__call__

    def send(self: BotocoreStubber, event_name: str, request: Any, **kwargs: Any) -> Any:
        name = event_name.removeprefix("before-send.")
        return _send(calls.next(name), name, request, lambda: inner(self, event_name, request))

    now = SimpleNamespace(time=time.time, sleep=lambda _: None)
    with (
        patch.object(BotocoreStubber, "__call__", send),
        patch.object(botocore.endpoint, "time", now),
        patch.object(botocore.endpoint.Endpoint, "_needs_retry", _retry(on=retries)),
    ):
        yield calls


def _retry(*, on: bool) -> Callable[..., bool]:
    usual = botocore.endpoint.Endpoint._needs_retry
    return usual if on else lambda *_args, **_kwargs: False


def _send(kind: Kind | None, name: str, request: Any, go_on: Callable[[], Any]) -> Any:
    service, _, operation = name.partition(".")
    match kind:
        case None:
            return go_on()
        case Kind.REFUSED:
            raise EndpointConnectionError(endpoint_url=request.url)
        case Kind.LOST:
            go_on()
            raise ReadTimeoutError(endpoint_url=request.url)
        case Kind.THROTTLED:
            return _error(
                request,
                503 if service == "s3" else 400,
                _THROTTLED.get(service, "ThrottlingException"),
            )
        case Kind.FAILED_AFTER:
            go_on()
            return _error(
                request, 500, "InternalError" if service == "s3" else "InternalServerError"
            )
        case Kind.KILLED_BEFORE:
            raise Killed(f"before {name}")
        case Kind.KILLED_AFTER:
            go_on()
            raise Killed(f"after {name}")
        case Kind.CONFLICT:
            return _conflict(request, operation)
        case Kind.PARTIAL:
            return _half(request, operation, go_on)


_THROTTLED = {
    "sqs": "RequestThrottled",
    "s3": "SlowDown",
    "cognito-idp": "TooManyRequestsException",
}


def _error(request: Any, status: int, code: str, **more: Any) -> AWSResponse:
    if ".s3." in request.url or "//s3." in request.url:
        body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    else:
        body = json.dumps({"__type": code, "message": "injected"} | more)
    return _answer(request, status, body)


def _answer(request: Any, status: int, body: str) -> AWSResponse:
    return AWSResponse(request.url, status, {"x-amzn-requestid": "injected"}, MockRawResponse(body))


def _conflict(request: Any, operation: str) -> AWSResponse:
    if operation != "TransactWriteItems":
        return _error(request, 400, "TransactionConflictException")
    count = len(json.loads(request.body)["TransactItems"])
    reasons = [{"Code": "None"} for _ in range(count)]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
    return _error(request, 400, "TransactionCanceledException", CancellationReasons=reasons)


def _half(request: Any, operation: str, go_on: Callable[[], Any]) -> AWSResponse:
    asked, handed_back = _BATCHES[operation]
    wanted = json.loads(request.body)
    done, rest = _split(wanted[asked])
    request.body = json.dumps(wanted | {asked: done}).encode()
    answer = json.loads(go_on().content) if done else {"Responses": {}, "Successful": []}
    if operation == "SendMessageBatch":
        failed = [
            {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"} for entry in rest
        ]
        return _answer(request, 200, json.dumps(answer | {handed_back: failed}))
    return _answer(request, 200, json.dumps(answer | {handed_back: rest}))


def _split(entries: Any) -> tuple[Any, Any]:
    """Halve a list of entries, or the keys or writes per table; a single one is handed back."""
    if isinstance(entries, list):
        return entries[: len(entries) // 2], entries[len(entries) // 2 :]
    done: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for table, of_table in entries.items():
        listed = of_table if isinstance(of_table, list) else of_table["Keys"]
        for part, into in zip(_split(listed), (done, rest), strict=True):
            if part:
                into[table] = part if isinstance(of_table, list) else of_table | {"Keys": part}
    return done, rest


@dataclass(frozen=True)
class Case:
    """One request of one client, to be disturbed.

    Attributes:
        name: what it is, in the field's words.
        act: makes the request and returns its answer; a client repeats it word for word, so time,
            operation id and actor are fixed in it.
        atomic: it writes everything or nothing. When false, it may stop half-way as long as the
            repeat goes on from there, and may put a message into a queue twice: queues deliver at
            least once anyway, and their workers know it.
    """

    name: str
    act: Callable[[], Any]
    atomic: bool = True


@dataclass(frozen=True)
class Clean:
    """How a case runs undisturbed."""

    calls: tuple[str, ...]
    answer: Any
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    records: Mapping[str, int]


_REPEATS = 3


def undisturbed(case: Case, aws: Aws) -> Clean:
    """Run a case in today's state and with empty caches, and put that state back."""
    saved, before = aws.save(), aws.snapshot()
    forget()
    with injected() as calls:
        answer = case.act()
    clean = Clean(tuple(calls.made), answer, before, aws.snapshot(), _records(aws))
    aws.restore(saved)
    return clean


def every_fault(
    clean: Clean, kinds: tuple[Kind, ...] = KINDS, retries: tuple[bool, ...] = (False, True)
) -> Iterator[Fault]:
    """Yield every fault that can hit a case: each call, each kind, SDK retries off and on."""
    for number, name in enumerate(clean.calls, start=1):
        for kind in kinds:
            if not kind.applies(name.partition(".")[2]):
                continue
            # A process that is dead retries nothing: once is enough.
            yield from (Fault(number, kind, on) for on in retries if not (kind.kills and on))


def survives_everything(case: Case, aws: Aws, **choice: Any) -> int:
    """Disturb a case in every way; return how many ways there were.

    Raises:
        AssertionError: naming the fault, and what was lost, doubled or half-written.
    """
    clean, saved = undisturbed(case, aws), aws.save()
    faults = list(every_fault(clean, **choice))
    for fault in faults:
        aws.restore(saved)
        survives(case, fault, clean, aws)
    aws.restore(saved)
    return len(faults)


def survives(case: Case, fault: Fault, clean: Clean, aws: Aws) -> None:
    """Disturb a case once; the client repeats until it has its answer.

    Proves: 0 lost and 0 doubled (state and number of stream records in the end are those of the
    undisturbed run), 0 false conflicts (no refusal but `Busy` on the way, `Raced` only where an
    item was held, and in the end the answer of the undisturbed run), nothing half-written (in
    between, the state is that of before or that of after).
    """
    about = f"{case.name}, {fault}"
    answer = _disturbed(case, fault, about)
    between = aws.snapshot()
    if case.atomic:
        assert between in (clean.before, clean.after), f"{about}: half-written"
    repeats = 0
    while isinstance(answer, _Interrupted):
        repeats += 1
        assert repeats <= _REPEATS, f"{about}: still no answer: {answer.why!r}"
        answer = _disturbed(case, None, about)
    assert answer == clean.answer, f"{about}: another answer: {answer}"
    found, wanted = aws.snapshot(), clean.after
    if not case.atomic:
        found, wanted = _once(found), _once(wanted)
    assert found == wanted, f"{about}: another state: {_difference(found, wanted)}"
    assert _records(aws) == clean.records, f"{about}: records lost or doubled"


@dataclass(frozen=True)
class _Interrupted:
    why: BaseException


def _disturbed(case: Case, fault: Fault | None, about: str) -> Any:
    plan = {fault.call: fault.kind} if fault else {}
    with injected(plan, retries=fault is None or fault.retries) as calls:
        try:
            answer = case.act()
        except Killed as killed:
            forget()
            return _Interrupted(killed)
        except Busy as busy:
            return _Interrupted(busy)
        except PacktrailError as refusal:
            if isinstance(refusal, Raced) and fault and fault.kind is Kind.CONFLICT:
                return _Interrupted(refusal)
            raise AssertionError(f"{about}: a false refusal: {refusal!r}") from refusal
        finally:
            assert fault is None or calls.hit, f"{about}: never happened, {calls.made}"
    return answer


def _once(state: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    return {name: sorted(set(things)) for name, things in state.items()}


def _records(aws: Aws) -> Mapping[str, int]:
    return {name: len(aws.records(name)) for name in ("events", "recalls")}


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return what is there too much and what is missing, by table."""
    parts = []
    for name in wanted:
        more = [item for item in found[name] if item not in wanted[name]]
        less = [item for item in wanted[name] if item not in found[name]]
        if more or less:
            parts.append(f"{name}: unexpected {more}, missing {less}")
    return re.sub(r"\s+", " ", "; ".join(parts))
