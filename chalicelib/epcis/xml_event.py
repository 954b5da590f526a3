"""One event as XML of EPCIS 2.0, 1.2 or 1.1 (EPCIS 2.0, section 9; EPCIS 1.2, section 9.5).

What a version of XML has no place for is lost there: it is named, and by default refused.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from chalicelib.epcis.document import EventObject
from chalicelib.epcis.faults import described, step
from chalicelib.epcis.words import (
    BIZ_STEP,
    BIZ_TRANSACTION,
    DISPOSITION,
    ERROR_REASON,
    SOURCE_DESTINATION,
    WEB,
    Vocabulary,
)
from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_order import (
    BASE,
    EPC_LISTS,
    ORDERS_1,
    ORDERS_2,
    PLACES,
    QUANTITY_LISTS,
    TIMES,
    TYPED_LISTS,
    VERSIONS,
    Order,
)
from chalicelib.epcis.xml_sensors import sensor_element
from chalicelib.epcis.xml_text import as_list, as_object, attribute, decimal, items, text
from chalicelib.errors import FieldError, Malformed


class CbvSpelling(StrEnum):
    """How XML spells the words of the CBV (EPCIS 2.0, section 12, `GS1-CBV-XML-Format`)."""

    URN = "Always_URN"
    WEB_URI = "Always_Web_URI"


def unchanged(uri: str) -> str:
    """Return an EPC as it was sent."""
    return uri


def write_event(
    event: EventObject,
    *,
    version: str = "2.0",
    cbv: CbvSpelling = CbvSpelling.URN,
    epc: Callable[[str], str] = unchanged,
    lossy: bool = False,
) -> bytes:
    """Return an event as the element that stands in an `EventList`, in UTF-8.

    The prefixes of its extensions are declared on the event itself, so that it stands alone.

    Args:
        event: the event.
        version: of EPCIS: `2.0`, `1.2` or `1.1`.
        cbv: how words of the CBV are spelt; always as URNs in 1.x.
        epc: spells the identifiers of objects, places, parties and documents.
        lossy: leave out what this version has no place for instead of refusing it. An event of a
            type that it does not know is left out entirely: the result is empty.

    Raises:
        Malformed: the event holds what no XML can carry; or, unless `lossy`, something would be
            lost, each with its pointer and the code `no_xml`.
    """
    written, lost = _written(event, version, cbv, epc)
    if lost and not lossy:
        raise refusal(lost, f"EPCIS {version} in XML")
    return written


def losses(event: EventObject, version: str = "2.0") -> list[FieldError]:
    """Return everything that this version of XML has no place for, by pointers into the event.

    Raises:
        Malformed: the event holds what no XML can carry.
    """
    return _written(event, version, CbvSpelling.URN, unchanged)[1]


def refusal(lost: list[FieldError], form: str) -> Malformed:
    """Return the refusal to lose something; the caller raises it."""
    fields = ", ".join(error.pointer for error in lost[:10])
    return Malformed(f"{form} has no place for {fields}", code="no_xml", errors=lost)


def _written(
    event: EventObject, version: str, cbv: CbvSpelling, epc: Callable[[str], str]
) -> tuple[bytes, list[FieldError]]:
    if version not in VERSIONS:
        raise ValueError(f"EPCIS {version} is not written as XML, only {VERSIONS}")
    kind = event.get("type")
    order = (ORDERS_2 if version == "2.0" else ORDERS_1).get(kind if isinstance(kind, str) else "")
    if order is None:
        message = f"EPCIS {version} in XML has no {described(kind)}"
        return b"", [FieldError("/type", "no_xml", message)]
    writer = _Writer(event, order, version, cbv, epc)
    return writer.write().encode(), writer.markup.lost


class _Writer:
    """Writes one event."""

    def __init__(
        self,
        event: EventObject,
        order: Order,
        version: str,
        cbv: CbvSpelling,
        epc: Callable[[str], str],
    ) -> None:
        self._event, self._order = event, order
        self._first = version != "2.0"
        self._web = cbv is CbvSpelling.WEB_URI and not self._first
        self._epc = epc
        self.markup = Markup(event.get("@context"))

    def write(self) -> str:
        event, order = self._event, self._order
        name = event["type"]
        parts = [self._field(field) for field in TIMES]
        base = "".join(self._field(field) for field in BASE if self._knows(field))
        parts.append(f"<baseExtension>{base}</baseExtension>" if base and self._first else base)
        parts += [self._field(field) for field in order.fields]
        extended = "".join(self._field(field) for field in order.extended)
        parts.append(f"<extension>{extended}</extension>" if extended else "")
        marked = {k: v for k, v in event.items() if k.startswith("@") and k != "@context"}
        base_fields = [field for field in BASE if self._knows(field)]
        known = {*TIMES, *base_fields, *order.fields, *order.extended, *marked}
        parts.append(self.markup.extensions(event, known | {"type", "@context"}, ""))
        attributes = self.markup.attributes(marked.items(), "")
        parts.insert(0, f"<{name}{self.markup.declarations()}{attributes}>")
        before = "".join(f"<{each}>" for each in order.wrapping)
        after = "".join(f"</{each}>" for each in reversed(order.wrapping))
        return f"{before}{''.join(parts)}</{name}>{after}"

    def _knows(self, field: str) -> bool:
        return not (self._first and field == "certificationInfo")

    def _field(self, field: str) -> str:
        value = self._event.get(field)
        if value is None:
            return f"<{field}/>" if field in self._order.needed else ""
        pointer = step(field)
        special = _SPECIAL.get(field)
        if special is not None:
            return special(self, value, pointer)
        if field in QUANTITY_LISTS:
            return self._listed(field, value, pointer, self._quantity)
        if field in TYPED_LISTS:
            return self._listed(field, value, pointer, self._typed, needed=True)
        if field in EPC_LISTS:
            content = self._epcs(value, pointer)
        elif field in PLACES:
            content = self._place(value, pointer)
        else:
            content = text(self._spelt(value) if field == "parentID" else value, pointer)
        return f"<{field}>{content}</{field}>"

    def _spelt(self, value: Any) -> Any:
        return self._epc(value) if isinstance(value, str) else value

    def _uri(self, name: str, owner: Mapping[str, Any], pointer: str) -> str:
        """Return the element of an identifier; none where there is none, which gates refuse."""
        if owner.get(name) is None:
            return ""
        return f"<{name}>{text(self._spelt(owner[name]), pointer + step(name))}</{name}>"

    def _word(self, vocabulary: Vocabulary, value: Any) -> Any:
        bare = vocabulary.bare(value) if isinstance(value, str) else None
        if bare is None or not value.endswith(bare):
            return value  # not the standard's word, or one in a case that is not the standard's
        return WEB[0] + vocabulary.local + bare if self._web else vocabulary.urns[0] + bare

    def _epcs(self, value: Any, pointer: str) -> str:
        values = as_list(value, pointer)
        if self._epc is not unchanged:
            values = [self._spelt(each) for each in values]
        return items("epc", values, pointer)

    def _listed(
        self,
        field: str,
        value: Any,
        pointer: str,
        item: Callable[[Mapping[str, Any], str, str], str],
        *,
        needed: bool = False,
    ) -> str:
        """Return a list of objects; `needed` when its schema wants at least one, or no list."""
        values = as_list(value, pointer)
        if needed and not values:
            self.markup.lose(pointer, "XML has no empty list of this kind")
            return ""
        found = [
            item(as_object(each, f"{pointer}/{at}"), field, f"{pointer}/{at}")
            for at, each in enumerate(values)
        ]
        return f"<{field}>{''.join(found)}</{field}>"

    def _quantity(self, owner: Mapping[str, Any], field: str, pointer: str) -> str:
        self.markup.nothing_but(owner, ("epcClass", "quantity", "uom", "type"), pointer)
        found = self._uri("epcClass", owner, pointer)
        quantity, uom = owner.get("quantity"), owner.get("uom")
        if quantity is not None:
            at = pointer + "/quantity"
            # An object is how a quantity that is nil comes out of XML.
            spelt = quantity if isinstance(quantity, Mapping) else decimal(quantity, at)
            found += self.markup.element("quantity", spelt, at)
            found += "" if uom is None else f"<uom>{text(uom, pointer + '/uom')}</uom>"
        elif uom is not None:
            self.markup.lose(pointer + "/uom", "a unit without a quantity has no place")
        return f"<quantityElement>{found}</quantityElement>"

    def _typed(self, owner: Mapping[str, Any], field: str, pointer: str) -> str:
        name = TYPED_LISTS[field]
        self.markup.nothing_but(owner, ("type", name), pointer)
        vocabulary = BIZ_TRANSACTION if name == "bizTransaction" else SOURCE_DESTINATION
        kind = self._word(vocabulary, owner.get("type"))
        typed = "" if kind is None else f' type="{attribute(kind, pointer + "/type")}"'
        uri = text(self._spelt(owner.get(name, "")), pointer + step(name))
        return f"<{name}{typed}>{uri}</{name}>"

    def _place(self, value: Any, pointer: str) -> str:
        owner = as_object(value, pointer)
        extensions = self.markup.extensions(owner, {"id"}, pointer)
        return self._uri("id", owner, pointer) + extensions

    def _biz_step(self, value: Any, pointer: str) -> str:
        return f"<bizStep>{text(self._word(BIZ_STEP, value), pointer)}</bizStep>"

    def _disposition(self, value: Any, pointer: str) -> str:
        return f"<disposition>{text(self._word(DISPOSITION, value), pointer)}</disposition>"

    def _persistent(self, value: Any, pointer: str) -> str:
        owner = as_object(value, pointer)
        self.markup.nothing_but(owner, ("set", "unset"), pointer)
        found = ""
        for name in ("unset", "set"):
            at = pointer + step(name)
            words = as_list(owner.get(name) or [], at)
            found += items(name, [self._word(DISPOSITION, each) for each in words], at)
        return f"<persistentDisposition>{found}</persistentDisposition>"

    def _certification(self, value: Any, pointer: str) -> str:
        values = value if isinstance(value, list) else [value]
        for at in range(1, len(values)):
            self.markup.lose(f"{pointer}/{at}", "XML has one certificationInfo")
        return items("certificationInfo", values[:1], pointer)

    def _error(self, value: Any, pointer: str) -> str:
        owner = as_object(value, pointer)
        found = ""
        if owner.get("declarationTime") is not None:
            time = text(owner["declarationTime"], pointer + "/declarationTime")
            found += f"<declarationTime>{time}</declarationTime>"
        if owner.get("reason") is not None:
            reason = text(self._word(ERROR_REASON, owner["reason"]), pointer + "/reason")
            found += f"<reason>{reason}</reason>"
        if owner.get("correctiveEventIDs") is not None:
            at = pointer + "/correctiveEventIDs"
            corrective = items("correctiveEventID", as_list(owner["correctiveEventIDs"], at), at)
            found += f"<correctiveEventIDs>{corrective}</correctiveEventIDs>"
        known = {"declarationTime", "reason", "correctiveEventIDs"}
        extensions = self.markup.extensions(owner, known, pointer)
        return f"<errorDeclaration>{found}{extensions}</errorDeclaration>"

    def _ilmd(self, value: Any, pointer: str) -> str:
        owner = as_object(value, pointer)
        return f"<ilmd>{self.markup.extensions(owner, (), pointer)}</ilmd>"

    def _sensors(self, value: Any, pointer: str) -> str:
        return self._listed("sensorElementList", value, pointer, self._sensor, needed=True)

    def _sensor(self, owner: Mapping[str, Any], field: str, pointer: str) -> str:
        return sensor_element(owner, pointer, self.markup)


_SPECIAL: dict[str, Callable[[_Writer, Any, str], str]] = {
    "bizStep": _Writer._biz_step,
    "certificationInfo": _Writer._certification,
    "disposition": _Writer._disposition,
    "errorDeclaration": _Writer._error,
    "ilmd": _Writer._ilmd,
    "persistentDisposition": _Writer._persistent,
    "sensorElementList": _Writer._sensors,
}
