"""How long the GS1 Company Prefix at the front of a key is, which its digits alone do not tell.

GS1's own table of allocations answers, as it is shipped by biip. It takes a fifth of a second to
load, so it is loaded when the first key asks.
"""

from functools import cache, lru_cache
from typing import Protocol

_LONGEST = 12
_SHORTEST_IN_URN = 6
_GTIN_8 = "00000"
_GTIN_8_PREFIX = 8


class _Prefix(Protocol):
    @property
    def value(self) -> str: ...


class _Table(Protocol):
    def extract(self, value: str, /) -> _Prefix | None: ...


@lru_cache(maxsize=65_536)
def company_prefix_length(digits: str) -> int | None:
    """Return the length of the company prefix that digits begin with, as an EPC URN counts it.

    A prefix of 4 or 5 digits counts as 6, the least that a URN can show (TDS 2.0, 7.2). A GTIN-8
    has no company prefix; its GS1-8 prefix, behind five zeros, takes its place (TDS 2.0, 7.3.2).

    Args:
        digits: ASCII digits from the company prefix on; those behind the twelfth do not matter.

    Returns:
        6 to 12; None where GS1 has allocated nothing.

    >>> company_prefix_length("061414112345")
    7
    """
    if digits.startswith(_GTIN_8):
        return _GTIN_8_PREFIX
    found = _table().extract(digits[:_LONGEST])
    return None if found is None else max(len(found.value), _SHORTEST_IN_URN)


@cache
def _table() -> _Table:
    from biip.gs1_prefixes import GS1CompanyPrefix  # noqa: PLC0415  loaded by who needs it

    return GS1CompanyPrefix
