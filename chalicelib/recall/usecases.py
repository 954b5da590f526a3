"""Opening a recall, asking for identification, and answering a notice.

What runs behind the queues stands in `identification` and `telling`, what is shown in `sight`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from chalicelib.access.model import Actor
from chalicelib.errors import AlreadyExists, FieldError, KeyReused, NotFound, Raced, TooLarge
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.lots import scopes
from chalicelib.lots.store import LotStore, recall_lot
from chalicelib.notify import queue
from chalicelib.recall.model.notice import Acknowledgement, Notice
from chalicelib.recall.model.recall import Leg, Order, Recall, Stage
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import (
    ROUNDS,
    RecallItem,
    RecallStore,
    no_notice,
    no_recall,
    to_recall,
)
from chalicelib.table.transaction import LIMIT, Transaction

QUEUE = "recall"
OTHER_WRITES = 3
"""Of opening, beside the lots and their partial scopes: recall, leg, concern."""


def open_recall(
    order: Order, *, actor: Actor, operation: UUID, fingerprint: str, at: datetime
) -> tuple[Recall, bool]:
    """Open a recall and block what it covers, in one transaction.

    From the instant at which this returns, verification, shipping, packing and dispensing refuse.

    Returns:
        The recall, and whether this repeats an earlier request.

    Raises:
        NotFound: a lot that does not exist, or is not of a product of the actor's organisation.
        Malformed: a serial of a GTIN of which no lot is recalled.
        TooLarge: more than one transaction can block.
        KeyReused: the operation opened another recall.
        Raced: the lots were being changed all the while; try again.
    """
    standing = RecallStore().find(operation.hex)
    if standing is not None:
        return _same(standing, fingerprint), True
    recall = order.opened(
        recall_id=operation.hex,
        organisation=actor.organisation,
        owner=actor.gln,
        client=actor.client_id,
        fingerprint=fingerprint,
        at=at,
    )
    _refuse_too_many(recall)
    _refuse_foreign(order.lots, actor.organisation)
    for _ in range(ROUNDS):
        try:
            _block(recall, order)
        except AlreadyExists as refused:
            # The recall is the first of the writes, so it is the one that stood in the way.
            standing = to_recall(cast("RecallItem", refused.existing))
            return _same(standing, fingerprint), True
        except Raced:
            continue
        return recall, False
    raise Raced("The lots were being changed all the while; try again.")


def _same(standing: Recall, fingerprint: str) -> Recall:
    if standing.fingerprint != fingerprint:
        raise KeyReused("The idempotency key was used to open another recall.")
    return standing


def _refuse_too_many(recall: Recall) -> None:
    partial = sum(covered.partial for covered in recall.scope)
    if OTHER_WRITES + len(recall.scope) + partial > LIMIT:
        raise TooLarge(
            f"Found {len(recall.scope)} lots, {partial} of them with serials, expected at most "
            f"{LIMIT - OTHER_WRITES} of both together; open several recalls."
        )


def _refuse_foreign(lgtins: Sequence[Lgtin], organisation: str) -> None:
    """Refuse lots that are not there, or not of the organisation's products, in the same words."""
    lots = LotStore().get_many(lgtins)
    missing = [
        FieldError(
            f"/scope/lots/{number}",
            "not_found",
            f"found lot {lgtin.lot!r} of GTIN {lgtin.gtin}, expected a lot of a product of yours",
        )
        for number, lgtin in enumerate(lgtins)
        if lgtin not in lots or lots[lgtin].owner != organisation
    ]
    if missing:
        raise NotFound(missing[0].message, errors=missing)


def _block(recall: Recall, order: Order) -> None:
    """Write the recall and every mark that blocks its goods, or nothing."""
    tx = Transaction()
    RecallStore().open(tx, recall, Leg.first(recall))
    numbers = order.numbers()
    for covered in recall.scope:
        recall_lot(tx, covered.lgtin, recall.id, partial=covered.partial)
        if covered.partial:
            scopes.write(tx, recall.id, covered.lgtin, numbers[covered.lgtin.gtin])
    tx.commit()


def started(recall_id: str, owner: Gln) -> None:
    """Begin the work on a recall that was just opened: look for the brand owner's customers.

    Raises:
        Busy: the queue did not take it; to be called again.
    """
    queue.send(QUEUE, [identify_body(recall_id, owner)])


def request_identify(recall_id: str, shipper: Gln) -> None:
    """Have a shipper's customers identified anew: one more delivery of its became known.

    A shipper that the recall has not reached yet is left alone: its deliveries are read when it is
    reached.

    Raises:
        Busy: to be called again.
    """
    leg = RecallStore().leg(recall_id, shipper)
    if leg is not None and leg.stage is not Stage.WAITING:
        queue.send(QUEUE, [identify_body(recall_id, shipper)])


def confirm_cascade(recall_id: str, *, actor: Actor) -> Leg:
    """Have the customers of the actor's organisation told, where the recall waits for its word.

    Raises:
        NotFound: the recall does not concern the organisation as a shipper.
        Raced: somebody else changed it at the same instant; try again.
    """
    recalls = RecallStore()
    leg = recalls.leg(recall_id, actor.gln)
    if leg is None:
        raise no_recall()
    if leg.stage is Stage.WAITING:
        leg = leg.confirmed()
        recalls.replace(leg)
    if leg.stage is Stage.REQUESTED:
        queue.send(QUEUE, [identify_body(recall_id, leg.shipper)])
    return leg


def acknowledge(
    recall_id: str, notice_id: str, answer: Acknowledgement, *, actor: Actor
) -> tuple[Notice, bool]:
    """Keep a party's answer to its notice.

    Args:
        recall_id: of the recall.
        notice_id: of the notice.
        answer: what the party says.
        actor: of the party's organisation.

    Returns:
        The notice, and whether it was answered so already.

    Raises:
        NotFound: the organisation has no such notice.
        Conflict: it was answered otherwise.
        KeyReused: the operation answered otherwise.
        Raced: it was being changed all the while; try again.
    """
    recall = RecallStore().find(recall_id)
    if recall is None:
        raise no_notice()
    notices = NoticeStore(recall)
    for _ in range(ROUNDS):
        notice = notices.received_one(actor.organisation, notice_id)
        if notice is None:
            raise no_notice()
        answered = notice.acknowledged(answer)
        if answered is notice:
            return notice, True
        try:
            notices.replace(answered)
        except Raced:
            continue
        return answered, False
    raise Raced("The notice was being changed all the while; try again.")


def identify_body(recall_id: str, shipper: Gln) -> dict[str, Any]:
    """Return a request for identification as it stands in the queue."""
    return {"identify": {"recall": recall_id, "shipper": str(shipper)}}
