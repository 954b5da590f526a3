"""Telling parties: each notice to every address that its party has subscribed.

A notice is delivered when one address accepted it, failed when all of them have, and unreachable
when there is none: then a person has to call. Telling twice does nothing twice; see
`notify.usecases`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.directory.book import PartyStore
from chalicelib.errors import PacktrailError, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.notify import usecases as notify
from chalicelib.notify.model.delivery import Delivery, Retry, Status, Turn
from chalicelib.notify.model.endpoint import Endpoint
from chalicelib.notify.model.message import Message, instant
from chalicelib.notify.store.deliveries import deliveries_of
from chalicelib.notify.store.endpoints import endpoints_of
from chalicelib.recall.model.notice import Affected, Notice, Told
from chalicelib.recall.model.recall import Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import ROUNDS, RecallStore

TYPE = "recall.notice"

MOST_SHOWN = 200
"""Documents, and serials, that a message lists; the API has them all."""

NOT_A_MEMBER = "is not in the network"

Outcome = Delivery | PacktrailError
"""What came of sending to one address: how far it is, or why it has to be tried again."""


def tell(recall_id: str, shipper: Gln, notice_ids: Sequence[str], turn: Turn) -> None:
    """Tell parties, all at once; those that were told already are left alone.

    Raises:
        PacktrailError: some could not be dealt with now; to be called again for all of them.
    """
    recall = RecallStore().get(recall_id)
    store = NoticeStore(recall)
    pending = [
        notice for notice in store.get_many(shipper, notice_ids) if notice.status is Told.PENDING
    ]
    outcomes = _send(recall, pending, turn)
    contacts = _contacts([notice for notice in pending if not outcomes[notice.id]])
    settled = [_settled(notice, outcomes[notice.id], contacts) for notice in pending]
    _keep(store, pending, [notice for notice in settled if notice is not None])
    for failure in _failures(outcomes):
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
    if notice is None or notice.revision != data["revision"]:
        return
    known = endpoints_of([notice.organisation]).get(notice.organisation, [])
    settled = _settled(notice, _deliveries(message(recall, notice), known), {})
    if settled is not None:
        _keep_one(store, notice, settled)


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


def _send(recall: Recall, notices: Sequence[Notice], turn: Turn) -> dict[str, list[Outcome]]:
    """Send each notice to each address of its party; return what came of it, by notice."""
    addresses = endpoints_of({each.organisation for each in notices} - {""})
    messages = {notice.id: message(recall, notice) for notice in notices}
    outcomes: dict[str, list[Outcome]] = {}
    work: list[tuple[str, Endpoint]] = []
    for notice in notices:
        known = addresses.get(notice.organisation, [])
        wanting = [endpoint for endpoint in known if endpoint.wants(TYPE)]
        work += [(notice.id, endpoint) for endpoint in wanting]
        # With no address left, what was sent to former ones may still have arrived.
        sent = [] if wanting or not known else _deliveries(messages[notice.id], known)
        outcomes[notice.id] = [*sent]
    sent_now = notify.send_all([(messages[each], endpoint) for each, endpoint in work], turn)
    for (notice_id, _), outcome in zip(work, sent_now, strict=True):
        outcomes[notice_id].append(outcome)
    return outcomes


def _deliveries(told: Message, endpoints: Iterable[Endpoint]) -> list[Delivery]:
    ids = [endpoint.id for endpoint in endpoints]
    return list(deliveries_of(told.id, told.created, ids).values())


def _contacts(notices: Sequence[Notice]) -> dict[Gln, str]:
    """Return whom to call at the parties, as far as the shipper knows; all of one shipper."""
    if not notices:
        return {}
    return PartyStore(notices[0].sender).emails_of(notice.party for notice in notices)


def _settled(
    notice: Notice, outcomes: Sequence[Outcome], contacts: Mapping[Gln, str]
) -> Notice | None:
    """Return the notice as its deliveries leave it; None while one is still tried."""
    if not outcomes:
        where = "has no webhook for recall notices" if notice.organisation else NOT_A_MEMBER
        return notice.unreachable(f"the party {where}", contacts.get(notice.party, ""))
    deliveries = [outcome for outcome in outcomes if isinstance(outcome, Delivery)]
    accepted = [each.attempts[-1].at for each in deliveries if each.status is Status.DELIVERED]
    if accepted:
        return notice.delivered(min(accepted))
    if [each.status for each in deliveries] != [Status.FAILED] * len(outcomes):
        return None
    return notice.failed("; ".join(sorted({each.reason for each in deliveries})))


def _failures(outcomes: Mapping[str, Iterable[Outcome]]) -> Iterator[PacktrailError]:
    """Yield what has to be done again."""
    for several in outcomes.values():
        yield from (each for each in several if isinstance(each, PacktrailError))


def _keep(store: NoticeStore, pending: Sequence[Notice], settled: Sequence[Notice]) -> None:
    """Keep what became of notices: together, or one by one where somebody else was at one."""
    try:
        store.replace_all(settled)
    except Raced:
        before = {notice.id: notice for notice in pending}
        for notice in settled:
            _keep_one(store, before[notice.id], notice)


def _keep_one(store: NoticeStore, before: Notice, settled: Notice) -> None:
    """Keep what became of a notice unless it was answered or written anew meanwhile."""
    for _ in range(ROUNDS):
        standing = store.get(before.shipper, before.id)
        if standing is None or standing.status is not Told.PENDING:
            return
        if standing.revision != before.revision:
            return
        try:
            store.replace(replace(settled, version=standing.version + 1))
        except Raced:
            continue
        return
    raise Raced("The notice was being changed all the while.")
