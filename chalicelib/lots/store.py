"""Where lots are kept.

Promises: reads are strongly consistent. A lot and the note of who changed it are written together
or not at all, conditional on the version that was read; a write recognises itself when its answer
was lost. A recall marks a lot without reading it, so nothing can get in its way.

Trust: whoever can alter this table can make a recalled or expired lot look good.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.errors import Conflict, Raced
from chalicelib.gs1.keys import Lgtin
from chalicelib.lots.model import Change, Description, Lot, RecallMark, Status
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get, get_many, query_all
from chalicelib.table.transaction import Transaction


class LotItem(Item):
    """A lot; pk `{gtin}#{lot}`."""

    class Meta:
        """Where it lives."""

        table_name = "lots"

    owner = UnicodeAttribute()
    expiry = UnicodeAttribute()
    manufactured = UnicodeAttribute(null=True)
    supplier = UnicodeAttribute(null=True)
    supplier_lot = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    recalls = UnicodeSetAttribute(null=True)
    partial_recalls = UnicodeSetAttribute(null=True)
    epoch = NumberAttribute(null=True)
    version = NumberAttribute()


class ChangeItem(Item):
    """One description of a lot, kept for ever; pk `{gtin}#{lot}`, sk `change#{version}`."""

    class Meta:
        """Where it lives."""

        table_name = "lots"

    at = UnicodeAttribute()
    client = UnicodeAttribute()
    expiry = UnicodeAttribute()
    manufactured = UnicodeAttribute(null=True)
    supplier = UnicodeAttribute(null=True)
    supplier_lot = UnicodeAttribute(null=True)
    status = UnicodeAttribute()


class LotStore:
    """Lots of every product."""

    def get(self, lgtin: Lgtin) -> Lot | None:
        """Return a lot; one read."""
        item = get(LotItem, str(lgtin))
        return to_lot(item) if item else None

    def get_many(self, lgtins: Iterable[Lgtin]) -> dict[Lgtin, Lot]:
        """Return the lots that are there; one request per 100."""
        found = get_many(lot_key(lgtin) for lgtin in lgtins)
        lots = [to_lot(item) for item in found.values() if isinstance(item, LotItem)]
        return {lot.lgtin: lot for lot in lots}

    def put(self, lot: Lot, *, client: str, at: datetime) -> Lot:
        """Keep a lot with the next version, and that this client set it so.

        Raises:
            Raced: somebody was faster.
        """
        tx = Transaction()
        tx.replace(_item(lot), version=lot.version)
        tx.put(_change_item(lot, client, at))
        try:
            tx.commit()
        except Conflict as refusal:
            there = refusal.existing
            if isinstance(there, LotItem) and to_lot(there).description == lot.description:
                return to_lot(there)
            raise
        return to_lot(_item(lot))

    def changes(self, lgtin: Lgtin) -> list[Change]:
        """Return every description that the lot had, oldest first."""
        return [_change(item) for item in query_all(ChangeItem, str(lgtin), begins="change#")]


def lot_key(lgtin: Lgtin) -> Key:
    """Return where a lot stands, for reading it together with other things."""
    return Key(LotItem, str(lgtin))


def to_lot(item: LotItem) -> Lot:
    """Return the lot that is stored."""
    marks = [RecallMark(recall) for recall in sorted(item.recalls or ())]
    marks += [RecallMark(recall, partial=True) for recall in sorted(item.partial_recalls or ())]
    return Lot(
        Lgtin.parse(item.pk),
        item.owner,
        date.fromisoformat(item.expiry),
        _day(item.manufactured),
        item.supplier,
        item.supplier_lot,
        Status(item.status),
        tuple(marks),
        int(item.version),
        int(item.epoch or 0),
    )


def introduce(tx: Transaction, lot: Lot) -> None:
    """Let a lot come to be with the first units of it that come from outside the network."""
    tx.create(_item(lot), refused=Raced("The lot was introduced meanwhile."))


def introduce_each(lots: Iterable[Lot]) -> None:
    """Let lots come to be; one that another document brought meanwhile, and is alike, is as good.

    Raises:
        Raced: one came to be meanwhile with another expiry.
    """
    for lot in lots:
        tx = Transaction()
        introduce(tx, lot)
        try:
            tx.commit()
        except Raced as refusal:
            there = refusal.existing
            if not (isinstance(there, LotItem) and to_lot(there).expiry == lot.expiry):
                raise


def recall_lot(tx: Transaction, lgtin: Lgtin, recall: str, *, partial: bool) -> None:
    """Mark a lot as recalled, in a transaction with the recall; a second time changes nothing.

    The lot's other attributes may change meanwhile: the mark wins over nothing and loses to
    nothing.

    Args:
        tx: the lot must exist, or the transaction is refused with `unknown_lot`.
        lgtin: of the lot.
        recall: id of the recall.
        partial: the recall covers some serials only. The same recall may become whole later.
    """
    into, out_of = LotItem.partial_recalls, LotItem.recalls
    if not partial:
        into, out_of = out_of, into
    tx.update(
        LotItem,
        str(lgtin),
        actions=[into.add({recall}), out_of.delete({recall}), LotItem.version.add(1)],
        condition=LotItem.owner.exists(),
        refused=Conflict(
            f"There is no lot {lgtin.lot!r} of GTIN {lgtin.gtin} to recall.", code="unknown_lot"
        ),
    )


def reach_epoch(tx: Transaction, lgtin: Lgtin, epoch: int) -> None:
    """Note that units of a newer epoch of serial numbers are commissioned in a lot."""
    tx.update(
        LotItem,
        str(lgtin),
        actions=[LotItem.epoch.set(epoch), LotItem.version.add(1)],
        condition=LotItem.owner.exists()
        & (LotItem.epoch.does_not_exist() | (LotItem.epoch < epoch)),
        refused=Raced("The lot was changed meanwhile."),
    )


def lift_recall(tx: Transaction, lgtin: Lgtin, recall: str) -> None:
    """Take a recall's mark off a lot, whole or partial; a second time changes nothing."""
    tx.update(
        LotItem,
        str(lgtin),
        actions=[
            LotItem.recalls.delete({recall}),
            LotItem.partial_recalls.delete({recall}),
            LotItem.version.add(1),
        ],
        condition=LotItem.owner.exists(),
        refused=Raced(f"There is no lot {lgtin.lot!r} of GTIN {lgtin.gtin} any more."),
    )


def _item(lot: Lot) -> LotItem:
    whole = {mark.id for mark in lot.recalls if not mark.partial}
    return LotItem(
        str(lot.lgtin),
        owner=lot.owner,
        recalls=whole or None,
        partial_recalls=set(lot.partial_recalls) or None,
        epoch=lot.epoch or None,
        version=lot.version + 1,
        **_described(lot.description),
    )


def _change_item(lot: Lot, client: str, at: datetime) -> ChangeItem:
    return ChangeItem(
        str(lot.lgtin),
        f"change#{lot.version + 1:09}",
        at=at.astimezone(UTC).isoformat(timespec="milliseconds"),
        client=client,
        **_described(lot.description),
    )


def _described(description: Description) -> dict[str, Any]:
    made = description.manufactured
    return {
        "expiry": description.expiry.isoformat(),
        "manufactured": made.isoformat() if made else None,
        "supplier": description.supplier,
        "supplier_lot": description.supplier_lot,
        "status": description.status,
    }


def _change(item: ChangeItem) -> Change:
    description = Description(
        date.fromisoformat(item.expiry),
        _day(item.manufactured),
        item.supplier,
        item.supplier_lot,
        Status(item.status),
    )
    version = int(item.sk.removeprefix("change#"))
    return Change(version, datetime.fromisoformat(item.at), item.client, description)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
