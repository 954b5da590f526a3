"""What may be asked of a label."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.gs1.keys import CANONICAL
from chalicelib.http.fields import Body, LotField, Query, ScanField
from chalicelib.labels.formats import PDF, PNG, SVG, ZPL
from chalicelib.labels.model import Carrier

FORMATS = {"svg": SVG, "png": PNG, "pdf": PDF, "zpl": ZPL}
SHEETS = {"pdf": PDF, "zpl": ZPL}

ModuleField = Annotated[
    float, Field(ge=0.17, le=2.0, description="Width of a module, in millimetres.")
]
DpiField = Annotated[int, Field(ge=150, le=1200, description="Dots per inch of the printer.")]
DomainField = Annotated[
    str,
    StringConstraints(
        max_length=200, pattern=r"^https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[A-Za-z0-9.\-_~/]*)?$"
    ),
    Field(
        description="Scheme, domain and stem of a Digital Link.", examples=["https://acme.example"]
    ),
]


class LabelQuery(Query):
    """How a label looks. The `Accept` header may name the format instead."""

    format: Literal["svg", "png", "pdf", "zpl"] | None = None
    module: ModuleField | None = None
    dpi: DpiField = 300


class UnitLabelQuery(LabelQuery):
    """How the label of a pack looks."""

    carrier: Literal[Carrier.DATAMATRIX, Carrier.QR] = Carrier.DATAMATRIX
    domain: DomainField = CANONICAL


class BlockLabelsQuery(Query):
    """Which labels of a block, and how they look."""

    lot: LotField
    format: Literal["pdf", "zpl"] | None = None
    carrier: Literal[Carrier.DATAMATRIX, Carrier.QR] = Carrier.DATAMATRIX
    domain: DomainField = CANONICAL
    module: ModuleField | None = None
    dpi: DpiField = 300
    page: Literal["a4", "letter"] = "a4"
    offset: Annotated[int, Field(ge=0, description="Numbers of the block to leave out.")] = 0
    limit: Annotated[int, Field(ge=1, le=2000, description="Labels, at most.")] = 1000


class LabelBody(Body):
    """Any GS1 data, to be put on a label."""

    scan: ScanField
    carrier: Carrier = Carrier.DATAMATRIX
    domain: DomainField = CANONICAL
