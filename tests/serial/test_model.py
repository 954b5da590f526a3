"""Formats spell numbers, and only formats that keep guessing hopeless exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.spelling import fits
from chalicelib.serial.model import (
    ALPHABETS,
    DEFAULT,
    PAGE,
    RARITY,
    Epoch,
    Format,
    overlapping,
    room,
)
from tests.serial import reference

SET_82 = "".join(chr(n) for n in range(33, 127) if fits(chr(n)))

alphabets = st.lists(st.sampled_from(SET_82), min_size=2, unique=True).map("".join)


@st.composite
def formats(draw: st.DrawFn) -> Format:
    characters = draw(alphabets | st.sampled_from(sorted(ALPHABETS.values())))
    shortest = next(n for n in range(1, 40) if len(characters) ** n >= PAGE * RARITY)
    if shortest > 20:
        return DEFAULT
    return Format(characters, draw(st.integers(max(shortest, 2), 20)))


def halves(spelled: Format, number: int) -> tuple[list[int], list[int]]:
    low = spelled.radix ** (spelled.length - spelled.length // 2)
    return [number // low], [number % low]


@given(formats(), st.data())
def test_a_number_becomes_text_and_back(spelled: Format, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, spelled.size - 1))

    (text,) = spelled.texts(*halves(spelled, number))

    assert text == reference.text(number, spelled.characters, spelled.length)
    assert spelled.spells(text)
    assert spelled.halves([text]) == halves(spelled, number)


@given(formats())
def test_the_spelling_of_a_format_is_read_back(spelled: Format) -> None:
    assert Format.parse(str(spelled)) == spelled


def test_the_default_has_twelve_characters_without_look_alikes() -> None:
    assert str(DEFAULT) == "unambiguous:12"
    assert not set(DEFAULT.characters) & set("01OILBSZ")
    assert DEFAULT.capacity > 10**10


def test_leading_zeros_count() -> None:
    numeric = Format.of("numeric", 12)

    assert numeric.texts([0], [7]) == ["000000000007"]
    assert not numeric.spells("7")


@pytest.mark.parametrize(
    "text", ["12345678901", "1234567890123", "12345678901A", "", "１２３４５６７８９０１２"]
)
def test_a_format_spells_nothing_else(text: str) -> None:
    assert not Format.of("numeric", 12).spells(text)


def test_special_characters_of_an_alphabet_mean_themselves() -> None:
    special = Format("".join(c for c in SET_82 if not c.isalnum()), 8)

    assert special.spells("*+-./_'!")
    assert not special.spells("abcdefgh")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("numeric", "format"),
        ("numeric:", "format"),
        ("numeric:x", "format"),
        ("numeric:１２", "format"),
        ("numeric:-5", "format"),
        ("numeric:1", "length"),
        ("numeric:21", "length"),
        (":12", "alphabet"),
        ("A:12", "alphabet"),
        ("ABCA:12", "alphabet"),
        ("AB C:12", "alphabet"),
        ("AB#C:12", "alphabet"),
        ("numeric:8", "too_few"),
        ("01:20", "too_few"),
    ],
)
def test_what_is_no_format_is_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed, match="found") as refused:
        Format.parse(text)

    assert refused.value.errors[0].code == code


def test_one_number_in_a_million_may_be_issued() -> None:
    assert Format.of("numeric", 12).capacity == 10**6
    assert Format.of("alphanumeric", 20).capacity == 10**15


def test_formats_overlap_when_both_can_spell_some_text() -> None:
    numeric = Format.of("numeric", 12)

    assert numeric.overlaps(DEFAULT)
    assert not numeric.overlaps(Format.of("numeric", 13))
    assert not numeric.overlaps(Format("ABCDEFGHJKLM", 12))


def test_what_older_epochs_issued_counts_against_the_next() -> None:
    numeric = Format.of("numeric", 12)
    epochs = [
        Epoch(0, numeric, 10**6, final=400_000),
        Epoch(1, Format.of("numeric", 13), 10**7, final=5_000_000),
        Epoch(2, DEFAULT, 10**10, final=1024),
    ]

    assert room(epochs, numeric) == 10**6 - 400_000 - 1024


def test_only_older_epochs_that_issued_something_matter() -> None:
    numeric, longer = Format.of("numeric", 12), Format.of("numeric", 13)
    epochs = [
        Epoch(0, numeric, 1, final=0),
        Epoch(1, numeric, 1, final=512),
        Epoch(2, longer, 1, final=512),
        Epoch(3, numeric, 1),
    ]

    assert overlapping(epochs, epochs[3]) == [epochs[1]]
    assert overlapping(epochs, epochs[1]) == []
