"""Telling parties: each notice to every address that its party has subscribed.

A notice is delivered when one address accepted it, failed when all of them have, and unreachable
when there is none: then a person has to call. Telling twice does nothing twice; see
`notify.usecases`.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.directory.book import PartyStore
from chalicelib.errors import PacktrailError, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.notify import usecases as notify
from chalicelib.notify.model import Delivery, Endpoint, Message, Retry, Status, Turn, instant
from chalicelib.notify.store import EndpointStore, deliveries_of
from chalicelib.recall.model.notice import Affected, Notice, Told
from chalicelib.recall.model.recall import Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import ROUNDS, RecallStore

TYPE = "recall.notice"

MOST_SHOWN = 200
"""Documents, and serials, that a message lists; the API has them all."""

Change = Callable[[Notice], Notice]


def tell(recall_id: str, shipper: Gln, notice_ids: Sequence[str], turn: Turn) -> None:
    """Tell parties, all at once; those that were told already are left alone.

    Raises:
        PacktrailError: some could not be dealt with now; to be called again for all of them.
    """
    recall = RecallStore().get(recall_id)
    notices = NoticeStore(recall).get_many(shipper, notice_ids)
    pending = [notice for notice in notices if notice.status is Told.PENDING]
    with ThreadPoolExecutor(max(len(pending), 1)) as pool:
        outcomes = list(pool.map(lambda notice: _told(recall, notice, turn), pending))
    for failure in outcomes:
        if failure is not None:
            raise failure


def tell_again(job: Retry, turn: Turn) -> None:
    """Make a later attempt at a message, and bring its notice up to what came of it.

    Raises:
        PacktrailError: to be called again.
    """
    delivery = notify.retry(job, turn)
    if delivery is None or not delivery.settled or delivery.type != TYPE:
        return
    data = json.loads(delivery.body)["data"]
    recall = RecallStore().get(data["recall"])
    store = NoticeStore(recall)
    notice = store.get(Gln(data["shipper"]), data["notice"])
    if notice is not None and notice.revision == data["revision"]:
        _settle(store, notice, _all_deliveries(delivery))


def message(recall: Recall, notice: Notice) -> Message:
    """Return what a party is told: its own goods, and nothing of anybody else's."""
    path = f"/v1/recalls/{recall.id}"
    return Message(
        id=f"{notice.id}-{notice.revision}",
        organisation=notice.organisation,
        type=TYPE,
        source=path,
        created=notice.updated,
        data={
            "recall": recall.id,
            "notice": notice.id,
            "revision": notice.revision,
            "reason": recall.reason,
            "classification": recall.classification.value,
            "openedAt": instant(recall.opened),
            "owner": str(recall.owner),
            "shipper": str(notice.shipper),
            "party": str(notice.party),
            **_goods(notice.lots),
            "acknowledgement": f"{path}/notices/{notice.id}/acknowledgement",
        },
    )


def _goods(lots: Iterable[Affected]) -> dict[str, Any]:
    """Return the lots within the size of a message, and whether anything was left out."""
    rows, complete = [], True
    documents = serials = MOST_SHOWN
    for lot in lots:
        row = {
            "gtin": str(lot.lgtin.gtin),
            "lot": lot.lgtin.lot,
            "quantity": lot.quantity,
            "documents": [{"type": d.type, "id": d.id} for d in lot.documents[:documents]],
        }
        if lot.serials:
            row["serials"] = lot.serials[:serials]
        complete &= len(lot.documents) <= documents and len(lot.serials) <= serials
        documents = max(documents - len(lot.documents), 0)
        serials = max(serials - len(lot.serials), 0)
        rows.append(row)
    return {"lots": rows, "complete": complete}


def _told(recall: Recall, notice: Notice, turn: Turn) -> PacktrailError | None:
    """Tell one party; return what has to be tried again, so that the others are not held up."""
    try:
        _tell_one(recall, notice, turn)
    except PacktrailError as error:
        return error
    return None


def _tell_one(recall: Recall, notice: Notice, turn: Turn) -> None:
    store = NoticeStore(recall)
    organisation = notice.organisation
    endpoints = EndpointStore(organisation).wanting(TYPE) if organisation else []
    if not endpoints:
        _change(store, notice, _unreachable)
        return
    told = message(recall, notice)
    outcomes = [_sent(told, endpoint, turn) for endpoint in endpoints]
    deliveries = [outcome for outcome in outcomes if isinstance(outcome, Delivery)]
    _settle(store, notice, deliveries, complete=len(deliveries) == len(outcomes))
    for outcome in outcomes:
        if isinstance(outcome, PacktrailError):
            raise outcome


def _sent(told: Message, endpoint: Endpoint, turn: Turn) -> Delivery | PacktrailError:
    try:
        return notify.send(told, endpoint, turn)
    except PacktrailError as error:
        return error


def _all_deliveries(delivery: Delivery) -> list[Delivery]:
    """Return what became of a message at every address that it went to and that still works."""
    endpoints = EndpointStore(delivery.organisation).wanting(delivery.type)
    ids = {endpoint.id for endpoint in endpoints} | {delivery.endpoint}
    return list(deliveries_of(delivery.message, delivery.created, sorted(ids)).values())


def _settle(
    store: NoticeStore, notice: Notice, deliveries: Sequence[Delivery], *, complete: bool = True
) -> None:
    """Bring a notice up to its deliveries; while one is still tried, it stays pending."""
    accepted = [each for each in deliveries if each.status is Status.DELIVERED]
    if accepted:
        at = min(each.attempts[-1].at for each in accepted)
        _change(store, notice, lambda standing: standing.delivered(at))
    elif complete and all(each.status is Status.FAILED for each in deliveries):
        reasons = "; ".join(sorted({each.reason for each in deliveries}))
        _change(store, notice, lambda standing: standing.failed(reasons))


def _unreachable(notice: Notice) -> Notice:
    """Return the notice with whom to call instead, as the shipper knows the party."""
    party = PartyStore(notice.sender).get(notice.party)
    contact = (party and party.email) or ""
    if notice.organisation:
        return notice.unreachable("the party has no webhook for recall notices", contact)
    return notice.unreachable("the party is not in the network", contact)


def _change(store: NoticeStore, notice: Notice, change: Change) -> None:
    """Change a notice unless it was answered or written anew meanwhile."""
    standing: Notice | None = notice
    for _ in range(ROUNDS):
        if standing is None or standing.status is not Told.PENDING:
            return
        if standing.revision != notice.revision:
            return
        try:
            store.replace(change(standing))
        except Raced:
            standing = store.get(notice.shipper, notice.id)
            continue
        return
    raise Raced("The notice was being changed all the while.")
