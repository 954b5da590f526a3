"""Who sees what of a recall.

The brand owner sees the recall, the notices to its own customers, and of the tiers below how many
notices there are. A notified organisation sees what concerns the goods it got, its own notice, and
the notices in its name to its own customers. For everybody else there is no such recall.
"""

from dataclasses import dataclass, replace

from chalicelib.access.model import Actor
from chalicelib.gs1.keys import Lgtin
from chalicelib.recall.model.notice import Notice
from chalicelib.recall.model.progress import Progress, progress
from chalicelib.recall.model.recall import Covered, Recall
from chalicelib.recall.store.notices import NoticeStore
from chalicelib.recall.store.recalls import RecallStore, no_notice, no_recall


@dataclass(frozen=True, slots=True)
class Seen:
    """A recall as one organisation sees it.

    Attributes:
        recall: the recall.
        owned: whether the organisation opened it.
        scope: lots: all of them, or those that the organisation got.
        progress: of the whole recall, or of telling the organisation's own customers.
        received: notices that the organisation got.
    """

    recall: Recall
    owned: bool
    scope: tuple[Covered, ...]
    progress: Progress
    received: tuple[Notice, ...]


def seen(recall_id: str, *, actor: Actor) -> Seen:
    """Return a recall to whom it concerns.

    Raises:
        NotFound: there is none, or it does not concern the caller's organisation.
    """
    recall, received = _concerning(recall_id, actor)
    store = NoticeStore(recall)
    legs = RecallStore().legs(recall.id)
    if recall.organisation == actor.organisation:
        whole = progress(legs, store.standings())
        return Seen(recall, True, recall.scope, whole, received)
    own = progress([leg for leg in legs if leg.shipper == actor.gln], store.standings(actor.gln))
    return Seen(recall, False, _got(recall, received), own, received)


def notices(
    recall_id: str, *, actor: Actor, after: str | None, limit: int
) -> tuple[list[Notice], str | None]:
    """Return the notices that an organisation got, then those in its name, and where to go on.

    Raises:
        NotFound: there is no such recall for the caller.
    """
    recall, received = _concerning(recall_id, actor)
    first: list[Notice] = []
    if after is None or after.startswith(_RECEIVED):
        offset = int(after.removeprefix(_RECEIVED)) if after else 0
        first, after = list(received[offset : offset + limit]), None
        if len(first) == limit:
            return first, f"{_RECEIVED}{offset + limit}"
    sent, last = NoticeStore(recall).page(actor.gln, after=after, limit=limit - len(first))
    return first + sent, last


def notice(recall_id: str, notice_id: str, *, actor: Actor) -> Notice:
    """Return one notice to whom it was sent, or in whose name.

    Raises:
        NotFound: there is no such notice for the caller.
    """
    recall, received = _concerning(recall_id, actor)
    own = next((each for each in received if each.id == notice_id), None)
    found = own or NoticeStore(recall).get(actor.gln, notice_id)
    if found is None:
        raise no_notice()
    return found


_RECEIVED = "received "
"""Begins a position among the notices received; positions among those sent begin otherwise."""


def _concerning(recall_id: str, actor: Actor) -> tuple[Recall, tuple[Notice, ...]]:
    """Return a recall, and the notices of it that the caller's organisation got."""
    recall = RecallStore().find(recall_id)
    if recall is None:
        raise no_recall()
    if recall.organisation == actor.organisation:
        return recall, ()
    received = tuple(NoticeStore(recall).received(actor.organisation))
    if not received:
        raise no_recall()
    return recall, received


def _got(recall: Recall, received: tuple[Notice, ...]) -> tuple[Covered, ...]:
    """Return the lots under recall that an organisation got, with its own serials counted."""
    serials: dict[Lgtin, set[str]] = {}
    for each in received:
        for lot in each.lots:
            serials.setdefault(lot.lgtin, set()).update(lot.serials)
    return tuple(
        replace(covered, serials=len(serials[covered.lgtin])) if covered.partial else covered
        for covered in recall.scope
        if covered.lgtin in serials
    )
