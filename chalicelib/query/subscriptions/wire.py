"""Bodies and answers about subscriptions, as the OpenAPI document of EPCIS 2.0 has them."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib.http.fields import Body, InstantField
from chalicelib.http.readers import instant_text
from chalicelib.notify.address import MOST_CHARACTERS
from chalicelib.query.subscriptions.model import Subscription
from chalicelib.query.subscriptions.store import State

DestField = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CHARACTERS),
    Field(
        description="https, port 443, an address on the public Internet; no redirect is followed.",
        examples=["https://epcis.meddist.example/heard"],
    ),
]
TokenField = Annotated[
    str,
    StringConstraints(min_length=16, max_length=255, pattern=r"^[\x21-\x7e]+$"),
    Field(
        description="A secret of your making, which signs every message; never shown again.",
        examples=["13df38d8275b13f05704629e5f1cf3d45d6132d5"],
    ),
]


class SubscriptionBody(Body):
    """Who wants to be told what a named query finds, and when (EPCIS 2.0, 8.2.5)."""

    dest: DestField
    signature_token: TokenField | None = None
    stream: bool | None = Field(None, description="Tell events as they are recorded.")
    schedule: dict[str, Any] | None = Field(
        None,
        description=(
            "Tell by the clock, in UTC, at most once a minute: second, minute, hour, dayOfMonth, "
            "month, dayOfWeek (1 is Monday); numbers, ranges such as [1-5], commas between."
        ),
        examples=[{"hour": "1", "minute": "5"}],
    )
    report_if_empty: bool = Field(
        default=False, description="With a schedule: tell too that there was nothing."
    )
    initial_record_time: InstantField | None = Field(
        None, description="Record time of the first events that are told; now if not said."
    )


def answer_of(subscription: Subscription, state: State) -> dict[str, object]:
    """Return a subscription as it is shown, without its secret; what is unknown is not there."""
    told = {
        "subscriptionID": subscription.id,
        "queryName": subscription.query_name,
        "dest": subscription.url,
        "stream": subscription.stream or None,
        "schedule": subscription.schedule,
        "reportIfEmpty": None if subscription.stream else subscription.report_if_empty,
        "initialRecordTime": instant_text(subscription.initial),
        "minRecordTime": instant_text(state.executed or subscription.initial),
        "createdAt": instant_text(subscription.created),
        "lastNotifiedAt": state.notified and instant_text(state.notified),
        "epcFormat": subscription.epc_format.value,
        "disabled": subscription.disabled or None,  # ours: why nothing is sent any more
    }
    return {name: each for name, each in told.items() if each is not None}
