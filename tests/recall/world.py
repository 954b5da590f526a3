"""A network with goods on their way, and workers that do what is queued."""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chalicelib.access.model import Actor, Role
from chalicelib.directory.model import Organisation
from chalicelib.directory.store import OrganisationItem, gln_pk
from chalicelib.gs1.keys import Gln, Lgtin, Sgtin
from chalicelib.lots.model import Lot
from chalicelib.lots.store import LotStore
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Turn
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.store.endpoints import EndpointStore
from chalicelib.recall import telling, usecases, worker
from chalicelib.recall.identification import identify
from chalicelib.recall.model.notice import Notice
from chalicelib.recall.model.recall import Cascade, Classification, Order, Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import RecallStore
from chalicelib.table.transaction import Transaction
from chalicelib.trace.store import DeliveryStore
from tests.harness.aws import Aws
from tests.recall.builders import ACME, AT, LOT, NAMES, SECOND_LOT, a_delivery

GLNS = {name: gln for gln, name in NAMES.items()}


def an_actor(name: str, role: Role = Role.QUALITY) -> Actor:
    return Actor(name, GLNS[name], f"{name}-{role.value}", frozenset({role}))


class World:
    """What a test arranges, and what it has done."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.at: datetime = AT
        self._numbers = iter(range(1, 1_000_000))
        self._seen = 0

    def found(self, *names: str) -> None:
        """Let organisations join the network."""
        for name in names or GLNS:
            self.join(name, GLNS[name])

    def join(self, name: str, gln: Gln) -> None:
        member = Organisation(name, gln, name)
        for pk, sk in ((gln_pk(gln), "-"), ("organisations", name)):
            tx = Transaction()
            tx.put(
                OrganisationItem(
                    pk, sk, id=name, gln=str(gln), name=member.name, roles=[], operator=False
                )
            )
            tx.commit()

    def lots(self, *lgtins: Lgtin, owner: str = "acme") -> None:
        """Make lots known."""
        for lgtin in lgtins or (LOT, SECOND_LOT):
            LotStore().put(Lot(lgtin, owner, date(2028, 12, 31)), client="acme-quality", at=AT)

    def delivered(self, shipper: Gln, party: Gln, quantity: int, lgtin: Lgtin = LOT) -> None:
        """Let a delivery become known, as the projection does."""
        number = next(self._numbers)
        row = a_delivery(
            party, quantity, number, lgtin=lgtin, shipper=shipper, documents=[f"D{number}"]
        )
        DeliveryStore().put(row)

    def hook(self, name: str, url: str) -> Endpoint:
        """Let an organisation subscribe an address."""
        endpoint, _ = notify.register(
            url,
            ("recall.notice",),
            operation=UUID(int=next(self._numbers) << 8),
            fingerprint="f",
            at=self.at,
            local=True,
            endpoints=EndpointStore(name),
        )
        return endpoint

    def opened(
        self,
        *lgtins: Lgtin,
        serials: tuple[Sgtin, ...] = (),
        cascade: Cascade = Cascade.AUTO,
        number: int = 1,
    ) -> Recall:
        """Open a recall as acme."""
        order = Order(lgtins or (LOT,), serials, "glass", Classification.I, cascade)
        recall, _ = usecases.open_recall(
            order,
            actor=an_actor("acme"),
            operation=UUID(int=number << 72),
            fingerprint="f",
            at=self.at,
        )
        return recall

    # --- workers

    def started(self) -> None:
        """Hand new stream records over, as Lambda does."""
        records = self.aws.records("recalls")
        for record in records[self._seen :]:
            worker.recall_changed(record.to_json() if hasattr(record, "to_json") else record)
        self._seen = len(records)

    def take(self, queue: str) -> list[tuple[str, str]]:
        """Take what is visible in a queue: message ids and bodies."""
        sqs, url = self.aws.client("sqs"), self.aws.queue_url(queue)
        found: list[tuple[str, str]] = []
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            if not answer.get("Messages"):
                return found
            for message in answer["Messages"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append((message["MessageId"], message["Body"]))

    def work(self) -> None:
        """Do everything that is queued, until nothing is left that is due."""
        self.started()
        while True:
            identifying = self.take("recall")
            for message_id, body in identifying:
                asked = json.loads(body)["identify"]
                identify(asked["recall"], Gln(asked["shipper"]), run=message_id, at=self.at)
            telling_now = self.take("notices")
            for message_id, body in telling_now:
                self.tell(json.loads(body), holder=message_id)
            if not identifying and not telling_now:
                return

    def tell(self, body: dict[str, Any], holder: str = "w1") -> None:
        turn = Turn(self.at, holder, 0.0, local=True)
        if "retry" in body:
            telling.tell_again(notify.read_retry(body), turn)
        else:
            asked = body["tell"]
            telling.tell(asked["recall"], Gln(asked["shipper"]), asked["notices"], turn)

    # --- what has become of it

    def notices(self, recall: Recall, shipper: Gln = ACME) -> dict[str, Notice]:
        """Return the notices in a shipper's name, by the name of the party."""
        found = NoticeStore(recall).of(shipper)
        return {NAMES.get(party, str(party)): notice for party, notice in found.items()}

    def tiers(self, recall: Recall) -> dict[str, tuple[int, str]]:
        """Return tier and stage by shipper."""
        return {
            leg.organisation: (leg.tier, leg.stage.value) for leg in RecallStore().legs(recall.id)
        }


def plain(notice: Notice) -> Notice:
    """Return a notice without what differs from run to run."""
    return replace(notice, run="", version=0)
