"""Recalls, legs, deliveries and notices for tests."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.epcis.model import Document
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.keys import Gln, Gtin, Lgtin
from chalicelib.recall.model.notice import Affected, Notice, Told, notice_id
from chalicelib.recall.model.recall import (
    Cascade,
    Classification,
    Covered,
    Leg,
    Recall,
    Stage,
)
from chalicelib.trace.model import Delivery

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
RECALL = "0123456789abcdef0123456789abcd00"


def gln(number: int) -> Gln:
    """Return the GLN of a party: 1 acme, 2 meddist, 3 citypharm, 4 ruralpharm, others nobody."""
    digits = f"952{number:09}"
    return Gln(digits + check_digit(digits))


ACME, MEDDIST, CITYPHARM, RURALPHARM, CLINIC = (gln(number) for number in range(1, 6))
NAMES = {ACME: "acme", MEDDIST: "meddist", CITYPHARM: "citypharm", RURALPHARM: "ruralpharm"}

GTIN = Gtin.parse("09506000134352")
OTHER_GTIN = Gtin.parse("09521000000018")
LOT = Lgtin.of(GTIN, "L1")
SECOND_LOT = Lgtin.of(GTIN, "L2")


def a_recall(*lots: Lgtin, **changes: Any) -> Recall:
    recall = Recall(
        id=RECALL,
        organisation="acme",
        owner=ACME,
        scope=tuple(Covered(lgtin) for lgtin in lots or (LOT,)),
        reason="glass particles",
        classification=Classification.I,
        cascade=Cascade.AUTO,
        opened=AT,
        opened_by="acme-quality",
        fingerprint="f",
    )
    return replace(recall, **changes)


def a_leg(shipper: Gln = ACME, tier: int = 1, stage: Stage = Stage.REQUESTED) -> Leg:
    return Leg(RECALL, shipper, NAMES[shipper], tier, stage)


def a_delivery(
    party: Gln = MEDDIST,
    quantity: int = 10,
    number: int = 1,
    *,
    lgtin: Lgtin = LOT,
    shipper: Gln = ACME,
    documents: Iterable[str] = (),
) -> Delivery:
    return Delivery(
        lgtin,
        shipper,
        party,
        quantity,
        f"urn:uuid:00000000-0000-8000-8000-{number:010}00",
        AT.replace(minute=number % 60),
        tuple(Document("desadv", each) for each in documents),
    )


def affected(quantity: int = 10, deliveries: int = 1, lgtin: Lgtin = LOT, **more: Any) -> Affected:
    return Affected(lgtin, quantity, deliveries, **more)


def a_notice(party: Gln = MEDDIST, shipper: Gln = ACME, **changes: Any) -> Notice:
    notice = Notice(
        id=notice_id(RECALL, shipper, party),
        recall=RECALL,
        tier=1,
        shipper=shipper,
        sender=NAMES[shipper],
        party=party,
        organisation=NAMES.get(party, ""),
        lots=(affected(),),
        status=Told.PENDING,
        run="r1",
        revision=1,
        updated=AT,
    )
    return replace(notice, **changes)
