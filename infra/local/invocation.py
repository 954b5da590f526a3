"""Calling a Chalice event handler as Lambda would."""

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.delivery import HandlerFailed

log = logging.getLogger("packtrail.local")

Handler = Callable[[dict[str, Any], "Context"], Any]


@dataclass(frozen=True, slots=True)
class Context:
    """The context that Lambda gives to a function."""

    function_name: str
    timeout: float = 60.0
    memory_limit_in_mb: int = 512
    function_version: str = "$LATEST"
    log_group_name: str = ""
    log_stream_name: str = ""
    identity: None = None
    client_context: None = None
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN; there is no account here."""
        return f"arn:aws:lambda:local:000000000000:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until AWS would cut the invocation off; here nobody does."""
        return max(0, int((self.timeout - (time.monotonic() - self.started)) * 1000))


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the app.

    Attributes:
        name: as Chalice knows it.
        handler: called with an event and a context.
        timeout: seconds, from `.chalice/config.json`.
    """

    name: str
    handler: Handler
    timeout: float = 60.0

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return Context(self.name).invoked_function_arn

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """Invoke with a copy of the event, as it would arrive over the wire.

        Raises:
            HandlerFailed: the handler raised, whatever it was; logged here.
        """
        arrived = json.loads(json.dumps(event))
        context = Context(self.name, self.timeout)
        try:
            return self.handler(arrived, context)
        except Exception as error:  # Lambda's door: any exception is a failed invocation
            log.exception("%s failed (%s)", self.name, context.aws_request_id)
            raise HandlerFailed from error
