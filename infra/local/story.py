"""The whole story through the public API: from a serial number to a recall.

    python -m infra.local story --url http://127.0.0.1:8000

A packaging line asks for serial numbers and commissions a lot, packs cases and a pallet; the
pallet goes to a distributor, who verifies and receives it and ships cases on to two pharmacies;
one of them dispenses a pack. Then quality assurance recalls the lot: every affected party is told,
tier by tier, and verification refuses from that moment.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chalicelib.gs1.checkdigit import check_digit
from infra.local.cast import Cast, StoryFailed, Tokens
from infra.local.receiver import Receiver
from infra.local.seed import MEMBERS

GTIN = "09521000123458"
PRODUCT = "Examplin 20 mg, 30 tablets"
EXPIRY = "2031-06-30"
UNITS, PER_CASE = 60, 10
_PREFIX = "9521000"  # acme's GS1 company prefix
_TOLD_WITHIN_SECONDS = 60.0
GLN = {member.id: member.gln for member in MEMBERS}
NAME = {member.id: member.name for member in MEMBERS}

T = TypeVar("T")
Tell = Callable[[str, str], None]
"""Given who did something and what, tell it."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What one story is about: its lot and its logistic units, never used before."""

    fresh: str

    @property
    def lot(self) -> str:
        """The lot."""
        return f"LOT-{self.fresh}"

    def sscc(self, number: int) -> str:
        """Return one of a hundred SSCCs."""
        payload = f"0{_PREFIX}{self.fresh}{number:02}"
        return payload + check_digit(payload)


@dataclass(slots=True)
class StoryResult:
    """What came of a story.

    Attributes:
        lot: of the goods.
        gtin: of the product.
        serials: all units, in the order in which they were numbered.
        pallet: its SSCC.
        cases: their SSCCs.
        dispensed: serial of the unit that was dispensed.
        recall: id.
        told: organisations that were told of the recall, and of how many units.
        seconds: how long all took.
    """

    lot: str
    gtin: str = GTIN
    serials: list[str] = field(default_factory=list)
    pallet: str = ""
    cases: list[str] = field(default_factory=list)
    dispensed: str = ""
    recall: str = ""
    told: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def freshness() -> str:
    """Return what no story had before: seven digits."""
    return f"{secrets.randbelow(10**7):07}"


def play(
    base_url: str,
    *,
    fresh: str,
    tell: Tell,
    tokens: Tokens | None = None,
    webhooks: bool = True,
) -> StoryResult:
    """Play the story against a running Packtrail.

    Args:
        base_url: of the API.
        fresh: seven digits of which the lot and the logistic units are made; see `freshness`.
        tell: hears of each step when it is done.
        tokens: how clients get their tokens; see `Cast`.
        webhooks: whether parties are told by webhooks to this process, which only a Packtrail on
            this machine may call. Otherwise they look for their notices themselves.

    Raises:
        StoryFailed: something was answered otherwise than the story tells.
    """
    began = time.perf_counter()
    goods = Goods(fresh)
    result = StoryResult(goods.lot)
    cast = Cast(base_url, fresh=fresh, tokens=tokens)
    try:
        _produce(cast, goods, result, tell)
        _distribute(cast, goods, result, tell)
        with _listening(cast, enabled=webhooks) as receiver:
            _recall(cast, goods, result, receiver, tell)
    finally:
        cast.close()
    result.seconds = time.perf_counter() - began
    return result


def _produce(cast: Cast, goods: Goods, result: StoryResult, tell: Tell) -> None:
    """From master data to a pallet."""
    cast.put("acme-admin", f"/v1/products/{GTIN}", {"name": PRODUCT, "category": "medicine"})
    lot = {"expiry": EXPIRY}
    cast.put("acme-quality", f"/v1/lots/{GTIN}/{goods.lot}", lot)
    tell("acme", f"registers {PRODUCT} and lot {goods.lot}, good until {EXPIRY}")

    asked = {"gtin": GTIN, "count": UNITS, "line": "L1"}
    block = cast.post("acme-line", "/v1/serials/blocks", asked)
    page = cast.get("acme-line", f"/v1/serials/blocks/{block['id']}/numbers?limit={UNITS}")
    result.serials = list(page["numbers"])
    tell("acme", f"line L1 asks for {UNITS} serial numbers: {result.serials[0]}, …")

    units = {"gtin": GTIN, "lot": goods.lot, "serials": result.serials}
    cast.post("acme-line", "/v1/commissioning", units)
    tell("acme", f"commissions {UNITS} units")

    for number, start in enumerate(range(0, UNITS, PER_CASE), start=1):
        case = goods.sscc(number)
        inside = [link(serial) for serial in result.serials[start : start + PER_CASE]]
        cast.post("acme-line", "/v1/packing", {"parent": f"(00){case}", "children": inside})
        result.cases.append(case)
    result.pallet = goods.sscc(99)
    cases = [f"(00){case}" for case in result.cases]
    packing = {"parent": f"(00){result.pallet}", "children": cases}
    cast.post("acme-line", "/v1/packing", packing)
    tell("acme", f"packs {len(cases)} cases, and these on pallet {result.pallet}")


def _distribute(cast: Cast, goods: Goods, result: StoryResult, tell: Tell) -> None:
    """From the manufacturer to a patient."""
    pallet = f"(00){result.pallet}"
    documents = [{"type": "po", "id": f"PO-{goods.fresh}"}, _advice("DA", goods)]
    shipping = {"epcs": [pallet], "to": GLN["meddist"], "documents": documents}
    cast.post("acme-warehouse", "/v1/shipping", shipping)
    tell("acme", f"ships the pallet to {NAME['meddist']}, despatch advice DA-{goods.fresh}")

    scan = f"(01){GTIN}(21){result.serials[0]}(17){EXPIRY[2:].replace('-', '')}(10){goods.lot}"
    verdict = _verify(cast, "meddist-warehouse", {"scan": scan})
    _expect(verdict["verified"], f"the scan to be verified, found {verdict}")
    tell("meddist", f"verifies a pack by its scan: {scan}")
    cast.post("meddist-warehouse", "/v1/receiving", {"epcs": [pallet]})
    tell("meddist", "receives the pallet with all that is in it")

    for party, cases in (("citypharm", result.cases[:3]), ("ruralpharm", result.cases[3:5])):
        epcs = [f"(00){case}" for case in cases]
        advice = [_advice(f"MD-{party}", goods)]
        shipping = {"epcs": epcs, "to": GLN[party], "documents": advice}
        cast.post("meddist-warehouse", "/v1/shipping", shipping)
        cast.post(f"{party}-warehouse", "/v1/receiving", {"epcs": epcs})
        tell(party, f"receives {len(cases)} cases from {NAME['meddist']}")

    result.dispensed = result.serials[0]
    cast.post("citypharm-warehouse", "/v1/dispensing", {"epcs": [link(result.dispensed)]})
    tell("citypharm", f"dispenses {result.dispensed}")


def _advice(prefix: str, goods: Goods) -> dict[str, str]:
    return {"type": "desadv", "id": f"{prefix}-{goods.fresh}"}


def _recall(
    cast: Cast, goods: Goods, result: StoryResult, receiver: Receiver | None, tell: Tell
) -> None:
    """From a bad result in the laboratory to the last acknowledgement."""
    order = {
        "scope": {"lots": [{"gtin": GTIN, "lot": goods.lot}]},
        "reason": "Impurity above the limit",
        "classification": "II",
    }
    result.recall = cast.post("acme-quality", "/v1/recalls", order)["id"]
    tell("acme", f"recalls lot {goods.lot}, class II: {order['reason']}")

    claim = {"gtin": GTIN, "serial": result.serials[1]}
    verdict = _verify(cast, "citypharm-warehouse", claim)
    _expect(verdict["recalled"] and not verdict["verified"], f"a recalled pack, found {verdict}")
    tell("citypharm", f"verifies {result.serials[1]} at that moment: refused, recalled")
    onward = {"epcs": [f"(00){result.cases[5]}"], "to": GLN["ruralpharm"]}
    cast.post("meddist-warehouse", "/v1/shipping", onward, expect=409)
    tell("meddist", "tries to ship the last case on: refused, recalled")

    for party in ("meddist", "citypharm", "ruralpharm"):
        notice = _notice(cast, party, result.recall, receiver)
        quantity = sum(lot["quantity"] for lot in notice["lots"])
        result.told[party] = quantity
        how = "by signed webhook" if receiver else "and finds its notice"
        tell(party, f"is told {how}: {quantity} units, sent by {_name(notice['shipper'])}")
        path = f"/v1/recalls/{result.recall}/notices/{_id(notice)}/acknowledgement"
        answer = {"quantityOnHand": quantity - (party == "citypharm"), "comment": "In quarantine"}
        cast.post(f"{party}-quality", path, answer, expect=200)
    status = _eventually(
        lambda: _acknowledged(cast, result.recall), "every party's acknowledgement"
    )
    tell("acme", f"sees the recall {status}, every party's goods accounted for")


def _notice(cast: Cast, party: str, recall: str, receiver: Receiver | None) -> Any:
    """Return what a party is told."""
    if receiver:
        received = receiver.wait_for(party, recall=recall, seconds=_TOLD_WITHIN_SECONDS)
        _expect(received is not None, f"{party} to be told, found no webhook")
        return received.data if received else None

    def found() -> Any:
        page = cast.get(f"{party}-quality", f"/v1/recalls/{recall}/notices")
        mine = [each for each in page["notices"] if each["party"] == GLN[party]]
        return mine[0] if mine else None

    return _eventually(_patient(found), f"a notice for {party}")


def _patient(look: Callable[[], T | None]) -> Callable[[], T | None]:
    """Take a refusal for nothing yet: who is not concerned so far is told that there is nothing."""

    def looked() -> T | None:
        try:
            return look()
        except StoryFailed:
            return None

    return looked


def _acknowledged(cast: Cast, recall: str) -> str | None:
    status = cast.get("acme-quality", f"/v1/recalls/{recall}")["status"]
    return status if status == "acknowledged" else None


def _eventually(look: Callable[[], T | None], what: str) -> T:
    """Look until there is something.

    Raises:
        StoryFailed: there is nothing for a minute.
    """
    deadline = time.monotonic() + _TOLD_WITHIN_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.1)
    raise StoryFailed(f"expected {what}, found none within {_TOLD_WITHIN_SECONDS:.0f} s")


@contextmanager
def _listening(cast: Cast, *, enabled: bool) -> Iterator[Receiver | None]:
    """Register a webhook for each party, and take it away at the end."""
    if not enabled:
        yield None
        return
    registered: dict[str, str] = {}
    with Receiver() as receiver:
        try:
            for party in ("meddist", "citypharm", "ruralpharm"):
                wanted = {"url": receiver.url(party), "types": ["recall.notice"]}
                webhook = cast.post(f"{party}-quality", "/v1/webhooks", wanted)
                registered[party] = webhook["id"]
                receiver.expect(party, webhook["secret"])
            yield receiver
        finally:
            for party, webhook_id in registered.items():
                cast.delete(f"{party}-quality", f"/v1/webhooks/{webhook_id}")


def _verify(cast: Cast, who: str, claim: dict[str, str]) -> Any:
    return cast.post(who, "/v1/verifications", claim, expect=200)


def _id(notice: dict[str, Any]) -> str:
    return str(notice.get("notice") or notice["id"])


def _name(gln: str) -> str:
    return next((member.name for member in MEMBERS if member.gln == gln), gln)


def _expect(fine: bool, what: str) -> None:
    if not fine:
        raise StoryFailed(f"expected {what}")


def link(serial: str) -> str:
    """Return the Digital Link of a unit; serials of the story need no escapes."""
    return f"https://id.gs1.org/01/{GTIN}/21/{serial}"
