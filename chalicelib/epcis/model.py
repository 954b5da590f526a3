"""Events: what happened, to what, when, where, why, and between whom (EPCIS 2.0, section 7).

An `Event` is both what a use case takes and what the ledger keeps. Keys are values of `gs1`; words
are those of the Core Business Vocabulary (CBV 2.0); what CBV has no word for is a URI of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.gs1.keys import Gln, Lgtin, Sgln, Sgtin, Sscc

Epc = Sgtin | Sscc
"""One single thing that can be moved: a serialised item or a logistic unit."""


class EventType(StrEnum):
    """EPCIS 2.0, section 7.4."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"


class Action(StrEnum):
    """ADD begins an identity or a link, DELETE ends it, OBSERVE leaves it (EPCIS 2.0, 7.3.3)."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


class BizStep(StrEnum):
    """The business steps that change state here (CBV 2.0, section 7.1), and the one for all others.

    An event that was captured names its own step; what stands here is the step whose effect it has.
    """

    COMMISSIONING = "commissioning"
    PACKING = "packing"
    UNPACKING = "unpacking"
    SHIPPING = "shipping"
    VOIDING = "void_shipping"
    RECEIVING = "receiving"
    DISPENSING = "dispensing"
    SAMPLING = "sampling"
    DESTROYING = "destroying"
    DECOMMISSIONING = "decommissioning"
    EXPORTING = "urn:packtrail:bizstep:exporting"
    FREE_SAMPLING = "urn:packtrail:bizstep:free_sampling"
    LOCKING = "urn:packtrail:bizstep:locking"
    REPORTING_STOLEN = "urn:packtrail:bizstep:reporting_stolen"
    CHECKING_OUT = "urn:packtrail:bizstep:checking_out"
    REACTIVATING = "urn:packtrail:bizstep:reactivating"
    SUSPECTING = "urn:packtrail:bizstep:suspecting"
    CONDEMNING = "urn:packtrail:bizstep:condemning"
    CLEARING = "urn:packtrail:bizstep:clearing"
    RETURNING_NUMBERS = "urn:packtrail:bizstep:returning_numbers"
    TRANSFORMING = "urn:packtrail:bizstep:transforming"
    OBSERVING = "urn:packtrail:bizstep:observing"


DISPOSITIONS = {
    BizStep.COMMISSIONING: "active",
    BizStep.PACKING: "in_progress",
    BizStep.UNPACKING: "in_progress",
    BizStep.SHIPPING: "in_transit",
    BizStep.RECEIVING: "in_progress",
    BizStep.DISPENSING: "dispensed",
    BizStep.SAMPLING: "inactive",
    BizStep.DESTROYING: "destroyed",
    BizStep.DECOMMISSIONING: "inactive",
    BizStep.EXPORTING: "inactive",
    BizStep.FREE_SAMPLING: "inactive",
    BizStep.LOCKING: "non_sellable_other",
    BizStep.REPORTING_STOLEN: "stolen",
    BizStep.CHECKING_OUT: "inactive",
    BizStep.REACTIVATING: "active",
    BizStep.SUSPECTING: "non_sellable_other",
    BizStep.CONDEMNING: "non_sellable_other",
    BizStep.CLEARING: "active",
    BizStep.RETURNING_NUMBERS: "inactive",
    BizStep.VOIDING: "in_progress",
    BizStep.TRANSFORMING: "active",
    BizStep.OBSERVING: "unknown",
}
"""The disposition that each step leaves behind (CBV 2.0, section 7.2)."""


DOCUMENT_TYPES = frozenset(
    {
        "bol",
        "cert",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
        "testprd",
        "testres",
        "upevt",
    }
)
"""What documents are called that a standard has a word for (CBV 2.0, section 7.3)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A commercial document that an event belongs to (bizTransaction).

    Attributes:
        type: CBV 2.0, section 7.3: `po`, `desadv`, `inv`, …, or a URI.
        id: as its issuer writes it.
    """

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many items of one lot."""

    lgtin: Lgtin
    count: int


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What of a shipment an event settles: it arrives, is called back, or is withdrawn.

    Attributes:
        shipment: id of the shipping event, a bare UUID.
        things: how many of the things that the shipment names are settled now: those that the
            event names, and those whose last known goods it takes out.
        goods: how many of which lots.
    """

    shipment: str
    things: int
    goods: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True)
class Captured:
    """What a captured event says besides what `Event` holds, as its sender spelled it.

    Attributes:
        object: its JSON-LD object (see `document`) without the EPCs that `Event` holds; with
            `eventID` if the sender gave one.
        id: URI of the event: the sender's, else its event hash (CBV 2.0, section 8.9.2).
        prefixes: company prefixes of the EPCs that were spelled as EPC URN.
        spellings: by plain key, EPCs spelled in neither the usual URN nor the canonical link.
    """

    object: Mapping[str, Any]
    id: str
    prefixes: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)

    def spell(self, epc: Epc) -> str:
        """Return an EPC as the sender spelled it."""
        if text := self.spellings.get(str(epc)):
            return text
        digits = epc.digits if isinstance(epc, Sscc) else epc.gtin.digits
        for prefix in self.prefixes:
            if digits.startswith(prefix, 1):
                return epc.urn(len(prefix))
        return epc.digital_link()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        biz_step: why.
        event_time: when it happened, aware, in the offset of the place.
        epcs: the items or logistic units it happened to; the children of an aggregation. Empty
            for an unpacking of all.
        parent: the container of an aggregation.
        by: the party whose goods' custodian did it.
        read_point: where it was seen.
        biz_location: where the goods are afterwards.
        source: possessing party before a hand-over.
        destination: possessing party after it.
        documents: what it belongs to.
        lot: instance data of a commissioning (AI 10).
        expiry: instance data of a commissioning, last day of use (AI 17).
        reason: why, in the words of who did it.
        goods: how many of which lots were concerned, everything inside counted; of a
            transformation what it made, less what it consumed. Known once the event has been
            decided.
        fulfils: which shipments a receiving or void_shipping settles, as `goods`; what its
            withdrawal takes back counts below zero.
        withdraws: URI under which the event stands that it declares an error; known once it has
            been decided.
        captured: what its sender said besides.
    """

    biz_step: BizStep
    event_time: datetime
    by: Gln
    epcs: tuple[Epc, ...] = ()
    parent: Epc | None = None
    read_point: Sgln | None = None
    biz_location: Sgln | None = None
    source: Gln | None = None
    destination: Gln | None = None
    documents: tuple[Document, ...] = ()
    lot: str | None = None
    expiry: date | None = None
    reason: str | None = None
    goods: tuple[Quantity, ...] = field(default=())
    fulfils: tuple[Fulfilment, ...] = ()
    withdraws: str = ""
    captured: Captured | None = None

    @property
    def type(self) -> EventType:
        """An aggregation links children to a parent; everything else is an object event."""
        if self.captured:
            return EventType(self.captured.object["type"])
        return EventType.AGGREGATION if self.biz_step in _LINKS else EventType.OBJECT

    @property
    def declares(self) -> bool:
        """Whether it declares the event that it repeats an error (EPCIS 2.0, 7.4.1.2)."""
        return self.captured is not None and "errorDeclaration" in self.captured.object

    def made(self, *epcs: Epc) -> "Event":
        """Return a transformation that tells of some of what it made, and not what of."""
        if self.captured is None:
            raise ValueError("a transformation is captured")
        kept = {name: each for name, each in self.captured.object.items() if name not in _MIXED}
        return replace(self, epcs=epcs, captured=replace(self.captured, object=kept))

    @property
    def action(self) -> Action:
        """What the step does to identity or link."""
        if self.biz_step in (BizStep.COMMISSIONING, BizStep.PACKING):
            return Action.ADD
        if self.biz_step in _ENDS:
            return Action.DELETE
        return Action.OBSERVE

    @property
    def disposition(self) -> str:
        """The condition of the goods afterwards."""
        return DISPOSITIONS[self.biz_step]


_MIXED = frozenset(
    {"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID"}
)
_LINKS = frozenset({BizStep.PACKING, BizStep.UNPACKING})
_ENDS = frozenset(
    {
        BizStep.UNPACKING,
        BizStep.DESTROYING,
        BizStep.DECOMMISSIONING,
        BizStep.SAMPLING,
        BizStep.EXPORTING,
        BizStep.FREE_SAMPLING,
        BizStep.CHECKING_OUT,
        BizStep.RETURNING_NUMBERS,
    }
)
