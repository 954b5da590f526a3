"""Damaged input at every parser: nothing but our own errors comes out.

`make fuzz` runs the same with many more examples. What it finds goes into `corpus/` as a file, and
is tried ever after.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.errors import PacktrailError
from tests.fuzz.doors import DOORS

CORPUS = Path(__file__).parent / "corpus"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
"""Of each door."""

TOKENS = [
    b"\x1d", b"\x1e", b"\x04", b"\x00", b"\r\n", b"\xff", b"\xed\xa0\x80", b"\xd9\xa3", b"]d2",
    b"]d1", b"|]e0", b"(01)", b"(", b"\\(", b"<GS>", b"{FNC1}", b"^]", b"|", b"%", b"%2F", b"%ff",
    b"#", b"*", b"01", b"00", b"10", b"17", b"21", b"414", b"8010", b"280200", b"000000",
    b"urn:epc:id:", b"https://", b"[)>\x1e06\x1d", b"9N", b"null", b"true", b"-1", b"1e400", b"NaN",
    b"[]", b"{}",
    b'"', b"\\ud800", b"\\u0000", b"9999999999999999999999", b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59+14:00", b"<", b"/>", b"<!DOCTYPE a>", b"&amp;", b"&#0;", b"xsi:type",
    b"@context", b"=", b"&", b"EQ_", b"MATCH_", b"GE_", b"\xc3\x9f", b"A" * 300,
]  # fmt: skip


def seeds(folder: str) -> list[bytes]:
    found = [path.read_bytes() for path in sorted((CORPUS / folder).iterdir())]
    assert found, folder
    return found


@st.composite
def damaged(draw: st.DrawFn, folder: str) -> bytes:
    """A seed with a few pieces cut out, doubled, swapped for others, or put in."""
    known = seeds(folder)
    text = draw(st.sampled_from(known))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 40)))
        kind = draw(st.sampled_from(["cut", "double", "token", "byte", "splice"]))
        if kind == "cut":
            text = text[:at] + text[to:]
        elif kind == "double":
            text = text[:to] + text[at:]
        elif kind == "token":
            text = text[:at] + draw(st.sampled_from(TOKENS)) + text[at:]
        elif kind == "byte":
            text = text[:at] + bytes([draw(st.integers(0, 255))]) + text[at + 1 :]
        else:
            text = text[:at] + draw(st.sampled_from(known))[at:]
    return text


def tried(door: str, raw: bytes) -> bool:
    """Return whether the door took it; anything but a refusal of ours rises."""
    parse, _ = DOORS[door]
    refusal = None
    try:
        parse(raw)
    except PacktrailError as refused:
        refusal = refused
    if refusal is not None:
        assert refusal.detail
        assert all(fault.message for fault in refusal.errors)
    return refusal is None


@pytest.mark.parametrize("door", sorted(DOORS))
def test_damaged_input_is_refused_and_never_breaks_a_door(door: str) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck], database=None
    )
    @given(damaged(DOORS[door][1]))
    def damage(raw: bytes) -> None:
        tried(door, raw)

    damage()


EACH = [
    (door, path)
    for door, (_, folder) in sorted(DOORS.items())
    for path in sorted((CORPUS / folder).iterdir())
]


@pytest.mark.parametrize(("door", "path"), EACH, ids=lambda each: getattr(each, "name", each))
def test_nothing_that_was_ever_found_breaks_a_door(door: str, path: Path) -> None:
    tried(door, path.read_bytes())


@pytest.mark.parametrize("door", sorted(DOORS))
def test_every_door_takes_something_of_its_corpus(door: str) -> None:
    assert any(tried(door, seed) for seed in seeds(DOORS[door][1]))


@pytest.mark.parametrize("door", sorted(DOORS))
def test_any_bytes_are_refused_or_taken(door: str) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[*HealthCheck], database=None
    )
    @given(st.binary(max_size=200))
    def anything(raw: bytes) -> None:
        tried(door, raw)

    anything()
