"""Returns, each with the pages of its units.

Promises: a return is created once, with what shall be done with each unit, and listed; a page is
replaced once, when that has been done. Reads are strong. Nothing is deleted (DSCSA: six years).

Trust: whoever can write here can hide that something was brought back, or why it was set apart;
where the goods are, the events tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.errors import AlreadyExists, Raced
from chalicelib.gs1.keys import Gln, Sgln, Sgtin
from chalicelib.ledger.epcset import epc_of
from chalicelib.returns.model import FEW, Outcome, Result, Return, Verification
from chalicelib.table.items import ALONE, Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction
from chalicelib.vrs.model import Info, Reason


class ReturnItem(Item):
    """A return: `pk` is `return#{id}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    organisation = UnicodeAttribute()
    customer = UnicodeAttribute()
    client = UnicodeAttribute()
    at = UnicodeAttribute()
    event_time = UnicodeAttribute()
    place = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    units = NumberAttribute()
    totals = JSONAttribute()
    version = NumberAttribute()


class ResultsItem(Item):
    """Units of a return: `pk` is `return#{id}`, `sk` is `results#{number}`.

    Version 1 says what shall be done with them, version 2 what came of that.
    """

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    results = JSONAttribute()
    version = NumberAttribute()


class ListedItem(Item):
    """A return in a list: `pk` is `returns#{organisation}`, `sk` is `{instant}#{id}`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `FEW` units of a return.

    Attributes:
        number: of the page, from 0.
        results: what shall come of them, or has.
        done: whether it has.
    """

    number: int
    results: tuple[Result, ...]
    done: bool = False


def create(made: Return, results: Sequence[Result]) -> bool:
    """Keep a return with what shall be done with its units; return whether it is new.

    Raises:
        Busy: it may not be kept; to be called again.
    """
    tx = Transaction()
    exists = AlreadyExists("The return exists already.")
    tx.create(_item(made), refused=exists)
    for start in range(0, len(results), FEW):
        few = tuple(results[start : start + FEW])
        tx.put(_page_item(made.id, Page(start // FEW, few)))
    tx.put(ListedItem(f"returns#{made.organisation}", f"{_text(made.at)}#{made.id}"))
    try:
        tx.commit()
    except AlreadyExists:
        return False
    return True


def find(return_id: str) -> Return | None:
    """Return a return, or None; whoever shows it checks first whose it is."""
    item = get(ReturnItem, f"return#{return_id}")
    return None if item is None else _return(item)


def pages(made: Return, numbers: Sequence[int] | None = None) -> list[Page]:
    """Return pages of a return, in order; all of them when none are named."""
    wanted = range(-(-made.count // FEW)) if numbers is None else numbers
    keys = [_page_key(made.id, number) for number in wanted]
    found = get_many(keys)
    return [
        _page(number, cast("ResultsItem", found[key]))
        for number, key in zip(wanted, keys, strict=True)
    ]


def finish(made: Return, page: Page) -> Page:
    """Keep what came of a page's units; return what was kept, which may be another's doing.

    Raises:
        Raced: it is being written just now; to be called again.
    """
    done = replace(page, done=True)
    tx = Transaction()
    tx.replace(_page_item(made.id, done), version=1)
    try:
        tx.commit()
    except Raced as refused:
        if not isinstance(refused.existing, ResultsItem):
            raise  # another write was under way; what came of it is not known here
        return _page(page.number, refused.existing)
    return done


def complete(made: Return, totals: Mapping[Outcome, int]) -> Return:
    """Keep how many units came to which end. Again changes nothing.

    Raises:
        Raced: it is being written just now; to be called again.
    """
    done = replace(made, totals=dict(totals))
    tx = Transaction()
    tx.replace(_item(done), version=1)
    try:
        tx.commit()
    except Raced as refused:
        if not isinstance(refused.existing, ReturnItem):
            raise
        return _return(refused.existing)
    return done


def listed(organisation: str, *, after: str | None, limit: int) -> tuple[list[Return], str | None]:
    """Return an organisation's returns, newest first, and where to go on."""
    found = query(ListedItem, f"returns#{organisation}", after=after, limit=limit, forward=False)
    keys = [Key(ReturnItem, f"return#{item.sk.rpartition('#')[2]}", ALONE) for item in found.items]
    items = get_many(keys)
    return [_return(cast("ReturnItem", items[key])) for key in keys], found.last


def _item(made: Return) -> ReturnItem:
    return ReturnItem(
        f"return#{made.id}",
        ALONE,
        organisation=made.organisation,
        customer=str(made.customer),
        client=made.client,
        at=_text(made.at),
        event_time=made.event_time.isoformat(),
        place=str(made.place),
        fingerprint=made.fingerprint,
        units=made.count,
        totals=made.totals,
        version=2 if made.complete else 1,
    )


def _return(item: ReturnItem) -> Return:
    return Return(
        id=item.pk.removeprefix("return#"),
        organisation=item.organisation,
        customer=Gln(item.customer),
        client=item.client,
        at=datetime.fromisoformat(item.at),
        event_time=datetime.fromisoformat(item.event_time),
        place=Sgln.parse(item.place),
        fingerprint=item.fingerprint,
        count=int(item.units),
        totals={Outcome(name): int(number) for name, number in item.totals.items()},
    )


def _page_key(return_id: str, number: int) -> Key:
    return Key(ResultsItem, f"return#{return_id}", f"results#{number:04}")


def _page_item(return_id: str, page: Page) -> ResultsItem:
    key = _page_key(return_id, page.number)
    rows = [_row(each) for each in page.results]
    return ResultsItem(key.pk, key.sk, results=rows, version=2 if page.done else 1)


def _page(number: int, item: ResultsItem) -> Page:
    return Page(number, tuple(_results(item.results)), int(item.version) > 1)


def _row(result: Result) -> list[Any]:
    asked = result.verification
    return [
        result.unit and str(result.unit),
        result.lot,
        result.expiry and result.expiry.isoformat(),
        result.outcome,
        list(result.reasons),
        asked and [asked.correlation, asked.responder, asked.verified, asked.reason, asked.info],
        result.detail,
        result.locks,
    ]


def _results(rows: Sequence[Any]) -> Iterator[Result]:
    for key, lot, expiry, outcome, reasons, asked, detail, locks in rows:
        unit = epc_of(key) if key else None
        verification = None
        if asked:
            correlation, responder, verified, reason, info = asked
            verification = Verification(
                correlation, responder, verified, reason and Reason(reason), info and Info(info)
            )
        yield Result(
            unit if isinstance(unit, Sgtin) else None, lot, expiry and date.fromisoformat(expiry),
            Outcome(outcome), tuple(reasons), verification, detail, locks,
        )  # fmt: skip


def _text(at: datetime) -> str:
    """Return an instant in one width, so that texts sort as instants do."""
    return at.isoformat(timespec="microseconds")
