"""One event with its EPCs spelt another way: as URNs or as Digital Links (GS1-EPC-Format).

Only what identifies goods, places and parties is spelt anew; documents, words, master data and
extensions stay as they were sent, and so does what has no other spelling.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.identifiers import canonical_uri, to_urn

Spelling = Callable[[str], str]
"""Spells one URI."""


def in_urns(event: EventObject) -> EventObject:
    """Return the event with EPC URNs wherever the length of the company prefix is known."""
    return spelt(event, to_urn)


def in_links(event: EventObject) -> EventObject:
    """Return the event with canonical Digital Links."""
    return spelt(event, canonical_uri)


def spelt(event: EventObject, spell: Spelling) -> EventObject:
    """Return the event with each EPC, class, place and party spelt anew; the given one stays."""
    return {
        name: _FIELDS[name](value, spell) if name in _FIELDS else value
        for name, value in event.items()
    }


def _one(value: Any, spell: Spelling) -> Any:
    return spell(value) if isinstance(value, str) else value


def _several(value: Any, spell: Spelling) -> Any:
    return [_one(each, spell) for each in value] if isinstance(value, list) else value


def _member(name: str) -> Callable[[Any, Spelling], Any]:
    def change(value: Any, spell: Spelling) -> Any:
        if not isinstance(value, dict) or name not in value:
            return value
        return {**value, name: _one(value[name], spell)}

    return change


def _members(name: str) -> Callable[[Any, Spelling], Any]:
    change = _member(name)

    def change_all(value: Any, spell: Spelling) -> Any:
        return [change(each, spell) for each in value] if isinstance(value, list) else value

    return change_all


_FIELDS: dict[str, Callable[[Any, Spelling], Any]] = {
    "parentID": _one,
    "epcClass": _one,  # QuantityEvent of EPCIS 1.x
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _several),
    **dict.fromkeys(
        ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
        _members("epcClass"),
    ),
    **dict.fromkeys(("readPoint", "bizLocation"), _member("id")),
    "sourceList": _members("source"),
    "destinationList": _members("destination"),
}
