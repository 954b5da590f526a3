"""The two gates that every event from outside passes: its shape, then its meaning.

All faults of an event are told at once; nothing is raised, whatever the event is. A document is
judged event by event as it is read, so one of a hundred thousand units takes no more memory.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.epcis import meaning, shape
from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.faults import MOST_FAULTS, Faults
from chalicelib.epcis.fields import (
    Check,
    instant,
    listed,
    prefixes,
    record,
    uri,
)
from chalicelib.errors import FieldError

VERSIONS = ("2.0", "1.2", "1.1", "1.0")
"""Of the formats whose documents are taken."""

MASTER_DATA_AT = "/epcisHeader/epcisMasterData/vocabularyList"
"""What pointers to faults of master data begin with."""


def check_event(event: EventObject) -> list[FieldError]:
    """Return all that is wrong with an event: its shape, and what its sound fields mean.

    Args:
        event: a JSON-LD object that stands alone (see `document`); anything else is at fault too.

    Returns:
        Faults with pointers relative to the event, at most `MOST_FAULTS`; empty when it is valid.
    """
    faults = shape.check(event)
    if isinstance(event, Mapping) and len(faults) < MOST_FAULTS and not _untyped(faults):
        faults += meaning.check(event, shape.at_fault(faults))
    return faults[:MOST_FAULTS]


def check_document(
    document: EpcisDocument,
) -> Iterator[tuple[int, EventObject, list[FieldError]]]:
    """Yield each event of a document with its index, from 0, and its faults.

    Reads the events of the document, which may be possible only once. What is wrong with the
    document besides its events is told by `check_header`.
    """
    for index, event in enumerate(document.events):
        yield index, event, check_event(event)


def check_header(document: EpcisDocument) -> list[FieldError]:
    """Return what is wrong with a document besides its events; pointers are into the document.

    The version must be one that we read, and no prefix may be called like the scheme of a URI.
    Documents of events and of master data say when they were made, results of a query may (EPCIS
    2.0, 9.3 and 10; EPCIS 1.2, 9.5).
    """
    faults = Faults(prefixes=document.namespaces.keys())
    prefixes(document.namespaces, "/@context", faults)
    if document.version not in VERSIONS:
        expected = "one of " + ", ".join(VERSIONS)
        faults.add("/schemaVersion", "version", repr(document.version), expected)
    if document.created:
        instant(document.created, "/creationDate", faults)
    elif document.kind is not Kind.RESULTS:
        faults.add("/creationDate", "missing", "nothing", "when the document was made")
    _MASTER_DATA(list(document.vocabularies), MASTER_DATA_AT, faults)
    return faults.found


def _untyped(faults: list[FieldError]) -> bool:
    return any(fault.pointer == "/type" for fault in faults)


def _attribute_value(value: Any, pointer: str, faults: Faults) -> None:
    """An attribute of master data may hold anything (EPCIS 2.0, 9.4)."""


_ATTRIBUTE: Check = record({"id": uri, "attribute": _attribute_value}, required=("id",))
_MASTER_DATA = listed(
    record(
        {
            "type": uri,
            "vocabularyElementList": listed(
                record(
                    {"id": uri, "attributes": listed(_ATTRIBUTE), "children": listed(uri)},
                    required=("id",),
                    extensible=True,
                )
            ),
        },
        required=("type",),
        extensible=True,
    )
)
