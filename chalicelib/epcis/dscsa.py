"""Transaction information and transaction statement of the US pharmaceutical trade.

The Drug Supply Chain Security Act (21 USC 360eee) wants both with every change of ownership. The
trade sends them as GS1 US profiles EPCIS 1.2: commissioning, packing and shipping in one document,
who sends to whom in its business header, products and parties as master data, and the statement in
a header extension.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.epcis.document import EpcisDocument, EventObject, Kind
from chalicelib.epcis.masterdata import (
    Address,
    PartyEntry,
    PlaceEntry,
    ProductEntry,
    attributes_of_address,
    vocabularies,
)
from chalicelib.gs1.keys import Gtin, Sgln

NAMESPACE = "http://epcis.gs1us.org/hc/ns"
"""Of the statement; its customary prefix is `gs1ushc`."""

LEGAL_NOTICE = "Seller has complied with each applicable subsection of FDCA Sec. 581(27)(A)-(G)."
"""The statement in the words that GS1 US gives it."""

STATEMENT = "gs1ushc:dscsaTransactionStatement"
AFFIRMATION = "gs1ushc:affirmTransactionStatement"
NOTICE = "gs1ushc:legalNotice"
DIRECT_PURCHASE = "gs1ushc:directPurchase"

_STEPS = ("commissioning", "packing", "shipping")


def product(
    gtin: Gtin,
    *,
    name: str,
    ndc: str,
    strength: str,
    dosage_form: str,
    container_size: str,
    manufacturer: str,
    uri: str = "",
) -> ProductEntry:
    """Return what transaction information says of a product.

    Args:
        gtin: of the package or the case.
        name: proprietary or established name.
        ndc: National Drug Code in its eleven-digit form.
        strength: such as `100mg`.
        dosage_form: such as `PILL`.
        container_size: such as `500 pills`.
        manufacturer: its name.
        uri: the pattern of its serials, where the length of the company prefix is known.
    """
    attributes = {
        "additionalTradeItemIdentification": ndc,
        "additionalTradeItemIdentificationTypeCode": "FDA_NDC_11",
        "regulatedProductName": name,
        "manufacturerOfTradeItemPartyName": manufacturer,
        "dosageFormType": dosage_form,
        "strengthDescription": strength,
        "netContentDescription": container_size,
    }
    return ProductEntry(uri, attributes, key=gtin)


def place(key: Sgln, name: str, address: Address, *, uri: str = "") -> PlaceEntry:
    """Return a seller, a buyer or a site of theirs: the profile names all three by SGLN."""
    return PlaceEntry(uri, attributes_of_address(name, address), key=key)


@dataclass(frozen=True, slots=True)
class Message:
    """What a document says of itself.

    Attributes:
        instance: identifier of this very document, such as `urn:uuid:…`.
        created: when it was made, ISO 8601 with offset.
    """

    instance: str
    created: str


def transaction_document(
    events: Iterable[EventObject],
    *,
    seller: PlaceEntry,
    buyer: PlaceEntry,
    message: Message,
    products: Sequence[ProductEntry] = (),
    places: Sequence[PlaceEntry] = (),
    parties: Sequence[PartyEntry] = (),
    affirmed: bool = True,
    direct_purchase: bool | None = None,
) -> EpcisDocument:
    """Return transaction information and statement as one document of EPCIS 1.2.

    Nothing is refused: `read_transaction` of the document tells what it lacks.

    Args:
        events: commissioning, packing and shipping; told in this order whatever order they have,
            so that a reader knows each unit before it is packed and shipped.
        seller: who gives up ownership; the sender.
        buyer: who gains it; the receiver.
        message: what the document says of itself.
        products: of all units.
        places: besides seller and buyer, such as where it was shipped from.
        parties: those that events name by PGLN.
        affirmed: whether the seller affirms the statement.
        direct_purchase: whether the seller bought from the manufacturer; None to say nothing.
    """
    named = {entry.key: entry for entry in (seller, buyer, *places)}
    listed = vocabularies(products, parties, named.values())
    sender, receiver = (_uri_of(each) for each in (seller, buyer))
    header: dict[str, Any] = {
        "sender": sender,
        "receiver": receiver,
        "instanceIdentifier": message.instance,
        "sbdh": _business_header(sender, receiver, message),
        STATEMENT: {AFFIRMATION: "true" if affirmed else "false", NOTICE: LEGAL_NOTICE},
    }
    if direct_purchase is not None:
        header[DIRECT_PURCHASE] = "true" if direct_purchase else "false"
    return EpcisDocument(
        events=sorted(events, key=_rank),
        kind=Kind.EVENTS,
        version="1.2",
        created=message.created,
        header=header,
        vocabularies=listed,
        namespaces={"gs1ushc": NAMESPACE},
    )


def step_of(event: EventObject) -> str:
    """Return the bare word of an event's business step; empty when it has none."""
    step = event.get("bizStep")
    return step.replace("-", ":").rpartition(":")[2] if isinstance(step, str) else ""


def _rank(event: EventObject) -> int:
    step = step_of(event)
    return _STEPS.index(step) if step in _STEPS else 1


def _uri_of(entry: PlaceEntry) -> str:
    listed: Mapping[str, Any] = vocabularies(places=[replace(entry, parent=None)])[0]
    uri: str = listed["vocabularyElementList"][0]["id"]
    return uri


def _business_header(sender: str, receiver: str, message: Message) -> dict[str, Any]:
    """Return the header of UN/CEFACT in the form that GS1 gives it for EPCIS 1.2 (section 9.5)."""
    return {
        "HeaderVersion": "1.0",
        "Sender": {"Identifier": {"@Authority": "SGLN", "#text": sender}},
        "Receiver": {"Identifier": {"@Authority": "SGLN", "#text": receiver}},
        "DocumentIdentification": {
            "Standard": "EPCglobal",
            "TypeVersion": "1.0",
            "InstanceIdentifier": message.instance,
            "Type": "Events",
            "CreationDateAndTime": message.created,
        },
    }
