"""What stands on a label: GS1 data in a carrier, and the same for people.

Source: GS1 General Specifications, 4.14 (HRI), 5.4 (GS1-128), 5.6 (GS1 DataMatrix), 6.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.gs1.digitallink import link
from chalicelib.gs1.identifiers import check_association, known
from chalicelib.gs1.keys import CANONICAL, Elements, Sgtin, Sscc
from chalicelib.gs1.refusal import refused


class Carrier(StrEnum):
    """What carries the data.

    `QR` is a QR code with a GS1 Digital Link, which phones follow.
    """

    DATAMATRIX = "datamatrix"
    QR = "qr"
    GS1_128 = "gs1-128"


_LONGEST_128 = 48
"""Characters of a GS1-128, FNC1 not counted (GS1 General Specifications, 5.4.4.3)."""


@dataclass(frozen=True, slots=True)
class Label:
    """Data that were found valid, in their carrier.

    Attributes:
        carrier: of the data.
        elements: AIs and values, in the order in which they are encoded.
        domain: of a Digital Link.
        title: above the code; empty for none.
    """

    carrier: Carrier
    elements: Elements
    domain: str = CANONICAL
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse what no scanner could make sense of.

        Raises:
            Malformed: a value is none of its AI, AIs do not go together, or do not fit.
        """
        for ai, value in self.elements:
            known(ai).check(value)
        check_association(self.elements)
        if self.carrier is Carrier.QR:
            link(self.elements, self.domain)
        size = sum(len(ai) + len(value) for ai, value in self.elements)
        if self.carrier is Carrier.GS1_128 and size > _LONGEST_128:
            raise refused("length", "the data of a GS1-128", str(size), f"{_LONGEST_128} at most")

    @property
    def uri(self) -> str:
        """The data as Digital Link."""
        return link(self.elements, self.domain)

    @property
    def lines(self) -> Sequence[str]:
        """What people read: each AI in parentheses, and its value."""
        return [f"({ai}) {value}" for ai, value in self.elements]


def of_unit(
    unit: Sgtin,
    lot: str | None,
    expiry: date | None,
    carrier: Carrier = Carrier.DATAMATRIX,
    domain: str = CANONICAL,
) -> Label:
    """Return the label of a pack: GTIN, serial, expiry, lot, in this order.

    The lot has no fixed length and stands last, so that no separator follows it.

    Raises:
        Malformed: the data do not fit into the carrier.
    """
    elements = [("01", str(unit.gtin)), ("21", unit.serial)]
    if expiry is not None:
        elements.append(("17", f"{expiry:%y%m%d}"))
    if lot is not None:
        elements.append(("10", lot))
    return Label(carrier, tuple(elements), domain)


def of_container(sscc: Sscc) -> Label:
    """Return the label of a case or a pallet."""
    return Label(Carrier.GS1_128, (("00", str(sscc)),), title="SSCC")
