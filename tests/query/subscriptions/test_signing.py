"""Tokens of subscribers and what they sign."""

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidTag

from chalicelib.query.subscriptions.signing import seal, signatures, unseal
from tests.harness.network import AT


def test_a_token_is_sealed_for_one_subscription() -> None:
    sealed = seal("a-token-of-mine", "one")

    assert "a-token" not in sealed
    assert sealed == seal("a-token-of-mine", "one")
    assert unseal(sealed, "one") == "a-token-of-mine"
    with pytest.raises(InvalidTag):
        unseal(sealed, "other")


def test_no_token_seals_to_nothing() -> None:
    assert unseal(seal("", "one"), "one") == ""


def test_the_signature_is_the_hmac_of_the_body_in_hexadecimal() -> None:
    headers = signatures("token", "m1", b'{"a":1}', AT)

    expected = hmac.new(b"token", b'{"a":1}', hashlib.sha256).hexdigest()
    assert headers["GS1-Signature"] == expected
    assert headers["webhook-id"] == "m1"
    assert headers["webhook-signature"].startswith("v1,")
