"""Hypothesis strategies for keys, and for text that means harm."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln, Sgtin, Sscc

T = TypeVar("T")

SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

texts = st.text(SET_82, min_size=1, max_size=20)


def _checked(size: int) -> st.SearchStrategy[str]:
    payload = st.text("0123456789", min_size=size - 1, max_size=size - 1)
    return payload.map(lambda digits: digits + check_digit(digits))


gtins = _checked(14).map(Gtin)
sscc = _checked(18).map(Sscc)
glns = _checked(13).map(Gln)
sgtins = st.builds(Sgtin, gtins, texts)
lgtins = st.builds(Lgtin, gtins, texts)
sglns = st.builds(Sgln, glns, st.none() | texts)
keys = gtins | sgtins | lgtins | sscc | glns | sglns

anything = st.text(st.characters(exclude_categories=()), max_size=60)
_pieces = st.sampled_from(
    ["(01)", "(21)", "01", "00", "10", "17", "21", "414", "254", "8008", "423", "9506000134352",
     "09506000134352", "106141412345678908", "280200", "\x1d", "]d2", "]C1", "]E0", "]Q1", "]d1",
     "https://", "HTTPS://", "a.example", "/01/", "/21/", "?17=", "&", "%2F", "%", "#", "\\(", "(",
     "urn:epc:id:sgtin:", "urn:epc:id:sgln:", "0614141.", "812345.", "*", "\0", "\ud800", "٣"]
)  # fmt: skip


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A right spelling with one piece put in, or in place of a few characters."""
    key = draw(keys)
    right = draw(st.sampled_from([key.digital_link(), key.element_string(), key.urn(7), str(key)]))
    at = draw(st.integers(0, len(right)))
    return right[:at] + draw(_pieces | anything) + right[at + draw(st.integers(0, 3)) :]


hostile = anything | st.lists(_pieces | anything, max_size=8).map("".join) | _damaged()


def attempt(parse: Callable[[str], T], text: str) -> tuple[T, None] | tuple[None, Malformed]:
    """Return what was read, or the refusal; anything else that is raised is a bug and rises."""
    try:
        return parse(text), None
    except Malformed as refusal:
        return None, refusal
