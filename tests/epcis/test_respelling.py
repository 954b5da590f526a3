"""Spellings that can mean only one thing."""

import pytest
from hypothesis import given

from chalicelib.epcis import words
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.respelling import (
    spell_action,
    spell_event_id,
    spell_offset,
    spell_time,
    spell_uri,
    spell_word,
)
from tests.gs1.strategies import anything

SPELLS = (
    spell_action,
    spell_event_id,
    spell_offset,
    spell_time,
    spell_uri,
    spell_word(words.BIZ_STEP),
)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Z", "+00:00"),
        ("utc", "+00:00"),
        ("+0000", "+00:00"),
        ("-0530", "-05:30"),
        ("-530", "-05:30"),
        ("+5:30", "+05:30"),
        ("+05", "+05:00"),
        ("-5", "-05:00"),
        ("‐05:00", "-05:00"),
        ("- 05:00", "-05:00"),
        ("+053", "+053"),
        ("05:00", "05:00"),
        ("EST", "EST"),
    ],
)
def test_an_offset_gets_sign_hours_and_minutes(text: str, made: str) -> None:
    assert spell_offset(text) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("2016-03-15T10:11:12z", "2016-03-15T10:11:12Z"),
        ("2016-03-15 10:11:12 Z", "2016-03-15T10:11:12Z"),
        ("2016‐03‐ 15T10:11:16Z", "2016-03-15T10:11:16Z"),
        ("2016-3-5T1:02:03.5+0100", "2016-03-05T01:02:03.5+01:00"),
        ("2016-03-15T10:11:12,25Z", "2016-03-15T10:11:12.25Z"),
        ("2016-03-15T10:11Z", "2016-03-15T10:11:00Z"),
        ("2016-03-15T10:11:12 UTC", "2016-03-15T10:11:12Z"),
        ("2016-03-15T10:11:12", "2016-03-15T10:11:12"),
        ("2016-03-15T10:11:12.5", "2016-03-15T10:11:12.5"),
        ("16-03-15T10:11:12Z", "16-03-15T10:11:12Z"),
        ("2919-95-17T10:11:12Z", "2919-95-17T10:11:12Z"),
        ("2016-03-15", "2016-03-15"),
    ],
)
def test_a_time_gets_all_its_digits(text: str, made: str) -> None:
    assert spell_time(text) == made


def test_a_text_of_any_length_is_read_in_no_time() -> None:
    text = "2016" + " " * 1_000_000 + "-"

    assert [spell(text) for spell in SPELLS] == [text] * len(SPELLS)


def test_the_scheme_of_an_epc_is_in_small_letters_its_serial_is_left_alone() -> None:
    assert spell_uri("URN:EPC:ID:SGTIN:0614141.812345.aB") == "urn:epc:id:sgtin:0614141.812345.aB"


@pytest.mark.parametrize("text", ["acme:Thing", "http://ACME.example/X", "URN:acme:X"])
def test_a_foreign_uri_is_left_alone(text: str) -> None:
    assert spell_uri(text) == text


def test_a_bare_uuid_is_the_id_of_an_event() -> None:
    uuid = "0F2C1D3E-0000-4000-8000-00000000000A"

    assert spell_event_id(uuid) == f"urn:uuid:{uuid.lower()}"
    assert spell_event_id("urn:uuid:x") == "urn:uuid:x"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Shipping", "shipping"),
        ("VOID-SHIPPING", "void_shipping"),
        ("void shipping", "void_shipping"),
        ("urn:epcglobal:cbv:bizstep:Shipping", "shipping"),
        ("urn:epcglobal:cbv:step:shipping", "shipping"),
        ("https://ns.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("urn:acme:step:Shipping", "urn:acme:step:Shipping"),
        ("urn:epcglobal:cbv:bizstep:polishing", "urn:epcglobal:cbv:bizstep:polishing"),
        ("polishing", "polishing"),
    ],
)
def test_a_word_is_found_under_a_wrong_urn(text: str, made: str) -> None:
    assert spell_word(words.BIZ_STEP)(text) == made


def test_an_action_is_in_capitals() -> None:
    assert (spell_action("Observe"), spell_action("move")) == ("OBSERVE", "move")


@given(anything)
def test_what_is_spelt_anew_stays_so(text: str) -> None:
    for spell in SPELLS:
        assert spell(spell(text)) == spell(text)


@given(anything)
def test_a_time_is_left_alone_or_made_one(text: str) -> None:
    made = spell_time(text)

    assert made == text or instant_of(made) is not None
