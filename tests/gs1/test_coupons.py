import pytest
from hypothesis import given

from chalicelib.gs1.coupons import is_coupon, is_offer
from tests.gs1.strategies import anything

COUPON = "012345612345611110123"
"""Prefix 123456, offer 123456, one off when one is bought, of family 123."""


# The vectors of the syntax dictionary are in `test_contents`.


@pytest.mark.parametrize(
    ("more", "valid"),
    [
        ("", True),
        ("3280229", True),
        ("3280230", False),
        ("32802294280228", True),
        ("32802284280229", False),
        ("4280229", True),
        ("5", False),
        ("7", False),
    ],
)
def test_dates_of_a_coupon_are_days_in_order(more: str, valid: bool) -> None:
    assert is_coupon(COUPON + more) == valid


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("001234561234560123456", True),
        ("201234561234560123456", False),
        ("0012345612345601234567", False),
    ],
)
def test_an_offer_is_of_one_of_two_formats_and_ends_with_its_serial(code: str, valid: bool) -> None:
    assert is_offer(code) == valid


@given(anything)
def test_any_text_is_judged(text: str) -> None:
    assert not is_coupon(text)
    assert not is_offer(text)
