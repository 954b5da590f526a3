"""The mod-10 check digit of GTIN, GLN, SSCC and every other numeric GS1 key.

Source: GS1 General Specifications, section 7.9.1.
"""

_ZERO = ord("0")


def check_digit(payload: str) -> str:
    """Return the check digit that belongs behind `payload`.

    Weights run 3, 1, 3, 1, … leftwards from the digit beside the check digit.

    Args:
        payload: ASCII digits only, of any length; nothing is checked here.

    >>> check_digit("0950600013435")
    '2'
    """
    digits = payload.encode("ascii")
    threes, ones = digits[::-2], digits[-2::-2]
    total = 3 * (sum(threes) - _ZERO * len(threes)) + sum(ones) - _ZERO * len(ones)
    return "0123456789"[-total % 10]


def ends_in_check_digit(digits: str) -> bool:
    """Return whether the last of these ASCII digits is the check digit of the others.

    >>> ends_in_check_digit("09506000134352"), ends_in_check_digit("09506000134353")
    (True, False)
    """
    return check_digit(digits[:-1]) == digits[-1]
