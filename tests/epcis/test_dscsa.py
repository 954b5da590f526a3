"""Writing a transaction of the US pharmaceutical trade."""

from chalicelib.epcis.dscsa import LEGAL_NOTICE, NAMESPACE, step_of, transaction_document
from tests.epcis.transactions import BUYER, EVENTS, MESSAGE, PRODUCT, SELLER


def test_the_document_is_of_epcis_1_2_with_who_sends_to_whom() -> None:
    made = transaction_document(EVENTS, seller=SELLER, buyer=BUYER, message=MESSAGE)

    assert made.version == "1.2"
    assert made.header["sender"] == "urn:epc:id:sgln:030001.111124.0"
    assert made.header["receiver"] == "urn:epc:id:sgln:039999.999929.0"
    identification = made.header["sbdh"]["DocumentIdentification"]
    assert identification["InstanceIdentifier"] == MESSAGE.instance
    assert made.header["sbdh"]["Sender"]["Identifier"]["@Authority"] == "SGLN"


def test_the_statement_stands_in_the_header_in_the_namespace_of_gs1_us() -> None:
    made = transaction_document(EVENTS, seller=SELLER, buyer=BUYER, message=MESSAGE)

    assert made.namespaces == {"gs1ushc": NAMESPACE}
    assert made.header["gs1ushc:dscsaTransactionStatement"] == {
        "gs1ushc:affirmTransactionStatement": "true",
        "gs1ushc:legalNotice": LEGAL_NOTICE,
    }
    assert "gs1ushc:directPurchase" not in made.header


def test_events_are_told_in_the_order_of_life() -> None:
    made = transaction_document(
        reversed(EVENTS), seller=SELLER, buyer=BUYER, message=MESSAGE, direct_purchase=True
    )

    assert [step_of(event) for event in made.events] == ["commissioning", "packing", "shipping"]
    assert made.header["gs1ushc:directPurchase"] == "true"


def test_products_seller_and_buyer_are_master_data() -> None:
    made = transaction_document(
        EVENTS, seller=SELLER, buyer=BUYER, message=MESSAGE, products=[PRODUCT], places=[BUYER]
    )

    classes, places = made.vocabularies
    attributes = classes["vocabularyElementList"][0]["attributes"]
    assert {
        "id": "urn:epcglobal:cbv:mda#additionalTradeItemIdentificationTypeCode",
        "attribute": "FDA_NDC_11",
    } in attributes
    assert [each["id"] for each in places["vocabularyElementList"]] == [SELLER.uri, BUYER.uri]


def test_a_step_is_known_in_every_spelling() -> None:
    spellings = ("shipping", "urn:epcglobal:cbv:bizstep:shipping", "cbv:BizStep-shipping")

    assert {step_of({"bizStep": each}) for each in spellings} == {"shipping"}
    assert step_of({"bizStep": 7}) == step_of({}) == ""
