"""A SimpleEventQuery: filters that all must hold, an order, a limit (EPCIS 2.0, section 8.2.7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from chalicelib.epcis.identifiers import canonical_uri

PATTERN = "urn:epc:idpat:"
"""What a pattern of EPCs starts with (TDS 2.0, section 8)."""

_CLASS = re.compile(
    r"https://id\.gs1\.org/(?:01/[0-9]{14}|8006/[0-9]{18}|8010/[^/]+|25[35]/[0-9]{13}"
    r"|8003/[0-9]{14})"
).fullmatch


def is_several(epc: object) -> bool:
    """Return whether an EPC that is sought is a pattern, or the Digital Link of a class.

    Such a class stands for all its members, as its URN `urn:epc:idpat:sgtin:0614141.812345.*` does.
    """
    return isinstance(epc, str) and (epc.startswith(PATTERN) or _CLASS(epc) is not None)


Value = str | Decimal | datetime | bool
"""What a filter compares with, in the one spelling that `spelling` gives it."""


def _is_pattern(value: object) -> bool:
    return str(value).startswith(PATTERN)


def _class_of_lots(value: str) -> str:
    """Return a class, or the class whose lots a pattern means."""
    return canonical_uri(value.replace(f"{PATTERN}lgtin:", f"{PATTERN}sgtin:", 1))


def _has_no_class(value: object) -> bool:
    return _is_pattern(_class_of_lots(str(value)))


class Operator(StrEnum):
    """What a filter asks of the values of its subject; the first part of a parameter's name."""

    EQ = "EQ"
    GT = "GT"
    GE = "GE"
    LT = "LT"
    LE = "LE"
    EXISTS = "EXISTS"
    MATCH = "MATCH"
    WITHIN = "WD"
    HAS_ATTRIBUTE = "HASATTR"
    ATTRIBUTE = "EQ_ATTR"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: at least one value of a subject is so.

    Attributes:
        name: of the parameter, as it was sent.
        operator: how the subject's values are compared.
        subject: what is looked at, by its name in `subjects`.
        values: at least one of them must fit; empty for `EXISTS`.
        qualifier: what narrows the subject: the type of a transaction or party, a unit of measure,
            or the qualified name of an extension field.
        inner: whether an extension is sought inside of others instead of beside the fields.
        attribute: qualified name of the attribute of master data that is compared.
    """

    name: str
    operator: Operator
    subject: str
    values: tuple[Value, ...] = ()
    qualifier: str = ""
    inner: bool = False
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events, in which order, and how many.

    The properties are for whoever plans how to find them. Each tells what one filter demands, in
    the spelling of `index.keys`: every event that the query finds has one of those values. An empty
    property, or None, demands nothing.

    Attributes:
        filters: all of them must hold.
        order_by: `eventTime`, `recordTime`, or the qualified name of an extension field.
        descending: the latest or greatest first.
        event_count_limit: so many at most, the others dropped; None for all.
        max_event_count: refuse the query when it finds more; None for no such limit.
    """

    filters: tuple[Filter, ...] = ()
    order_by: str = "eventTime"
    descending: bool = True
    event_count_limit: int | None = None
    max_event_count: int | None = None

    @property
    def epcs(self) -> tuple[str, ...]:
        """EPCs, of which an event names one as item, child, parent, input or output."""
        return self._fewest_single("epc", "inputEPC", "outputEPC", "anyEPC")

    @property
    def parents(self) -> tuple[str, ...]:
        """EPCs, one of which is the parent."""
        return self._fewest_single("parentID")

    @property
    def classes(self) -> tuple[str, ...]:
        """EPC classes, of which an event names a quantity; of a pattern of lots, their GTIN."""
        subjects = ("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass")
        return tuple(map(_class_of_lots, self._fewest(*subjects, but=_has_no_class)))

    @property
    def event_ids(self) -> tuple[str, ...]:
        """Identities of events."""
        return self._fewest("eventID")

    @property
    def event_types(self) -> tuple[str, ...]:
        """Types of events."""
        return self._fewest("eventType")

    @property
    def biz_steps(self) -> tuple[str, ...]:
        """Business steps, bare where they are CBV's."""
        return self._fewest("bizStep")

    @property
    def dispositions(self) -> tuple[str, ...]:
        """Dispositions, bare where they are CBV's."""
        return self._fewest("disposition")

    @property
    def biz_locations(self) -> tuple[str, ...]:
        """Business locations; those asked for with their descendants are not among them."""
        return self._fewest("bizLocation")

    @property
    def read_points(self) -> tuple[str, ...]:
        """Read points; those asked for with their descendants are not among them."""
        return self._fewest("readPoint")

    @property
    def documents(self) -> tuple[str, ...]:
        """Business transactions, of whatever type."""
        return self._fewest("bizTransaction")

    @property
    def transformations(self) -> tuple[str, ...]:
        """Identities of transformations."""
        return self._fewest("transformationID")

    @property
    def event_from(self) -> datetime | None:
        """The earliest event time."""
        return max(self._bounds("eventTime", Operator.GE), default=None)

    @property
    def event_to(self) -> datetime | None:
        """The event time before which an event is."""
        return min(self._bounds("eventTime", Operator.LT), default=None)

    @property
    def record_from(self) -> datetime | None:
        """The earliest record time."""
        return max(self._bounds("recordTime", Operator.GE), default=None)

    @property
    def record_to(self) -> datetime | None:
        """The record time before which an event is."""
        return min(self._bounds("recordTime", Operator.LT), default=None)

    def _fewest_single(self, *subjects: str) -> tuple[str, ...]:
        return self._fewest(*subjects, but=is_several)

    def _fewest(
        self, *subjects: str, but: Callable[[object], bool] = _is_pattern
    ) -> tuple[str, ...]:
        exact = [
            tuple(value for value in each.values if isinstance(value, str))
            for each in self.filters
            if each.subject in subjects
            and each.operator in (Operator.EQ, Operator.MATCH)
            and not any(but(value) for value in each.values)
        ]
        return min(exact, key=len, default=())

    def _bounds(self, subject: str, operator: Operator) -> list[datetime]:
        return [
            value
            for each in self.filters
            if each.subject == subject and each.operator is operator
            for value in each.values
            if isinstance(value, datetime)
        ]
