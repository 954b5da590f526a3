"""The second gate: whether what an event says can be so, taken together.

Each rule stands with the fields that it reads and is left out when the first gate found fault with
one of them, so nobody is told the same thing twice.

Two things that look like rules are none. `eventTime` may carry another offset than
`eventTimeZoneOffset`: it says when, not where (EPCIS 2.0, 7.4.1). An error declaration may be older
than the `eventTime` that it corrects: a wrong time is a thing to declare (EPCIS 2.0, 7.4.1.2).

Sources: EPCIS 2.0, section 7; CBV 2.0, section 8.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from chalicelib.epcis.faults import Faults, described
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.schemes import Identity, Kind, identify
from chalicelib.errors import FieldError, Malformed
from chalicelib.gs1.refusal import shown

EARLIEST_YEAR, LATEST_YEAR = 1970, 2099
"""A time outside is a slip of a pen: EPCIS tells of things that have happened."""

_INSTANCES = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)
_LINKING = ("AggregationEvent", "AssociationEvent")
_CBV_IDS = ("urn:epcglobal:cbv:bt:", "urn:epcglobal:cbv:xform:")
_UNDER_GLN = re.compile(r"urn:epcglobal:cbv:(?:bt|xform):[0-9]{13}:.+", re.DOTALL)

Event = Mapping[str, Any]
Rule = Callable[[Event, Faults], None]
"""Looks at an event and notes what cannot be so."""


def check(event: Event, at_fault: frozenset[str] = frozenset()) -> list[FieldError]:
    """Return what cannot be so in an event.

    Args:
        event: whose shape was judged.
        at_fault: fields that the first gate found fault with; no rule reads those.

    Returns:
        Faults with pointers relative to the event, at most `MOST_FAULTS`.
    """
    faults = Faults()
    for fields, rule in _RULES:
        if not at_fault.intersection(fields):
            rule(event, faults)
    return faults.found


def _parent(event: Event, faults: Faults) -> None:
    """Whoever adds to, or takes from, a container says which (EPCIS 2.0, 7.4.3)."""
    linking = event.get("type") == "AggregationEvent" and event.get("action") in ("ADD", "DELETE")
    if linking and "parentID" not in event:
        faults.add("/parentID", "missing", "nothing", f"the parent, as action is {event['action']}")


def _instances(name: str, event: Event, faults: Faults) -> None:
    """EPC lists name single things, each once, in whatever spelling."""
    seen: dict[str, int] = {}
    for at, uri in enumerate(event.get(name, ())):
        identity = _single(uri, f"/{name}/{at}", faults)
        if identity is not None and (first := seen.setdefault(identity.key, at)) != at:
            found = f"{shown(uri)}, which is item {first} again"
            faults.add(f"/{name}/{at}", "duplicate", found, "each thing once")
        if faults.full:
            return


def _single(uri: str, pointer: str, faults: Faults) -> Identity | None:
    identity = _identified(uri, pointer, faults)
    if identity is not None and identity.kind is Kind.CLASS:
        expected = "one single thing; a class belongs in a quantity list"
        faults.add(pointer, "kind", f"the class {shown(uri)}", expected)
    return identity


def _container(event: Event, faults: Faults) -> None:
    if "parentID" in event:
        _single(event["parentID"], "/parentID", faults)


def _own_child(event: Event, faults: Faults) -> None:
    """Nothing contains itself."""
    if "parentID" not in event:
        return
    parent = _identified(event["parentID"], "", Faults())
    for at, uri in enumerate(event.get("childEPCs", ())):
        if parent is not None and _identified(uri, "", Faults()) == parent:
            faults.add(f"/childEPCs/{at}", "own_parent", "the parent itself", "another thing")


def _place(name: str, event: Event, faults: Faults) -> None:
    if name in event:
        _identified(event[name]["id"], f"/{name}/id", faults)


def _party(name: str, event: Event, faults: Faults) -> None:
    for at, each in enumerate(event.get(f"{name}List", ())):
        _identified(each[name], f"/{name}List/{at}/{name}", faults)


def _quantities(name: str, event: Event, faults: Faults) -> None:
    for at, each in enumerate(event.get(name, ())):
        pointer = f"/{name}/{at}"
        identity = _identified(each["epcClass"], f"{pointer}/epcClass", faults)
        if identity is not None and identity.kind is Kind.ONE:
            found = f"the single thing {shown(each['epcClass'])}"
            faults.add(f"{pointer}/epcClass", "kind", found, "a class of things")
        _amount(each, pointer, faults)
        if faults.full:
            return


def _amount(element: Event, pointer: str, faults: Faults) -> None:
    """How much: positive, and whole where nothing but pieces is counted (EPCIS 2.0, 7.3.3)."""
    amount = element.get("quantity")
    if amount is None:
        if "uom" in element:
            faults.add(f"{pointer}/uom", "requisite", "a unit alone", "a quantity beside it")
    elif amount <= 0:
        faults.add(f"{pointer}/quantity", "value", described(amount), "more than 0")
    elif "uom" not in element and not _whole(amount):
        expected = "a whole number, or a uom"
        faults.add(f"{pointer}/quantity", "value", described(amount), expected)


def _whole(amount: int | float | Decimal) -> bool:
    if isinstance(amount, Decimal):
        return amount == amount.to_integral_value()
    return not isinstance(amount, float) or amount.is_integer()


def _times(event: Event, faults: Faults) -> None:
    at = instant_of(event.get("eventTime"))
    if at is not None and not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        expected = f"a year from {EARLIEST_YEAR} to {LATEST_YEAR}"
        faults.add("/eventTime", "value", f"the year {at.year}", expected)


def _correction(event: Event, faults: Faults) -> None:
    """What corrects an event is another event (EPCIS 2.0, 7.4.1.2)."""
    declaration = event.get("errorDeclaration", {})
    for at, corrective in enumerate(declaration.get("correctiveEventIDs", ())):
        if corrective == event.get("eventID"):
            pointer = f"/errorDeclaration/correctiveEventIDs/{at}"
            faults.add(pointer, "own_correction", "the event itself", "another event")


def _persistence(event: Event, faults: Faults) -> None:
    """A disposition is either set or unset."""
    stated = event.get("persistentDisposition", {})
    begun = set(stated.get("set", ()))
    for at, ended in enumerate(stated.get("unset", ())):
        if ended in begun:
            pointer = f"/persistentDisposition/unset/{at}"
            faults.add(pointer, "contradiction", f"{shown(ended)}, which is set too", "either")


def _sensors(event: Event, faults: Faults) -> None:
    for at, element in enumerate(event.get("sensorElementList", ())):
        pointer = f"/sensorElementList/{at}"
        _span(element.get("sensorMetadata", {}), f"{pointer}/sensorMetadata", faults)
        for number, report in enumerate(element["sensorReport"]):
            low, high = report.get("minValue"), report.get("maxValue")
            if low is not None and high is not None and low > high:
                found = f"a minimum of {described(low)} over a maximum of {described(high)}"
                at_report = f"{pointer}/sensorReport/{number}/minValue"
                faults.add(at_report, "value", found, "at most the maximum")


def _span(metadata: Event, pointer: str, faults: Faults) -> None:
    start, end = instant_of(metadata.get("startTime")), instant_of(metadata.get("endTime"))
    if start and end and start > end:
        found = f"{described(metadata['endTime'])}, before startTime"
        faults.add(f"{pointer}/endTime", "value", found, "a time not before startTime")


def _documents(event: Event, faults: Faults) -> None:
    """Ids in CBV's own form stand under 13 digits of their issuer (CBV 2.0, 8.5 and 8.6).

    No check digit is asked of those: GS1's own examples have wrong ones, and the id stays unique.
    """
    for at, each in enumerate(event.get("bizTransactionList", ())):
        _under_gln(each["bizTransaction"], f"/bizTransactionList/{at}/bizTransaction", faults)
    if "transformationID" in event:
        _under_gln(event["transformationID"], "/transformationID", faults)


def _under_gln(uri: str, pointer: str, faults: Faults) -> None:
    if not uri.startswith(_CBV_IDS):
        _identified(uri, pointer, faults)
    elif not _UNDER_GLN.fullmatch(uri):
        expected = "{13 digits of a GLN}:{id} behind bt: or xform:"
        faults.add(pointer, "syntax", shown(uri), expected)


def _identified(uri: str, pointer: str, faults: Faults) -> Identity | None:
    try:
        return identify(uri)
    except Malformed as refusal:
        for each in refusal.errors:
            if not faults.full:
                faults.found.append(FieldError(pointer, each.code, each.message))
        return None


_RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("type", "action", "parentID"), _parent),
    *[((name,), partial(_instances, name)) for name in _INSTANCES],
    (("parentID",), _container),
    (("parentID", "childEPCs"), _own_child),
    *[((name,), partial(_place, name)) for name in ("readPoint", "bizLocation")],
    *[((f"{name}List",), partial(_party, name)) for name in ("source", "destination")],
    *[((name,), partial(_quantities, name)) for name in _QUANTITIES],
    (("eventTime",), _times),
    (("errorDeclaration", "eventID"), _correction),
    (("persistentDisposition",), _persistence),
    (("sensorElementList",), _sensors),
    (("bizTransactionList", "transformationID"), _documents),
)
