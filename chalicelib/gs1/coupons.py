"""North American coupon codes: numbers whose parts are preceded by their own length.

Sources: North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols, for AI
(8110); GS1 AI (8112) Coupon Data Specification.
"""

import re
from functools import cache

from chalicelib.gs1.dates import is_day


def _sized(first: int, last: int, extra: int) -> str:
    """Return the pattern of a length indicator and of as many digits, and `extra` more, as it says.

    >>> _sized(1, 2, 6)
    '(?:1[0-9]{7}|2[0-9]{8})'
    """
    sizes = [f"{size}[0-9]{{{size + extra}}}" for size in range(first, last + 1)]
    return f"(?:{'|'.join(sizes)})"


_PREFIX = _sized(0, 6, 6)
_OFFER = "[0-9]{6}"
_PURCHASE = _sized(1, 5, 0) + "[0-49][0-9]{3}"
_MORE = _PURCHASE + f"(?:9|{_PREFIX})"
_SERIAL = _sized(0, 9, 6)


# Compiled when the first coupon is met, which is hardly ever (cold start).
@cache
def _coupon() -> re.Pattern[str]:
    return re.compile(
        _PREFIX + _OFFER + _sized(1, 5, 0) + _PURCHASE
        + f"(?:1[0-3]{_MORE})?(?:2{_MORE})?"
        + "(?:3(?P<expiry>[0-9]{6}))?(?:4(?P<start>[0-9]{6}))?"
        + f"(?:5{_SERIAL})?(?:6{_sized(1, 7, 6)})?(?:9[01256][0-2][0-9][01])?"
    )  # fmt: skip


@cache
def _offer() -> re.Pattern[str]:
    return re.compile(f"[01]{_PREFIX}{_OFFER}{_SERIAL}")


def is_coupon(text: str) -> bool:
    """Return whether a text is a coupon code as AI (8110) carries it."""
    match = _coupon().fullmatch(text)
    if match is None:
        return False
    expiry, start = match["expiry"], match["start"]
    if not all(is_day(day) for day in (expiry, start) if day):
        return False
    return not (expiry and start and start > expiry)


def is_offer(text: str) -> bool:
    """Return whether a text is a positive offer file code as AI (8112) carries it."""
    return _offer().fullmatch(text) is not None
