"""A document of events, whatever format it came in or goes out as.

**An event is its JSON-LD object** (EPCIS 2.0, section 10): a plain dict in the shape of the EPCIS
2.0 JSON binding, CBV words bare (`"bizStep": "shipping"`), EPCs as they were sent, numbers as
`int`, `float` or `Decimal`, everything that we do not know untouched. It stands alone: prefixes
that it uses are in its own `@context`, a dict of prefix to namespace. Readers make such objects,
writers spell them, `eventhash` hashes them, `shape` and `meaning` judge them, queries match them.

Readers are lenient: what has no place in EPCIS, or is no number where one is due, stays in the
object for the gates to refuse, so that all faults of a document are told at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

EventObject = dict[str, Any]
"""One event as a JSON-LD object that stands alone."""


class Kind(StrEnum):
    """What a document is, by the name of its outermost object or element."""

    EVENTS = "EPCISDocument"
    RESULTS = "EPCISQueryDocument"
    MASTER_DATA = "EPCISMasterDataDocument"


@dataclass(frozen=True, slots=True)
class EpcisDocument:
    """A document of events and master data.

    Attributes:
        events: the events in document order; may be read as they are asked for, and only once.
        kind: what the document is.
        version: of the format it was read from: `2.0`, `1.2`, `1.1` or `1.0`.
        created: creationDate as sent; empty when it was not.
        header: what the header says besides master data, as JSON: `sender`, `receiver`,
            `instanceIdentifier`, `id`, `sbdh` (a StandardBusinessDocumentHeader as an object of its
            elements by local name), and extensions under prefixed names.
        vocabularies: master data, each `{"type": uri, "vocabularyElementList": [{"id": uri,
            "attributes": [{"id": uri, "attribute": value}], "children": [uri]}]}` (EPCIS 2.0, 9.4).
        namespaces: of prefixes used in the header and the master data.
        results: for query results: `queryName` and perhaps `subscriptionID`.
    """

    events: Iterable[EventObject]
    kind: Kind = Kind.EVENTS
    version: str = "2.0"
    created: str = ""
    header: Mapping[str, Any] = field(default_factory=dict)
    vocabularies: tuple[Mapping[str, Any], ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
