"""In which order, and in which wrapping, the XML binding has the fields of events.

What each schema of EPCIS says, as tables: 2.0 has every field at the root of its event, 1.1 and 1.2
put what came after 1.0 into `extension` and `baseExtension` (EPCIS 1.2, section 9.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.epcis.document import Kind

VERSIONS = ("2.0", "1.2", "1.1")
"""Of XML that can be written."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of one type of event.

    Attributes:
        fields: at the root, after the times and the id.
        extended: inside `extension`, after those at the root.
        needed: of the fields, those that stand there empty when the event has none.
        wrapping: elements around the event in the list of events, from the outside.
    """

    fields: tuple[str, ...]
    extended: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()
    wrapping: tuple[str, ...] = ()


TIMES = ("eventTime", "recordTime", "eventTimeZoneOffset")
"""With which every event begins."""

BASE = ("eventID", "errorDeclaration", "certificationInfo")
"""What stands next: in `baseExtension` in 1.x, which has no certificationInfo."""

_WHY = ("action", "bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES = ("sourceList", "destinationList")
_SENSORS = ("sensorElementList", "persistentDisposition")
_TRANSFORMED = (
    *("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList"),
    *("transformationID", "bizStep", "disposition", "readPoint", "bizLocation"),
    *("bizTransactionList", *_PARTIES),
)

ORDERS_2: Mapping[str, Order] = {
    "ObjectEvent": Order(
        ("epcList", *_WHY, "bizTransactionList", "quantityList", *_PARTIES, *_SENSORS, "ilmd")
    ),
    "AggregationEvent": Order(
        (
            *("parentID", "childEPCs", *_WHY, "bizTransactionList", "childQuantityList"),
            *(*_PARTIES, *_SENSORS),
        )
    ),
    "TransactionEvent": Order(
        (
            *("bizTransactionList", "parentID", "epcList", *_WHY, "quantityList"),
            *(*_PARTIES, *_SENSORS),
        )
    ),
    "TransformationEvent": Order((*_TRANSFORMED, *_SENSORS, "ilmd")),
    "AssociationEvent": Order(
        (
            *("parentID", "childEPCs", "childQuantityList", *_WHY, "bizTransactionList"),
            *(*_PARTIES, *_SENSORS),
        )
    ),
}
"""Of EPCIS 2.0, by the type of the event."""

ORDERS_1: Mapping[str, Order] = {
    "ObjectEvent": Order(
        ("epcList", *_WHY, "bizTransactionList"),
        ("quantityList", *_PARTIES, "ilmd"),
        frozenset({"epcList"}),
    ),
    "AggregationEvent": Order(
        ("parentID", "childEPCs", *_WHY, "bizTransactionList"),
        ("childQuantityList", *_PARTIES),
        frozenset({"childEPCs"}),
    ),
    "TransactionEvent": Order(
        ("bizTransactionList", "parentID", "epcList", *_WHY),
        ("quantityList", *_PARTIES),
        frozenset({"epcList"}),
    ),
    "TransformationEvent": Order((*_TRANSFORMED, "ilmd"), wrapping=("extension",)),
}
"""Of EPCIS 1.1 and 1.2, which have no AssociationEvent."""

PLACES = frozenset({"readPoint", "bizLocation"})
EPC_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
QUANTITY_LISTS = frozenset(
    {"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"}
)
TYPED_LISTS = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
"""Lists of URIs that each have a type, and what one item is called."""

_SCHEMAS = {
    Kind.EVENTS: ("epcis", "urn:epcglobal:epcis:xsd:"),
    Kind.RESULTS: ("epcisq", "urn:epcglobal:epcis-query:xsd:"),
    Kind.MASTER_DATA: ("epcismd", "urn:epcglobal:epcis-masterdata:xsd:"),
}


def schema_of(kind: Kind, version: str) -> tuple[str, str]:
    """Return the prefix and the namespace of a document's outermost element.

    >>> schema_of(Kind.EVENTS, "1.1")
    ('epcis', 'urn:epcglobal:epcis:xsd:1')
    """
    prefix, start = _SCHEMAS[kind]
    return prefix, start + version.partition(".")[0]
