"""What requests about recalls may carry."""

import re
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.http.fields import Body, GtinField, LotField, TextField
from chalicelib.http.readers import read_epc, read_key, read_serial, refuse
from chalicelib.recall.model.recall import MOST_LOTS, Cascade, Classification

_read_gtin = read_key(Gtin.parse, Gtin)


_PLAIN = re.compile(r"(?!https?:|urn:|[(\]])[!-~]{1,20}", re.IGNORECASE)
"""A bare serial number: none of the spellings of an EPC begins so, or fits into 20 characters."""


def _read_unit(value: Any) -> Sgtin | str:
    """Read one item: an EPC in any spelling, its GTIN and serial, or its bare serial."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return read_serial(value)
    if isinstance(value, dict):
        if value.keys() != {"gtin", "serial"}:
            found = ", ".join(sorted(map(str, value))) or "nothing"
            raise refuse("fields", f"found the fields {found}, expected gtin and serial")
        return Sgtin.of(_read_gtin(value["gtin"]), read_serial(value["serial"]))
    epc = read_epc(value)
    if not isinstance(epc, Sgtin):
        raise refuse("kind", f"found the logistic unit {epc}, expected an item")
    return epc


UnitField = Annotated[
    Sgtin | str,
    PlainValidator(_read_unit),
    WithJsonSchema(
        {
            "description": "One item: an EPC in any spelling, its GTIN and serial, or, where all "
            "lots are of one GTIN, its bare serial.",
            "oneOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"gtin": {"type": "string"}, "serial": {"type": "string"}},
                    "required": ["gtin", "serial"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]


class LotBody(Body):
    """A lot."""

    gtin: GtinField
    lot: LotField


class ScopeBody(Body):
    """What is to be recalled."""

    lots: list[LotBody] = Field(min_length=1, max_length=MOST_LOTS)
    serials: list[UnitField] = Field(
        default=[],
        description="Only these items of the lots; a GTIN that none of them has is recalled whole.",
    )

    def units(self) -> tuple[Sgtin, ...]:
        """Return the items; a bare serial is of the one GTIN of all lots.

        Raises:
            Malformed: a bare serial where the lots are of several GTINs.
        """
        gtin, *others = {lot.gtin for lot in self.lots}
        found: list[Sgtin] = []
        for number, unit in enumerate(self.serials):
            if isinstance(unit, Sgtin):
                found.append(unit)
            elif not others:
                found.append(Sgtin.of(gtin, unit))
            else:
                message = f"found the bare serial {unit!r}, expected its GTIN too"
                raise Malformed.field(f"/scope/serials/{number}", "which_gtin", message)
        return tuple(found)


class RecallBody(Body):
    """A recall to be opened."""

    scope: ScopeBody
    reason: TextField
    classification: Classification
    cascade: Cascade = Cascade.AUTO


class AcknowledgementBody(Body):
    """A party's answer to its notice."""

    quantity_on_hand: int | None = Field(default=None, ge=0, le=1_000_000_000, strict=True)
    comment: TextField | None = None
