"""Recalls, the legs of their identification, and which organisation has to do with which recall.

Promises: a recall is created in the transaction that blocks its lots, and never changed. Legs
change conditionally. Reads are strong. The table's stream carries a new recall to its workers.

Trust: whoever can write here can make up a recall that nobody opened, or hide one from a party;
what is blocked stands in table `lots`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, Conflict, NotFound, Raced
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.recall.model.recall import (
    Cascade,
    Classification,
    Covered,
    Leg,
    Recall,
    Stage,
)
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query, query_all
from chalicelib.table.transaction import LIMIT, Transaction

ROUNDS = 5
"""Tries before a race is left to the caller, who may try again."""


class RecallItem(Item):
    """A recall: `pk` is `recall#{id}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    organisation = UnicodeAttribute()
    owner = UnicodeAttribute()
    scope = JSONAttribute()
    reason = UnicodeAttribute()
    classification = UnicodeAttribute()
    cascade = UnicodeAttribute()
    opened = UnicodeAttribute()
    opened_by = UnicodeAttribute()
    fingerprint = UnicodeAttribute()


class LegItem(Item):
    """One shipper's identification: `pk` is `recall#{id}`, `sk` is `leg#{shipper}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    organisation = UnicodeAttribute()
    tier = NumberAttribute()
    stage = UnicodeAttribute()
    identified = UnicodeAttribute(null=True)
    finished = JSONAttribute()
    version = NumberAttribute()


class ConcernItem(Item):
    """That a recall concerns an organisation: `pk` `org#{id}`, `sk` `recall#{opened}#{recall}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"


class RecallStore:
    """Recalls of everybody; whoever shows one checks first whom it concerns."""

    def find(self, recall_id: str) -> Recall | None:
        """Return a recall, or None."""
        item = get(RecallItem, recall_pk(recall_id))
        return None if item is None else to_recall(item)

    def get(self, recall_id: str) -> Recall:
        """Return a recall.

        Raises:
            NotFound: there is none.
        """
        recall = self.find(recall_id)
        if recall is None:
            raise no_recall()
        return recall

    def open(self, tx: Transaction, recall: Recall, leg: Leg) -> None:
        """Add a new recall, and the leg it begins with, to the transaction that blocks its lots.

        The commit raises `AlreadyExists`, with the standing item, when the recall exists.
        """
        tx.create(_recall_item(recall), refused=AlreadyExists("The recall exists already."))
        tx.create(_leg_item(leg), refused=AlreadyExists("The recall exists already."))
        tx.put(concern(recall, recall.organisation))

    def concerning(
        self, organisation: str, *, after: str | None, limit: int
    ) -> tuple[list[Recall], str | None]:
        """Return recalls that concern an organisation, newest first, and where to go on."""
        page = query(
            ConcernItem,
            f"org#{organisation}",
            begins="recall#",
            after=after,
            limit=limit,
            forward=False,
        )
        keys = [Key(RecallItem, recall_pk(item.sk.rpartition("#")[2])) for item in page.items]
        found = get_many(keys)
        recalls = [to_recall(cast("RecallItem", found[key])) for key in keys if key in found]
        return recalls, page.last

    def leg(self, recall_id: str, shipper: Gln) -> Leg | None:
        """Return the leg of one shipper, or None."""
        item = get(LegItem, recall_pk(recall_id), f"leg#{shipper}")
        return None if item is None else to_leg(item)

    def legs(self, recall_id: str) -> list[Leg]:
        """Return every leg of a recall."""
        return [to_leg(item) for item in query_all(LegItem, recall_pk(recall_id), begins="leg#")]

    def begin(self, legs: Sequence[Leg]) -> list[Leg]:
        """Keep the legs that are not there yet; return all of them as they stand.

        Raises:
            Raced: others began some of them all the while; to be called again.
        """
        for _ in range(ROUNDS):
            standing = self._standing(legs)
            try:
                _create([leg for leg in legs if leg.shipper not in standing])
            except Conflict:
                continue
            return [standing.get(leg.shipper, leg) for leg in legs]
        raise Raced("The legs were being begun all the while.")

    def _standing(self, legs: Iterable[Leg]) -> dict[Gln, Leg]:
        keys = (Key(LegItem, recall_pk(leg.recall), f"leg#{leg.shipper}") for leg in legs)
        found = [to_leg(cast("LegItem", item)) for item in get_many(keys).values()]
        return {leg.shipper: leg for leg in found}

    def replace(self, leg: Leg) -> None:
        """Keep a changed leg; our own write under another answer is not a conflict.

        Raises:
            Raced: somebody else changed it.
        """
        tx = Transaction()
        tx.replace(_leg_item(leg), version=leg.version - 1)
        try:
            tx.commit()
        except Raced as refused:
            standing = cast("LegItem | None", refused.existing)
            if standing is None or to_leg(standing) != leg:
                raise


def _create(legs: Sequence[Leg]) -> None:
    """Keep new legs, a hundred to a transaction."""
    for start in range(0, len(legs), LIMIT):
        tx = Transaction()
        for leg in legs[start : start + LIMIT]:
            tx.create(_leg_item(leg), refused=AlreadyExists("The leg exists already."))
        tx.commit()


def recall_pk(recall_id: str) -> str:
    """Return the partition of a recall and its legs."""
    return f"recall#{recall_id}"


def no_recall() -> NotFound:
    """Return the refusal of a recall that does not exist, or does not concern the caller."""
    return NotFound("There is no such recall.")


def no_notice() -> NotFound:
    """Return the refusal of a notice that does not exist, or is not the caller's."""
    return NotFound("There is no such notice.")


def concern(recall: Recall, organisation: str) -> ConcernItem:
    """Return the item that says that a recall concerns an organisation."""
    opened = recall.opened.isoformat(timespec="milliseconds")
    return ConcernItem(f"org#{organisation}", f"recall#{opened}#{recall.id}")


def to_recall(item: RecallItem) -> Recall:
    """Read a stored recall."""
    return Recall(
        id=item.pk.removeprefix("recall#"),
        organisation=item.organisation,
        owner=Gln(item.owner),
        scope=tuple(Covered(Lgtin.parse(key), serials) for key, serials in item.scope),
        reason=item.reason,
        classification=Classification(item.classification),
        cascade=Cascade(item.cascade),
        opened=datetime.fromisoformat(item.opened),
        opened_by=item.opened_by,
        fingerprint=item.fingerprint,
    )


def _recall_item(recall: Recall) -> RecallItem:
    return RecallItem(
        recall_pk(recall.id),
        organisation=recall.organisation,
        owner=str(recall.owner),
        scope=[[str(covered.lgtin), covered.serials] for covered in recall.scope],
        reason=recall.reason,
        classification=recall.classification.value,
        cascade=recall.cascade.value,
        opened=recall.opened.isoformat(),
        opened_by=recall.opened_by,
        fingerprint=recall.fingerprint,
    )


def to_leg(item: LegItem) -> Leg:
    """Read a stored leg."""
    return Leg(
        recall=item.pk.removeprefix("recall#"),
        shipper=Gln(item.sk.removeprefix("leg#")),
        organisation=item.organisation,
        tier=int(item.tier),
        stage=Stage(item.stage),
        identified=datetime.fromisoformat(item.identified) if item.identified else None,
        finished=tuple(item.finished),
        version=int(item.version),
    )


def _leg_item(leg: Leg) -> LegItem:
    return LegItem(
        recall_pk(leg.recall),
        f"leg#{leg.shipper}",
        organisation=leg.organisation,
        tier=leg.tier,
        stage=leg.stage.value,
        identified=leg.identified.isoformat() if leg.identified else None,
        finished=list(leg.finished),
        version=leg.version,
    )
