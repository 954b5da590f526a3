"""Notices of one recall.

They lie in eight partitions per recall, all shippers together: 10,000 notices are more than one
partition takes in a few seconds, and how far they are is read in eight queries however many
shippers there are. They are written a hundred to a transaction: a hundredth of the requests of
single writes, for twice the write units (about a cent per 10,000). A batch write would be cheaper
still, but knows no conditions, and could take back an acknowledgement.

Promises: reads are strong, writes conditional on the version that they change.

Trust: whoever can write here can hide from a party that it has recalled goods.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from chalicelib.errors import Conflict, Raced
from chalicelib.gs1.keys import Gln
from chalicelib.recall.model.notice import Notice, Told
from chalicelib.recall.model.progress import Standing
from chalicelib.recall.model.recall import Recall
from chalicelib.recall.store.items import (
    NoticeItem,
    ReceivedItem,
    StandingItem,
    to_item,
    to_notice,
)
from chalicelib.recall.store.recalls import concern
from chalicelib.table.items import Key
from chalicelib.table.read import get, get_many, query, query_all
from chalicelib.table.transaction import LIMIT, Transaction

SHARDS = 8
THREADS = 4


class NoticeStore:
    """The notices of one recall."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    def get(self, shipper: Gln, notice_id: str) -> Notice | None:
        """Return one notice, or None."""
        _, pk, sk = self._key(shipper, notice_id)
        item = get(NoticeItem, pk, sk)
        return None if item is None else to_notice(item)

    def get_many(self, shipper: Gln, notice_ids: Iterable[str]) -> list[Notice]:
        """Return those of one shipper's notices that exist; one request per 100."""
        found = get_many(self._key(shipper, each) for each in notice_ids)
        return [to_notice(cast("NoticeItem", item)) for item in found.values()]

    def of(self, shipper: Gln) -> dict[Gln, Notice]:
        """Return every notice in one shipper's name, by party."""
        items = (
            item
            for shard in range(SHARDS)
            for item in query_all(NoticeItem, self._pk(shard), begins=f"{shipper}#")
        )
        return {notice.party: notice for notice in map(to_notice, items)}

    def page(
        self, shipper: Gln, *, after: str | None, limit: int
    ) -> tuple[list[Notice], str | None]:
        """Return some of the notices in one shipper's name, and where to go on."""
        shard, _, last = (after or "0#").partition("#")
        found: list[Notice] = []
        for number in range(int(shard), SHARDS):
            page = query(
                NoticeItem,
                self._pk(number),
                begins=f"{shipper}#",
                after=last or None,
                limit=limit - len(found),
            )
            found += map(to_notice, page.items)
            last = page.last or ""
            if last:
                return found, f"{number}#{last}"
            if len(found) == limit and number + 1 < SHARDS:
                return found, f"{number + 1}#"
        return found, None

    def standings(self, shipper: Gln | None = None) -> Iterator[Standing]:
        """Yield how far each notice is: of one shipper, or of all together."""
        begins = "" if shipper is None else f"{shipper}#"
        for shard in range(SHARDS):
            for item in query_all(StandingItem, self._pk(shard), begins=begins):
                sender = item.sk.partition("#")[0]
                yield Standing(sender, int(item.tier), Told(item.status), int(item.quantity))

    def received(self, organisation: str) -> list[Notice]:
        """Return the notices that an organisation got, by id."""
        rows = query_all(ReceivedItem, f"org#{organisation}", begins=f"notice#{self._recall.id}#")
        found = get_many(self._key(Gln(row.shipper), row.sk.rpartition("#")[2]) for row in rows)
        return [to_notice(cast("NoticeItem", item)) for item in found.values()]

    def received_one(self, organisation: str, notice_id: str) -> Notice | None:
        """Return a notice that an organisation got, or None."""
        row = get(ReceivedItem, f"org#{organisation}", f"notice#{self._recall.id}#{notice_id}")
        return None if row is None else self.get(Gln(row.shipper), notice_id)

    def keep(self, notices: Sequence[Notice]) -> None:
        """Keep new and changed notices, each with what leads its organisation to it.

        Raises:
            Raced: some were changed meanwhile; others may have been kept. Read, decide, keep again.
        """
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(self._commit, _chunks(notices)))
        for refused in outcomes:
            if refused is not None:
                raise Raced("Notices were changed meanwhile.") from refused

    def replace(self, notice: Notice) -> None:
        """Keep a changed notice; our own write under another answer is not a conflict.

        Raises:
            Raced: somebody else changed it.
        """
        tx = Transaction()
        tx.replace(
            to_item(notice, self._key(notice.shipper, notice.id)), version=notice.version - 1
        )
        try:
            tx.commit()
        except Raced as refused:
            standing = cast("NoticeItem | None", refused.existing)
            if standing is None or to_notice(standing) != notice:
                raise

    def replace_all(self, notices: Sequence[Notice]) -> None:
        """Keep changed notices, all or none of each hundred.

        Raises:
            Raced: somebody else changed one of them, or this very call did and its answer was lost.
        """
        for start in range(0, len(notices), LIMIT):
            tx = Transaction()
            for notice in notices[start : start + LIMIT]:
                key = self._key(notice.shipper, notice.id)
                tx.replace(to_item(notice, key), version=notice.version - 1)
            tx.commit()

    def _commit(self, notices: Sequence[Notice]) -> Conflict | None:
        tx = Transaction()
        for notice in notices:
            tx.replace(
                to_item(notice, self._key(notice.shipper, notice.id)), version=notice.version - 1
            )
            if notice.organisation:
                tx.put(self._received(notice))
                tx.put(concern(self._recall, notice.organisation))
        try:
            tx.commit()
        except Conflict as refused:
            return refused
        return None

    def _received(self, notice: Notice) -> ReceivedItem:
        return ReceivedItem(
            f"org#{notice.organisation}",
            f"notice#{self._recall.id}#{notice.id}",
            shipper=str(notice.shipper),
        )

    def _pk(self, shard: int) -> str:
        return f"notices#{self._recall.id}#{shard}"

    def _key(self, shipper: Gln, notice_id: str) -> Key:
        shard = int(notice_id[-1], 16) % SHARDS
        return Key(NoticeItem, self._pk(shard), f"{shipper}#{notice_id}")


def _chunks(notices: Sequence[Notice]) -> Iterator[list[Notice]]:
    """Cut into what one transaction carries; a member of the network takes three writes."""
    chunk: list[Notice] = []
    writes = 0
    organisations: set[str] = set()
    for notice in notices:
        needed = 3 if notice.organisation else 1
        # Two notices to one organisation would write its concern twice, which is not allowed.
        if writes + needed > LIMIT or notice.organisation in organisations:
            yield chunk
            chunk, writes, organisations = [], 0, set()
        chunk.append(notice)
        writes += needed
        organisations |= {notice.organisation} - {""}
    if chunk:
        yield chunk
