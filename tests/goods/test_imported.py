"""Numbers from elsewhere that a format of ours spells too: never on two packs."""

from tests.harness.aws import forget
from tests.harness.network import GTIN, LOT, Network


def test_a_number_that_came_from_elsewhere_is_not_commissioned_again_when_we_issue_it(
    network: Network,
) -> None:
    before = network.aws.save()
    (ours, *_) = network.serials(20)
    network.aws.restore(before)
    forget()
    body = {"gtin": GTIN, "lot": LOT}
    network.post("acme-line", "/v1/commissioning", {**body, "serials": [ours]})

    issued = network.serials(40)
    reply = network.ask("acme-line", "POST", "/v1/commissioning", {**body, "serials": issued})

    assert issued[0] == ours
    assert (reply.status, reply["code"]) == (409, "already_commissioned")
    assert [error["pointer"] for error in reply["errors"]] == ["/serials/0"]
    network.post("acme-line", "/v1/commissioning", {**body, "serials": issued[1:]})
