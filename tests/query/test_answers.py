"""Events as they are asked for: JSON-LD and XML, EPCs and words spelled so."""

import pytest
from lxml import etree

from tests.harness.network import Network
from tests.query.world import events, happened


@pytest.fixture
def recorded(network: Network) -> Network:
    happened(network)
    return network


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        ("Always_GS1_Digital_Link", "https://id.gs1.org/00/"),
        ("Always_EPC_URN", "urn:epc:id:sscc:"),
        ("Never_Translates", "https://id.gs1.org/00/"),
    ],
)
def test_epcs_are_spelled_as_asked(recorded: Network, asked: str, start: str) -> None:
    reply = recorded.ask(
        "acme-line", "GET", "/events?EQ_bizStep=shipping", headers={"GS1-EPC-Format": asked}
    )

    (event,) = events(reply)
    assert event["epcList"][0].startswith(start)


@pytest.mark.parametrize(
    ("headers", "step"),
    [
        ({}, "urn:epcglobal:cbv:bizstep:shipping"),
        ({"GS1-CBV-XML-Format": "Always_Web_URI"}, "https://ref.gs1.org/cbv/BizStep-shipping"),
        ({"GS1-EPCIS-Version": "1.2"}, "urn:epcglobal:cbv:bizstep:shipping"),
    ],
)
def test_xml_is_answered_in_the_version_and_with_the_words_asked_for(
    recorded: Network, headers: dict[str, str], step: str
) -> None:
    asked = {"Accept": "application/xml", **headers}

    reply = recorded.ask("acme-line", "GET", "/events?EQ_bizStep=shipping", headers=asked)

    root = etree.fromstring(reply.body.encode())
    assert root.get("schemaVersion") == headers.get("GS1-EPCIS-Version", "2.0")
    assert [each.text for each in root.iter("bizStep")] == [step]


def test_before_2_0_an_epc_is_its_urn(recorded: Network) -> None:
    asked = {"Accept": "application/xml", "GS1-EPCIS-Version": "1.2"}

    reply = recorded.ask("acme-line", "GET", "/events?EQ_bizStep=shipping", headers=asked)

    root = etree.fromstring(reply.body.encode())
    assert [each.text.startswith("urn:epc:id:sscc:") for each in root.iter("epc")] == [True]
