"""Messages: what is told, as a CloudEvent (CloudEvents 1.0, JSON format)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """What is told.

    Attributes:
        id: unique and the same for each repeat; no full stop in it.
        organisation: who is told.
        type: one of `TYPES`.
        source: URI reference of what it is about.
        created: when it came to be.
        data: JSON.
    """

    id: str
    organisation: str
    type: str
    source: str
    created: datetime
    data: Mapping[str, Any]

    def body(self) -> str:
        """Return the CloudEvent, the same text every time."""
        event = {
            "specversion": "1.0",
            "type": self.type,
            "source": self.source,
            "id": self.id,
            "time": instant(self.created),
            "datacontenttype": "application/json",
            "data": self.data,
        }
        return json.dumps(event, separators=(",", ":"), allow_nan=False)


def instant(at: datetime) -> str:
    """Return an instant as messages spell it (RFC 3339, UTC, milliseconds).

    >>> instant(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    '2026-11-23T09:30:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
