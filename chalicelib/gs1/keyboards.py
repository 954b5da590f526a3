"""What a scanner's text becomes when it types as an American keyboard and the host is another one.

A scanner in keyboard mode sends keys, not characters. Where the host takes its keyboard for a
German or a French one, or has the caps lock on, other characters arrive. Each table maps what
arrives to what was scanned, key by key.
"""

from collections.abc import Mapping
from types import MappingProxyType

# The same keys in the same order, first plain, then with shift.
_AMERICAN = (
    r"`1234567890-=qwertyuiop[]\asdfghjkl;'zxcvbnm,./"
    r"""~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?"""
)
_GERMAN = (
    "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-"
    """°!"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"""
)
_FRENCH = (
    """²&é"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!"""
    "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"
)


def _back(typed: str) -> dict[int, str]:
    return {
        ord(arrived): scanned
        for arrived, scanned in zip(typed, _AMERICAN, strict=True)
        if arrived != scanned
    }


_CAPS = {ord(c): c.swapcase() for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}

LAYOUTS: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {"de": _back(_GERMAN), "fr": _back(_FRENCH)}
)
"""What was scanned, by what arrived: German QWERTZ and French AZERTY."""


def typed_back(text: str, *, layout: str = "us", caps_lock: bool = False) -> str:
    """Return what was scanned.

    >>> typed_back("+d2Zß1", layout="de"), typed_back("]D2aB", caps_lock=True)
    (']d2Y-1', ']d2Ab')

    Args:
        text: as it arrived.
        layout: of the host's keyboard, `us` or one of `LAYOUTS`.
        caps_lock: whether it was on; it turns letters around and nothing else.
    """
    if caps_lock:
        text = text.translate(_CAPS)
    return text.translate(LAYOUTS[layout]) if layout in LAYOUTS else text
