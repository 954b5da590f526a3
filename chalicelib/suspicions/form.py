"""The record of a notification to FDA, with the fields of Form FDA 3911.

What is known is filled in; what is not is named as missing, and never made up. The form itself is
sent to FDA by the company.

Source: Form FDA 3911, Drug Notification (8/15), items 1 to 24.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.directory.store import Directory, ProductStore
from chalicelib.directory.told_store import ToldStore
from chalicelib.epcis.model import Quantity
from chalicelib.gs1.keys import Gtin, Lgtin, Sgln, Sgtin
from chalicelib.lots.store import LotStore
from chalicelib.suspicions.model import Page, State, Suspicion

_OF_PRODUCTS = {
    "name": "regulatedProductName",
    "primaryIngredients": "",
    "strength": "strengthDescription",
    "dosageForm": "dosageFormType",
    "ndc": "additionalTradeItemIdentification",
}
_ADDRESS = ("streetAddressOne", "city", "state", "postalCode", "countryCode")


def notification(case: Suspicion, pages: list[Page], now: datetime) -> dict[str, Any]:
    """Return the record of a notification as JSON.

    Args:
        case: that is notified.
        pages: its things.
        now: decides whether it is overdue.
    """
    record = {
        "typeOfReport": _type(case),
        "incidentNumber": case.incident or None,
        "dateOfInitialNotification": _day(case.notified),
        "dateDetermined": _day(case.determined),
        "classification": case.classification and case.classification.value,
        "products": _products(case, pages),
        "description": case.opening.text,
        "followUps": [
            {"at": note.at.isoformat(), "state": note.state.value, "text": note.text}
            for note in case.notes[1:]
        ],
        "reasonForTermination": _ending(case),
        "company": _company(case),
        "contact": {
            "name": case.contact.name or None,
            "telephone": case.contact.telephone or None,
            "email": case.contact.email or None,
        },
        "dueAt": case.due and case.due.isoformat(),
        "overdue": case.overdue(now),
    }
    optional = set() if case.incident or case.notified is None else {"/incidentNumber"}
    return record | {"missing": sorted({*_missing(record), *optional})}


def _type(case: Suspicion) -> str | None:
    """Return which report comes next; None while there is nothing to report."""
    if case.determined is None:
        return None
    if case.state in (State.CLEARED, State.TERMINATED):
        return "request_for_termination"
    return "initial_notification" if case.notified is None else "follow_up_notification"


def _ending(case: Suspicion) -> str | None:
    ended = case.state in (State.CLEARED, State.TERMINATED)
    return case.notes[-1].text if ended and case.determined else None


def _day(at: datetime | None) -> str | None:
    return at.date().isoformat() if at else None


def _products(case: Suspicion, pages: Iterable[Page]) -> list[dict[str, Any]]:
    """Return each product with its lots and serial numbers."""
    counts: dict[Lgtin, int] = {}
    serials: dict[Gtin, list[str]] = {}
    containers: dict[Gtin, list[str]] = {}
    for held in (each for page in pages for each in page.things):
        for gtin in _counted(counts, held.goods):
            if isinstance(held.epc, Sgtin):
                serials.setdefault(gtin, []).append(held.epc.serial)
            else:
                containers.setdefault(gtin, []).append(str(held.epc))
    gtins = sorted({lgtin.gtin for lgtin in counts})
    lots = LotStore().get_many(counts)
    registered = ProductStore().get_many(gtins)
    told = ToldStore(case.organisation).of(gtins)
    shown = []
    for gtin in gtins:
        about: Mapping[str, Any] = told[gtin].attributes if gtin in told else {}
        found = {name: _text(about.get(word)) for name, word in _OF_PRODUCTS.items()}
        if gtin in registered:
            found["name"] = registered[gtin].name
        of_gtin = sorted(lgtin for lgtin in counts if lgtin.gtin == gtin)
        shown.append(
            {
                "gtin": str(gtin),
                **found,
                "quantity": sum(counts[lgtin] for lgtin in of_gtin),
                "lots": [
                    {
                        "lot": lgtin.lot,
                        "expiry": lots[lgtin].expiry.isoformat() if lgtin in lots else None,
                        "quantity": counts[lgtin],
                    }
                    for lgtin in of_gtin
                ],
                "serials": serials.get(gtin, []),
                "insideContainers": containers.get(gtin, []),
            }
        )
    return shown


def _counted(counts: dict[Lgtin, int], goods: Iterable[Quantity]) -> set[Gtin]:
    """Add goods to a count; return the products among them."""
    found = set()
    for each in goods:
        counts[each.lgtin] = counts.get(each.lgtin, 0) + each.count
        found.add(each.lgtin.gtin)
    return found


def _company(case: Suspicion) -> dict[str, Any]:
    member = Directory().organisations_of([case.gln]).get(case.gln)
    told = ToldStore(case.organisation).of([Sgln(case.gln), case.gln])
    about = told.get(Sgln(case.gln)) or told.get(case.gln)
    said: Mapping[str, Any] = about.attributes if about else {}
    address = {name: _text(said.get(name)) for name in _ADDRESS}
    return {
        "gln": str(case.gln),
        "name": member.name if member else None,
        "type": sorted(member.roles) if member else None,
        **address,
    }


def _text(value: Any) -> str | None:
    """Return a value as text; several of them together."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return None if value is None else str(value)


def _missing(value: Any, at: str = "") -> Iterable[str]:
    """Yield JSON pointers of what is not known, and is always asked for."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if f"{at}/{name}" not in _NOT_ALWAYS:
                yield from _missing(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _missing(inner, f"{at}/{number}")
    elif value is None:
        yield at


_NOT_ALWAYS = frozenset(
    {"/incidentNumber", "/dateOfInitialNotification", "/reasonForTermination", "/dueAt"}
)
