"""Receivers check our signatures with the reference library."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.notify.signing import secret, signed

BODY = '{"specversion":"1.0"}'


def test_a_secret_is_32_bytes_and_always_the_same() -> None:
    assert secret("a").startswith("whsec_")
    assert len(secret("a")) == len("whsec_") + 44
    assert secret("a") == secret("a")
    assert secret("a") != secret("b")


def test_a_receiver_accepts_the_signature_and_nothing_else() -> None:
    headers = dict(signed("m1", BODY, datetime.now(UTC), [secret("a")]))

    assert Webhook(secret("a")).verify(BODY, headers) == {"specversion": "1.0"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret("b")).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret("a")).verify(BODY + " ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret("a")).verify(BODY, headers | {"webhook-id": "m2"})


def test_while_secrets_overlap_a_receiver_may_know_either() -> None:
    headers = dict(signed("m1", BODY, datetime.now(UTC), [secret("new"), secret("old")]))

    assert Webhook(secret("new")).verify(BODY, headers)
    assert Webhook(secret("old")).verify(BODY, headers)


def test_the_timestamp_is_that_of_the_attempt_in_whole_seconds(at: datetime) -> None:
    assert signed("m1", BODY, at, [secret("a")])["webhook-timestamp"] == str(int(at.timestamp()))
