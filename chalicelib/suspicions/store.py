"""Cases, the pages of their things, and the notices to trading partners.

Promises: a case is created once; every change is conditional on the version it changes. Reads are
strong. The table's stream carries each new notice to those who are told. Nothing is deleted (DSCSA:
six years).

Trust: whoever can write here can hide a case, or tell partners of one; what is held, the events
tell.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.epcis.model import Quantity
from chalicelib.errors import AlreadyExists, NotFound
from chalicelib.gs1.keys import Gln, Lgtin
from chalicelib.ledger.epcset import epc_of
from chalicelib.suspicions.model import (
    Classification,
    Contact,
    Held,
    Hold,
    Note,
    Notice,
    Page,
    Partner,
    Role,
    State,
    Suspicion,
)
from chalicelib.table.bulk import put_many
from chalicelib.table.items import ALONE, Item, Key
from chalicelib.table.read import get, get_many, query
from chalicelib.table.transaction import Transaction, replaced


class SuspicionItem(Item):
    """A case: `pk` is `suspicion#{id}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    organisation = UnicodeAttribute()
    gln = UnicodeAttribute()
    contact = JSONAttribute()
    things = NumberAttribute()
    pages = NumberAttribute()
    notes = JSONAttribute()
    version = NumberAttribute()


class PageItem(Item):
    """Things of a case: `pk` is `suspicion#{id}#{fingerprint of the request}`, `sk` the number.

    Those of a request that turns out to reuse a key belong to no case.
    """

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    things = JSONAttribute()
    hold = UnicodeAttribute(null=True)
    version = NumberAttribute()


class NoticeItem(Item):
    """What a partner is told: `pk` is `suspicion-notice#{id}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "recalls"

    notice = JSONAttribute()


class ListedItem(Item):
    """Something in a list: `sk` ends with its id.

    `pk` is `suspicions#{organisation}` for cases, `suspicion-notices#{organisation}` for notices
    that a member got, `suspicion#{id}#told` for those that a case sent.
    """

    class Meta:
        """Where it lives."""

        table_name = "recalls"


def create(case: Suspicion, pages: Iterable[Page]) -> bool:
    """Keep a case with its things; return whether it is new.

    Raises:
        Busy: it may not be kept; to be called again.
    """
    put_many(_page_item(case, page) for page in pages)
    tx = Transaction()
    tx.create(_item(case), refused=AlreadyExists("The case exists already."))
    at = _text(case.opening.at)
    tx.put(ListedItem(f"suspicions#{case.organisation}", f"{at}#{case.id}"))
    try:
        tx.commit()
    except AlreadyExists:
        return False
    return True


def replace(case: Suspicion) -> None:
    """Keep a changed case; our own write under another answer is not a conflict.

    Raises:
        Raced: somebody else changed it.
    """
    replaced(_item(case), case.version - 1)


def find(case_id: str) -> Suspicion | None:
    """Return a case, or None; whoever shows it checks first whose it is."""
    item = get(SuspicionItem, f"suspicion#{case_id}")
    return None if item is None else _case(item)


def listed(
    organisation: str, *, after: str | None, limit: int
) -> tuple[list[Suspicion], str | None]:
    """Return an organisation's cases, newest first, and where to go on."""
    ids, last = _ids(f"suspicions#{organisation}", after=after, limit=limit)
    keys = [Key(SuspicionItem, f"suspicion#{each}") for each in ids]
    items = get_many(keys)
    return [_case(cast("SuspicionItem", items[key])) for key in keys], last


def pages(case: Suspicion, numbers: Sequence[int] | None = None) -> list[Page]:
    """Return pages of a case, in order; all of them when none are named."""
    wanted = range(case.pages) if numbers is None else numbers
    keys = [_page_key(case, number) for number in wanted]
    found = get_many(keys)
    return [
        _page(number, cast("PageItem", found[key]))
        for number, key in zip(wanted, keys, strict=True)
    ]


def replace_page(case: Suspicion, page: Page) -> None:
    """Keep a changed page.

    Raises:
        Raced: somebody else changed it; to be called again, and found done.
    """
    replaced(_page_item(case, page), page.version - 1)


def put_notices(notices: Iterable[Notice]) -> None:
    """Keep notices; again is the same.

    Raises:
        Busy: some may be kept; to be called again.
    """
    made = list(notices)
    at = [f"{_text(notice.at)}#{notice.id}" for notice in made]
    put_many(
        ListedItem(f"suspicion#{notice.case}#told", sk) for notice, sk in zip(made, at, strict=True)
    )
    put_many(
        ListedItem(f"suspicion-notices#{notice.organisation}", sk)
        for notice, sk in zip(made, at, strict=True)
        if notice.organisation
    )
    put_many(
        NoticeItem(f"suspicion-notice#{notice.id}", ALONE, notice=_notice_row(notice))
        for notice in made
    )


def find_notice(notice_id: str) -> Notice | None:
    """Return a notice, or None."""
    item = get(NoticeItem, f"suspicion-notice#{notice_id}")
    return None if item is None else _notice(item)


def notices_to(
    organisation: str, *, after: str | None, limit: int
) -> tuple[list[Notice], str | None]:
    """Return the notices that a member got, newest first, and where to go on."""
    return _notices(f"suspicion-notices#{organisation}", after=after, limit=limit)


def notices_of(
    case: Suspicion, *, after: str | None, limit: int
) -> tuple[list[Notice], str | None]:
    """Return the notices that a case gave cause for, newest first, and where to go on."""
    return _notices(f"suspicion#{case.id}#told", after=after, limit=limit)


def no_case() -> NotFound:
    """Return the refusal of a case that does not exist, or is nobody's business of the caller."""
    return NotFound("There is no such case.")


def _notices(pk: str, *, after: str | None, limit: int) -> tuple[list[Notice], str | None]:
    ids, last = _ids(pk, after=after, limit=limit)
    keys = [Key(NoticeItem, f"suspicion-notice#{each}") for each in ids]
    items = get_many(keys)
    # A notice stands in lists before it is kept: what is not there yet is made by a repeat.
    return [_notice(cast("NoticeItem", items[key])) for key in keys if key in items], last


def _ids(pk: str, *, after: str | None, limit: int) -> tuple[list[str], str | None]:
    found = query(ListedItem, pk, after=after, limit=limit, forward=False)
    return [item.sk.rpartition("#")[2] for item in found.items], found.last


def _item(case: Suspicion) -> SuspicionItem:
    return SuspicionItem(
        f"suspicion#{case.id}",
        ALONE,
        organisation=case.organisation,
        gln=str(case.gln),
        contact=_contact_row(case.contact),
        things=case.things,
        pages=case.pages,
        notes=[
            [_text(n.at), n.client, n.state, n.text, n.operation, n.fingerprint, n.classification,
             n.notified and _text(n.notified), n.incident]
            for n in case.notes
        ],
        version=case.version,
    )  # fmt: skip


def _case(item: SuspicionItem) -> Suspicion:
    return Suspicion(
        id=item.pk.removeprefix("suspicion#"),
        organisation=item.organisation,
        gln=Gln(item.gln),
        contact=Contact(*item.contact),
        things=int(item.things),
        pages=int(item.pages),
        notes=tuple(
            Note(datetime.fromisoformat(at), client, State(state), text, operation, fingerprint,
                 kind and Classification(kind), told and datetime.fromisoformat(told), incident)
            for at, client, state, text, operation, fingerprint, kind, told, incident in item.notes
        ),
        version=int(item.version),
    )  # fmt: skip


def _page_key(case: Suspicion, number: int) -> Key:
    return Key(PageItem, f"suspicion#{case.id}#{case.opening.fingerprint[:16]}", f"{number:04}")


def _page_item(case: Suspicion, page: Page) -> PageItem:
    key = _page_key(case, page.number)
    things = [
        [str(each.epc), each.hold, each.code, each.detail, each.locked,
         [[str(some.lgtin), some.count] for some in each.goods],
         [[str(gln), role] for gln, role in each.partners]]
        for each in page.things
    ]  # fmt: skip
    return PageItem(key.pk, key.sk, things=things, hold=page.hold, version=page.version)


def _page(number: int, item: PageItem) -> Page:
    things = tuple(
        Held(epc_of(key), hold and Hold(hold), code, detail, locked,
             tuple(Quantity(Lgtin.parse(lot), count) for lot, count in goods),
             tuple((Gln(gln), Role(role)) for gln, role in partners))
        for key, hold, code, detail, locked, goods, partners in item.things
    )  # fmt: skip
    return Page(number, things, Hold(item.hold) if item.hold else None, int(item.version))


def _contact_row(contact: Contact) -> list[str]:
    return [contact.name, contact.telephone, contact.email]


def _notice_row(notice: Notice) -> dict[str, Any]:
    return {
        "case": notice.case,
        "teller": str(notice.teller),
        "contact": _contact_row(notice.contact),
        "partner": str(notice.partner.gln),
        "roles": sorted(notice.partner.roles),
        "things": [str(epc) for epc in notice.partner.things],
        "organisation": notice.organisation,
        "state": notice.state,
        "classification": notice.classification,
        "at": _text(notice.at),
    }


def _notice(item: NoticeItem) -> Notice:
    row = cast("dict[str, Any]", item.notice)
    roles = frozenset(map(Role, row["roles"]))
    kind = row["classification"]
    return Notice(
        item.pk.removeprefix("suspicion-notice#"), row["case"], Gln(row["teller"]),
        Contact(*row["contact"]),
        Partner(Gln(row["partner"]), roles, tuple(map(epc_of, row["things"]))),
        row["organisation"], State(row["state"]), kind and Classification(kind),
        datetime.fromisoformat(row["at"]),
    )  # fmt: skip


def _text(at: datetime) -> str:
    """Return an instant in one width, so that texts sort as instants do."""
    return at.isoformat(timespec="microseconds")
