"""Subscriptions made of nothing."""

from typing import Any

from chalicelib.gs1.keys import Gln
from chalicelib.http.epcis import EpcFormat
from chalicelib.query.subscriptions.model import Subscription
from tests.harness.network import AT

ACME = Gln("9521000000018")


def a_subscription(**changed: Any) -> Subscription:
    """Return a subscription to a stream, changed where a test wants."""
    usual: dict[str, Any] = {
        "id": "4cbdcafb-9568-894b-b273-9a52849d0c00",
        "organisation": "acme",
        "gln": ACME,
        "client": "acme-quality",
        "query_name": "mine",
        "query": '{"EQ_bizStep": ["shipping"]}',
        "url": "https://epcis.example.com/heard",
        "token": "",
        "schedule": None,
        "report_if_empty": False,
        "initial": AT,
        "created": AT,
        "epc_format": EpcFormat.DIGITAL_LINK,
    }
    return Subscription(**usual | changed)
