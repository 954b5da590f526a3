"""The StandardBusinessDocumentHeader of documents, between XML and JSON.

EPCIS 2.0 in JSON has three fields for it: the sender, the receiver, and the identifier of the
document (EPCIS 2.0, section 10). The rest of it, JSON has as an extension.
"""

from collections.abc import Mapping
from typing import Any

NAMESPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
NAME = "StandardBusinessDocumentHeader"


def is_named(name: str, namespaces: Mapping[str, str]) -> bool:
    """Return whether a prefixed name is that of the header."""
    prefix, _, local = name.partition(":")
    return local == NAME and namespaces.get(prefix) == NAMESPACE


def prefix(namespaces: Mapping[str, str]) -> str:
    """Return a prefix that is free for the header, or bound to it already."""
    made = "sbdh"
    while namespaces.get(made, NAMESPACE) != NAMESPACE:
        made += "x"
    return made


def prefixed(value: Any, by: str) -> Any:
    """Return the header with a prefix before the names of all its elements."""
    if isinstance(value, list):
        return [prefixed(each, by) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name if name.startswith(("@", "#")) else f"{by}:{name}": prefixed(each, by)
        for name, each in value.items()
    }


def bare(value: Any) -> Any:
    """Return the header without any prefix before the names of its elements."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {name.rpartition(":")[2]: bare(each) for name, each in value.items()}


def told(header: Mapping[str, Any]) -> dict[str, str]:
    """Return what EPCIS 2.0 in JSON has fields for, where the header says it once.

    >>> told({"Sender": {"Identifier": {"@Authority": "GS1", "#text": "urn:a"}}})
    {'sender': 'urn:a'}
    """
    identification = header.get("DocumentIdentification")
    found = {
        "sender": _party(header.get("Sender")),
        "receiver": _party(header.get("Receiver")),
        "instanceIdentifier": _text(
            identification.get("InstanceIdentifier")
            if isinstance(identification, Mapping)
            else None
        ),
    }
    return {name: text for name, text in found.items() if text}


def _party(party: Any) -> str:
    return _text(party.get("Identifier")) if isinstance(party, Mapping) else ""


def _text(value: Any) -> str:
    found = value.get("#text") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""
