"""The doors to serial numbers: ask for a block, fetch its numbers page by page, change the key."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from chalicelib.access.model import Scope
from chalicelib.directory.store import ProductStore
from chalicelib.http.answer import JSON
from chalicelib.http.fields import GtinField
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.serial import usecases
from chalicelib.serial.blocks import BlockStore
from chalicelib.serial.contents import Order
from chalicelib.serial.wire import (
    CSV,
    NDJSON,
    BlockAnswer,
    BlockBody,
    EpochAnswer,
    FormatAnswer,
    NumbersAnswer,
    NumbersQuery,
    Page,
)

routes = Routes(__name__)


@routes.post(
    "/v1/serials/blocks",
    scope=Scope.ISSUE_SERIALS,
    body=BlockBody,
    answer=BlockAnswer,
    status=201,
)
def issue_serials(call: Call[BlockBody]) -> Answer:
    """Hand out a block of serial numbers of a product of one's own."""
    order = Order(
        call.operation,
        call.body.gtin,
        call.body.count,
        call.actor.organisation,
        call.actor.client_id,
        call.body.line,
        call.at,
        call.fingerprint,
    )
    issued = usecases.issue(order, products=ProductStore(), blocks=BlockStore())
    headers = {"Location": f"/v1/serials/blocks/{order.id}"}
    return Answer(BlockAnswer.of(issued), headers=headers, replayed=issued.replayed)


@routes.get("/v1/serials/blocks/{block}", scope=Scope.ISSUE_SERIALS, answer=BlockAnswer)
def serial_block(call: Call, block: UUID) -> BlockAnswer:
    """Describe a block."""
    return BlockAnswer.of(usecases.find(block, call.actor, blocks=BlockStore()))


@routes.get(
    "/v1/serials/blocks/{block}/numbers",
    scope=Scope.ISSUE_SERIALS,
    query=NumbersQuery,
    answer=NumbersAnswer,
    produces=(JSON, CSV, NDJSON),
)
def serial_numbers(call: Call[None, NumbersQuery], block: UUID) -> Answer | Text:
    """Fetch the numbers of a block; a page is the same whenever it is asked for."""
    issued = usecases.find(block, call.actor, blocks=BlockStore())
    page = Page.of(issued, call.query, call.headers.get("accept", JSON))
    headers = _cacheable(call, page)
    known = call.headers.get("if-none-match", "")
    if page.tag in known or known == "*":
        return Answer(status=304, headers=headers)
    if page.media_type == JSON:
        return Answer(page.json(issued), headers=headers)
    return Text(page.text(issued), f"{page.media_type}; charset=utf-8", headers)


@routes.post(
    "/v1/products/{gtin}/serial-epochs",
    scope=Scope.WRITE_PRODUCTS,
    answer=EpochAnswer,
    status=201,
)
def rotate_serials(call: Call, gtin: GtinField) -> Answer:
    """Issue serial numbers of a product under a new key from now on."""
    opened = usecases.rotate(
        gtin, call.actor, call.operation, call.fingerprint, products=ProductStore()
    )
    body = EpochAnswer(
        gtin=gtin, epoch=opened.epoch.number, format=FormatAnswer.of(opened.epoch.format)
    )
    return Answer(body, replayed=opened.replayed)


def _cacheable(call: Call[None, NumbersQuery], page: Page) -> Mapping[str, str]:
    """Return the headers of a page; whoever asked may keep it, nobody in between."""
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": page.tag,
        "Vary": "Accept, Authorization",
    }
    if page.next is not None:
        query = urlencode({**call.parameters, "offset": str(page.next)})
        headers["Link"] = f'<?{query}>; rel="next"'
    return headers
