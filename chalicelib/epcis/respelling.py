"""Spellings that the standard does not have but that can mean only one thing, and what they mean.

They are for text without blanks around it that the gates refused. What has two meanings comes back
as it is: a time without zone, a date without time, `kg`, whose capitals are a keg (UN/CEFACT 20).
"""

import re
from collections.abc import Callable

from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.words import ACTIONS, Vocabulary

# Word processors and PDF make these of a hyphen.
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})[Tt ]([0-9]{1,2}):([0-9]{1,2})"
    r"(?::([0-9]{1,2})(?:[.,]([0-9]+))?)?(\S+)"
)
_OFFSET = re.compile(r"([+\-])([0-9]{1,2}(?=:|$)|[0-9]{2}(?=[0-9]{2}$)|[1-9](?=[0-9]{2}$)):?(.*)")
_LONGEST_TIME = 60  # nobody writes one with more, and the patterns below are not for any length
_UTC = frozenset({"Z", "UTC", "GMT"})
_EPC_HEAD = re.compile(r"urn:epc:(?:id|class|idpat):[a-z]+:", re.IGNORECASE)
_UUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")


def spell_offset(text: str) -> str:
    """Return an offset with sign, hours and minutes.

    >>> spell_offset("-500"), spell_offset("Z"), spell_offset("+5:30")
    ('-05:00', '+00:00', '+05:30')
    """
    spelt = text.translate(_HYPHENS).replace(" ", "")
    if spelt.upper() in _UTC:
        return "+00:00"
    match = _OFFSET.fullmatch(spelt)
    return text if match is None else f"{match[1]}{match[2].zfill(2)}:{match[3] or '00'}"


def spell_time(text: str) -> str:
    """Return a date and time whose parts have all their digits.

    >>> spell_time("2016-3-5 9:11 -0500")
    '2016-03-05T09:11:00-05:00'
    """
    if len(text) > _LONGEST_TIME:
        return text
    spelt = re.sub(r"\s*([\-:])\s*", r"\1", text.translate(_HYPHENS))
    match = _TIME.fullmatch(re.sub(r"\s+(?=[Zz+\-]|UTC|GMT)", "", spelt))
    if match is None:
        return text
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    zone = "Z" if zone.upper() in _UTC else spell_offset(zone)
    date = f"{year}-{month.zfill(2)}-{day.zfill(2)}"
    time = f"{hour.zfill(2)}:{minute.zfill(2)}:{(second or '').zfill(2)}"
    made = f"{date}T{time}{'.' + fraction if fraction else ''}{zone}"
    return text if instant_of(made) is None else made


def spell_uri(text: str) -> str:
    """Return a URI whose EPC scheme, if it has one, is in small letters (TDS 2.0, 6)."""
    head = _EPC_HEAD.match(text)
    return text if head is None else head[0].lower() + text[head.end() :]


def spell_event_id(text: str) -> str:
    """Return the id of an event; a bare UUID is made a URI (RFC 9562)."""
    match = _UUID.fullmatch(text)
    return spell_uri(text) if match is None else f"urn:uuid:{match[1].lower()}"


def spell_word(vocabulary: Vocabulary) -> Callable[[str], str]:
    """Return what gives the bare word of CBV, whatever its URN, case, blanks or hyphens."""

    def spell(text: str) -> str:
        if text in vocabulary.words:
            return text
        last = text.rpartition(":")[2] if text.lower().startswith("urn:epcglobal:cbv") else text
        joined = re.sub(r"[\s\-]+", "_", last)
        return vocabulary.bare(text) or vocabulary.bare(last) or vocabulary.bare(joined) or text

    return spell


def spell_action(text: str) -> str:
    """Return an action in capitals."""
    return text.upper() if text.upper() in ACTIONS else text
