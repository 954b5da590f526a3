"""Labels over HTTP: SVG, PNG, PDF and ZPL."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed, NotAcceptable
from chalicelib.goods import answers
from chalicelib.gs1.keys import Lgtin, Sgtin
from chalicelib.gs1.refusal import shown
from chalicelib.gs1.scan import parse_scan
from chalicelib.http.accept import chosen
from chalicelib.http.answer import BINARY
from chalicelib.http.fields import GtinField, SerialField, SsccField
from chalicelib.http.routing import Call, Routes, Text
from chalicelib.labels import formats
from chalicelib.labels.formats import PDF, PNG, SVG, ZPL
from chalicelib.labels.model import Label, of_container, of_unit
from chalicelib.labels.picture import Picture, pictured
from chalicelib.labels.wire import (
    FORMATS,
    SHEETS,
    BlockLabelsQuery,
    LabelBody,
    LabelQuery,
    UnitLabelQuery,
)
from chalicelib.lots.model import no_lot
from chalicelib.lots.store import LotStore
from chalicelib.serial import usecases as serials
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.store import Numbers

routes = Routes(__name__)


@routes.get(
    "/v1/units/{gtin}/{serial}/label",
    scope=Scope.READ_GOODS,
    query=UnitLabelQuery,
    produces=tuple(FORMATS.values()),
)
def unit_label(call: Call[None, UnitLabelQuery], gtin: GtinField, serial: SerialField) -> Text:
    """Draw the label of a unit that was commissioned: GTIN, serial, expiry and lot."""
    unit = Sgtin.of(gtin, serial)
    found = answers.unit(unit, call.actor, Numbers(), call.at, None)
    label = of_unit(unit, found.lot, found.expiry, call.query.carrier, call.query.domain)
    return _drawn(call, label, call.query)


@routes.get(
    "/v1/containers/{sscc}/label",
    scope=Scope.READ_GOODS,
    query=LabelQuery,
    produces=tuple(FORMATS.values()),
)
def container_label(call: Call[None, LabelQuery], sscc: SsccField) -> Text:
    """Draw the label of a case or a pallet; it may be packed later."""
    return _drawn(call, of_container(sscc), call.query)


@routes.get(
    "/v1/serials/blocks/{block}/labels",
    scope=Scope.ISSUE_SERIALS,
    query=BlockLabelsQuery,
    produces=tuple(SHEETS.values()),
)
def block_labels(call: Call[None, BlockLabelsQuery], block: UUID) -> Text:
    """Draw the labels of a block's numbers, page by page: sheets, or a stream for the printer."""
    asked = call.query
    issued = serials.find(block, call.actor, blocks=BlockStore())
    gtin, count = issued.order.gtin, issued.order.count
    if asked.offset >= count:
        message = f"found {asked.offset}, expected less than {count}, the size of the block"
        raise Malformed.field("#/query/offset", "offset", message)
    lot = LotStore().get(Lgtin.of(gtin, asked.lot))
    if lot is None or lot.owner != call.actor.organisation:
        raise no_lot(Lgtin.of(gtin, asked.lot))
    end = min(asked.offset + asked.limit, count)
    pictures = [
        pictured(
            of_unit(Sgtin.of(gtin, serial), asked.lot, lot.expiry, asked.carrier, asked.domain),
            asked.module,
        )
        for serial in issued.numbers(asked.offset, end)
    ]
    media_type = _media_type(call, SHEETS, asked.format)
    headers = {"Vary": "Accept"}
    if end < count:
        query = urlencode({**call.parameters, "offset": str(end)})
        headers["Link"] = f'<?{query}>; rel="next"'
    if media_type == PDF:
        return Text(formats.pdf(pictures, asked.page), PDF, headers)
    return Text(formats.zpl(pictures, asked.dpi), f"{ZPL}; charset=utf-8", headers)


@routes.post(
    "/v1/labels",
    scope=Scope.READ_DIRECTORY,
    body=LabelBody,
    query=LabelQuery,
    produces=tuple(FORMATS.values()),
    idempotent=False,
)
def draw_label(call: Call[LabelBody, LabelQuery]) -> Text:
    """Draw any valid GS1 data as a label; what a scanner could not make sense of is refused."""
    try:
        scan = parse_scan(call.body.scan)
        label = Label(call.body.carrier, scan.elements, call.body.domain)
        picture = pictured(label, call.query.module)
    except Malformed as error:
        fault = error.errors[0].code if error.errors else error.code
        raise Malformed.field("/scan", fault, error.detail) from error
    return _drawn(call, picture, call.query)


def _drawn(call: Call[Any, Any], what: Label | Picture, asked: LabelQuery) -> Text:
    picture = what if isinstance(what, Picture) else pictured(what, asked.module)
    headers: Mapping[str, str] = {"Vary": "Accept"}
    match _media_type(call, FORMATS, asked.format):
        case formats.PNG:
            return Text(formats.png(picture, asked.dpi), PNG, headers)
        case formats.PDF:
            return Text(formats.pdf([picture]), PDF, headers)
        case formats.ZPL:
            return Text(formats.zpl([picture], asked.dpi), f"{ZPL}; charset=utf-8", headers)
        case _:
            return Text(formats.svg(picture), f"{SVG}; charset=utf-8", headers)


def _media_type(call: Call[Any, Any], offered: Mapping[str, str], asked: str | None) -> str:
    """Return the format that is asked for, by name or by `Accept`.

    Raises:
        NotAcceptable: none of those offered, or a binary one that is not accepted alone.
    """
    accept = call.headers.get("accept") or "*/*"
    alone = accept.partition(";")[0].strip().lower()
    if asked is None and alone in offered.values():
        return alone
    media_type = offered[asked] if asked else chosen(accept, _texts(offered))
    if media_type in BINARY and alone != media_type:
        raise NotAcceptable(f"Found Accept {shown(accept)}, expected {media_type} alone")
    return media_type


def _texts(offered: Mapping[str, str]) -> list[str]:
    return [media_type for media_type in offered.values() if media_type not in BINARY]
