"""A transaction document that one deployment makes is what another one expects and receives."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.access.model import Role
from chalicelib.directory.clients import ClientStore
from chalicelib.directory.model import Organisation
from chalicelib.directory.store import Directory
from chalicelib.directory.usecases import seed
from chalicelib.gs1.epc import parse_epc
from chalicelib.gs1.keys import Gln, Sgln
from tests.harness.aws import Aws, forget
from tests.harness.network import AT, EXPIRY, GTIN, LOT, ORGANISATIONS, SECRET, Network, gln
from tests.harness.streams import Streams
from tests.shared_data import path
from tests.shipments.sellers import fetch, pallet, stated, tell

SAMPLE = "dscsa-epcis-samples/epcis-parser-ISC/cardinal_health.1.2.xml"
BUYER = "urn:epc:id:sgln:039999.999929.0"


class Elsewhere(Network):
    """Another deployment, in which the seller is nobody."""

    def join(self, name: str, its_gln: str) -> None:
        """Make an organisation and its clients."""
        seed(
            Organisation(name, Gln(its_gln), name, (), False),
            {role.value: [role] for role in Role},
            secret=SECRET,
            at=AT,
            directory=Directory(),
            clients=ClientStore(),
        )

    def captured(self, xml: str, who: str) -> Any:
        """Capture a document, and let the workers and streams do their work."""
        headers = {"Content-Type": "application/xml"}
        place = self.ask(who, "POST", "/capture", xml, headers=headers).headers["Location"]
        self.settle()
        return self.get(who, place).body

    def settle(self) -> None:
        import app

        Streams(self.aws, app.app).settle()

    def inbox(self, who: str) -> Any:
        self.settle()
        return self.get(who, "/v1/inbox")["shipments"]

    def things(self, who: str, shipment: str, inside: str = "") -> Iterator[tuple[str, str]]:
        """Yield everything in a shipment with what it is in, level by level."""
        query = f"&inside={inside}" if inside else ""
        answer = self.get(who, f"/v1/inbox/{shipment}/things?limit=500{query}")
        for each in answer["things"]:
            yield each["epc"], inside
            if "/00/" in each["epc"] or "30355154" in each["epc"]:
                yield from self.things(who, shipment, each["epc"])


def elsewhere(aws: Aws) -> Elsewhere:
    """Forget everything, and begin a deployment without anybody in it."""
    aws.empty()
    forget()
    return Elsewhere(aws)


def test_exactly_the_goods_that_were_shipped_are_expected_and_received(network: Network) -> None:
    tell()
    sent = pallet(network)
    stated(network, sent["id"], directPurchase=True)
    xml = fetch(network, sent["id"]).body

    other = elsewhere(network.aws)
    with other.open():
        other.join("meddist", ORGANISATIONS["meddist"][0])
        job = other.captured(xml, "meddist-warehouse")
        (found,) = other.inbox("meddist-warehouse")
        things = dict(other.things("meddist-warehouse", found["id"]))
        received = [epc for epc, inside in things.items() if not inside]
        other.received(received, "meddist")
        (afterwards,) = other.inbox("meddist-warehouse")
        unit = other.get("meddist-warehouse", f"/v1/units/{GTIN}/{sent['units'][0][-12:]}")
        again = other.captured(xml, "meddist-warehouse")

    assert (job["success"], job["recorded"], job["errors"]) == (True, 5, [])
    assert (found["from"], found["received"], found["units"]) == (gln("acme"), "none", 11)
    assert [(lot["gtin"], lot["lot"], lot["expiry"]) for lot in found["lots"]] == [
        (GTIN, LOT, EXPIRY)
    ]
    assert found["eventId"] == f"urn:uuid:{sent['id']}"
    assert [each["type"] for each in found["documents"]] == ["po"]
    statement = found["statement"]
    assert (statement["affirmed"], statement["directPurchase"], statement["lacking"]) == (
        True, True, [],
    )  # fmt: skip
    cases = dict.fromkeys(sent["cases"], sent["pallet"])
    wanted = {sent["pallet"]: "", **cases}
    wanted |= dict.fromkeys(sent["units"][:5], sent["cases"][0])
    wanted |= dict.fromkeys(sent["units"][5:9], sent["cases"][1])
    wanted |= dict.fromkeys(sent["units"][9:], "")
    assert things == wanted
    assert (afterwards["received"], afterwards["lots"][0]["short"]) == ("all", 0)
    assert (unit["lot"], unit["holder"]) == (LOT, gln("meddist"))
    assert (again["recorded"], again["repeated"]) == (0, 5)


def test_goods_that_go_on_are_told_of_as_the_first_seller_told(network: Network) -> None:
    tell()
    sent = pallet(network)
    stated(network, sent["id"])
    first = fetch(network, sent["id"]).body

    other = elsewhere(network.aws)
    with other.open():
        for name in ("meddist", "citypharm"):
            other.join(name, ORGANISATIONS[name][0])
        other.captured(first, "meddist-warehouse")
        other.received([sent["pallet"]], "meddist")
        tell("meddist", "citypharm", keeper="meddist")
        event = other.shipped([sent["cases"][0]], "meddist", "citypharm")["eventId"][9:]
        other.put("meddist-warehouse", f"/v1/shipments/{event}/statement", {"affirmed": True})
        second = fetch(other, event, "citypharm-warehouse").body

    third = elsewhere(network.aws)
    with third.open():
        third.join("citypharm", ORGANISATIONS["citypharm"][0])
        third.captured(second, "citypharm-warehouse")
        (found,) = third.inbox("citypharm-warehouse")
        things = dict(third.things("citypharm-warehouse", found["id"]))

    commissioning = first[first.index("<ObjectEvent") :].partition("</ObjectEvent>")[0]
    for told in ("<eventTime>", "<readPoint>", "<ilmd>"):
        piece = commissioning[commissioning.index(told) :].partition("</")[0]
        assert piece in second
    assert found["statement"]["lacking"] == []
    wanted = {sent["cases"][0]: "", **dict.fromkeys(sent["units"][:5], sent["cases"][0])}
    assert things == wanted


@pytest.mark.usefixtures("network")
def test_the_published_transaction_comes_into_the_inbox(aws: Aws) -> None:
    sample = path(SAMPLE).read_text("utf-8")
    buyer = parse_epc(BUYER)
    assert isinstance(buyer, Sgln)
    destination = (
        '</sourceList><destinationList><destination type="urn:epcglobal:cbv:sdt:owning_party">'
        f"{BUYER}</destination></destinationList>"
    )  # which the sample leaves to its header

    other = elsewhere(aws)
    with other.open():
        other.join("buyer", buyer.gln.digits)
        job = other.captured(sample.replace("</sourceList>", destination), "buyer-warehouse")
        (found,) = other.inbox("buyer-warehouse")
        things = dict(other.things("buyer-warehouse", found["id"]))
        other.received(["https://id.gs1.org/01/30355154944955/21/40072894693743"], "buyer")
        (afterwards,) = other.inbox("buyer-warehouse")

    assert (job["success"], job["recorded"]) == (True, 3)
    assert (found["from"], found["units"], found["received"]) == ("0300011111246", 5, "none")
    assert [(lot["gtin"], lot["lot"], lot["shipped"]) for lot in found["lots"]] == [
        ("00355154944954", "PR456", 4),
        ("30355154944955", "PR456", 1),
    ]
    assert (found["statement"]["affirmed"], found["statement"]["lacking"]) == (True, [])
    assert sorted(each["type"] for each in found["documents"]) == ["inv", "po"]
    assert len(things) == 5
    assert afterwards["received"] == "all"
