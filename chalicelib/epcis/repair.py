"""The tolerant mode: an event of EPCIS 1.x, put right where only one thing can have been meant.

Systems of the trade have sent the same slips for years: blanks around a value, `+0000` for an
offset, a word of CBV under a wrong URN, one EPC twice. Each repair is told, so that a person can
see what was taken as what. What could mean two things stays as it is, and at fault: a time without
zone, a bare document number, an element of a vendor's without a namespace.

An event that passes the gates is never touched, nor is a field without fault, nor an extension.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.faults import MOST_FAULTS, step
from chalicelib.epcis.fields import instant_of
from chalicelib.epcis.gates import check_event, check_header
from chalicelib.epcis.mending import FIELDS, NOTHING, Repair, Repairs
from chalicelib.epcis.shape import at_fault
from chalicelib.errors import FieldError

__all__ = ["TOLERATED", "Repair", "Repaired", "RepairedDocument", "repair", "repair_header"]

TOLERATED = ("1.0", "1.1", "1.2")
"""Versions whose events are repaired; who sends EPCIS 2.0 sends it right."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """An event after repair.

    Attributes:
        event: the event as taken; the one that was sent when nothing was repaired.
        repairs: what was put right.
        faults: what the gates still find; such an event waits for a person.
    """

    event: EventObject
    repairs: list[Repair]
    faults: list[FieldError]


@dataclass(frozen=True, slots=True)
class RepairedDocument:
    """A document after repair of its header.

    Attributes:
        document: as taken; the one that was given when nothing was repaired.
        repairs: what was put right.
        faults: what `check_header` still finds.
    """

    document: EpcisDocument
    repairs: list[Repair]
    faults: list[FieldError]


def repair(event: EventObject, version: str) -> Repaired:
    """Put right what is unambiguous in an event, and judge the rest.

    The event that was given is not changed.

    Args:
        event: as its reader made it.
        version: of the document that it came in, such as `1.2`.
    """
    faults = check_event(event)
    if not faults or version not in TOLERATED or not isinstance(event, Mapping):
        return Repaired(event, [], faults)
    repairs = Repairs()
    sent_as = _sent_as(event, repairs)
    mended = {sent_as.get(name, name): value for name, value in event.items()}
    told = at_fault(faults) if len(faults) < MOST_FAULTS else frozenset(event)
    for sent in sorted(told & event.keys()):
        name = sent_as.get(sent, sent)
        made = FIELDS[name](event[sent], step(sent), repairs) if name in FIELDS else event[sent]
        if made is NOTHING:
            del mended[name]
        else:
            mended[name] = made
    _add_offset(mended, repairs)
    if not repairs.made:
        return Repaired(event, [], faults)
    return Repaired(mended, repairs.made, check_event(mended))


def repair_header(document: EpcisDocument) -> RepairedDocument:
    """Put right what a document of EPCIS 1.x says of itself, and judge the rest.

    Its events are neither read nor judged.
    """
    faults = check_header(document)
    if not faults or document.version not in TOLERATED:
        return RepairedDocument(document, [], faults)
    repairs = Repairs()
    created = FIELDS["recordTime"](document.created, "/creationDate", repairs)
    if created is NOTHING or not repairs.made:
        return RepairedDocument(document, [], faults)
    mended = replace(document, created=created)
    return RepairedDocument(mended, repairs.made, check_header(mended))


def _sent_as(event: EventObject, repairs: Repairs) -> dict[str, str]:
    """Return the right names of fields that were sent in other case, such as `EPCList`."""
    folded = Counter(sent.casefold() for sent in event)
    found: dict[str, str] = {}
    for sent in event:
        name = _FOLDED.get(sent.casefold(), sent)
        if name != sent and folded[sent.casefold()] == 1:
            found[sent] = name
            repairs.note(step(sent), "field", sent, name)
    return found


_FOLDED = {name.casefold(): name for name in FIELDS}


def _add_offset(event: EventObject, repairs: Repairs) -> None:
    """An event without offset happened where its time was written down, if that is told."""
    time = event.get("eventTime")
    if "eventTimeZoneOffset" in event or not isinstance(time, str) or instant_of(time) is None:
        return
    if not time.endswith("Z"):
        made = repairs.note("/eventTimeZoneOffset", "time_zone", None, time[-6:])
        event["eventTimeZoneOffset"] = made
