"""The one sentence in which this package refuses: what was found, what was expected."""

from chalicelib.errors import Malformed

LONGEST_SHOWN = 60


def shown(text: str) -> str:
    """Return the text for people, safe for any log or JSON: quoted, escaped, cut when long."""
    return ascii(text) if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]!a}…"


def refused(code: str, what: str, text: str, expected: str) -> Malformed:
    """Return the refusal of `text` as a `what`; the caller raises it.

    The pointer is empty, "this very value": whoever knows the field puts its own pointer there.

    Args:
        code: stable word, one of `length`, `character`, `check_digit`, `date`, `unknown_ai`,
            `requisite`, `company_prefix`, `syntax`, `value`, `symbology` and `kind`.
        what: the thing that the text should have been, such as "a GTIN".
        text: as received.
        expected: the end of the sentence "expected …".
    """
    return Malformed.field("", code, f"{shown(text)} is not {what}: expected {expected}")
