"""The resolver: where a scanned Digital Link leads, and who says so.

Source: GS1-Conformant Resolver Standard 1.2.0.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import urlencode, urlsplit

from chalicelib import keys
from chalicelib.access.model import Scope
from chalicelib.errors import Malformed, NotFound
from chalicelib.goods.guessing import Guesser
from chalicelib.gs1.digitallink import parse_link
from chalicelib.gs1.keys import CANONICAL, Elements
from chalicelib.http.accept import ranges
from chalicelib.http.answer import JSON
from chalicelib.http.observe import current
from chalicelib.http.paging import after, next_link, seal
from chalicelib.http.routing import Answer, Call, Routes, Text
from chalicelib.resolver import page, store, usecases
from chalicelib.resolver.model import KEYS, Link, Links, levels, meant, spelled, type_uri
from chalicelib.resolver.wire import (
    LINKSET,
    LINKSET_TEXT,
    LinksAnswer,
    LinksBody,
    ManagedAnswer,
    ManagedQuery,
    choices,
    linkset,
    linkset_text,
)

routes = Routes(__name__)

_OURS = frozenset({"linkType", "context"})
"""Parameters of the query that are for the resolver and do not go on to the target."""

_ALL = frozenset({"linkset", "all"})
_CONTEXT = (
    "<https://ref.gs1.org/standards/resolver/linkset-context>; "
    'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)
_PRODUCES = (JSON, LINKSET, LINKSET_TEXT, "text/html")


@routes.get("/.well-known/gs1resolver", scope=None)
def resolver_description(call: Call) -> Answer:
    """Say what this resolver can do (GS1-Conformant Resolver Standard, resolver description)."""
    host = call.headers.get("host", "")
    stage = current().path.removesuffix("/.well-known/gs1resolver")
    described = {
        "name": "Packtrail",
        "resolverRoot": f"https://{host}{stage}",
        "supportedPrimaryKeys": list(KEYS),
        "supportedLinkType": [
            {"namespace": "https://ref.gs1.org/voc/", "prefix": "gs1:"},
        ],
        "linkTypeDefaultCanBeLinkset": False,
        "supportsLanguageVariants": True,
        "validatesAIcombinations": True,
    }
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
    return Answer(described, headers=headers)


@routes.put("/v1/links", scope=Scope.WRITE_PRODUCTS, body=LinksBody, answer=LinksAnswer)
def put_links(call: Call[LinksBody]) -> Answer:
    """Set what the Digital Link of a product, a lot, a unit or a place leads to."""
    kept = usecases.put_links(
        call.body.anchor,
        call.body.description,
        [each.link() for each in call.body.links],
        actor=call.actor,
        expected=call.expected_version,
    )
    status = 201 if kept.created else 200
    return Answer(LinksAnswer.of(kept.links), status=status, version=kept.links.version)


@routes.get("/v1/links", scope=Scope.READ_DIRECTORY, query=ManagedQuery, answer=ManagedAnswer)
def links(call: Call[None, ManagedQuery]) -> Answer:
    """List the things whose links the organisation manages, or show one of them."""
    if call.query.anchor is not None:
        found = usecases.links_of(call.query.anchor, actor=call.actor)
        return Answer(ManagedAnswer(things=(LinksAnswer.of(found),)), version=found.version)
    known, last = store.page(call.actor.organisation, after=after(call), limit=call.query.limit)
    cursor = last and seal(call, last)
    body = ManagedAnswer(things=tuple(map(LinksAnswer.of, known)), next=cursor)
    return Answer(body, headers=next_link(call, cursor))


def _resolve(call: Call) -> Answer | Text:
    elements = _elements()
    link_type = call.parameters.get("linkType")
    liked = ranges(call.headers.get("accept") or "*/*")
    known = [each for each in store.read(levels(elements)) if each.links]
    if link_type in _ALL or (link_type is None and (LINKSET in liked or LINKSET_TEXT in liked)):
        return _linkset(known, elements, liked)
    found = meant(
        known,
        _type(link_type),
        context=call.parameters.get("context", ""),
        languages=_languages(call.headers.get("accept-language") or ""),
        media_types={each: quality for each, quality in liked.items() if each != JSON},
    )
    if len(found) == 1:
        return _redirect(found[0], call.parameters, elements)
    if found:
        return _choices(found, elements, html=_wants_page(liked))
    if link_type is None and _wants_page(liked):
        seen = usecases.seen(elements, _public(call), call.at)
        if seen is not None:
            return _page(page.verdict(f"{CANONICAL}/{spelled(elements)}", seen))
    raise _no_link(elements, link_type)


def _elements() -> Elements:
    """Read the path as it came: a step of it may hold an encoded slash.

    Raises:
        Malformed: it is no valid Digital Link.
    """
    try:
        path, _ = parse_link(CANONICAL + urlsplit(current().path).path)
    except Malformed as error:
        raise Malformed.field("#/path", error.errors[0].code, error.detail) from error
    return path


def _type(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return type_uri(text)
    except Malformed as error:
        raise Malformed.field("#/query/linkType", error.code, error.detail) from error


def _linkset(
    known: Sequence[Links], elements: Elements, liked: Mapping[str, float]
) -> Answer | Text:
    if not known:
        raise _no_link(elements, None)
    offered = {
        LINKSET: liked.get(LINKSET, 0) or max(liked.get(JSON, 0), liked.get("*/*", 0) / 2),
        LINKSET_TEXT: liked.get(LINKSET_TEXT, 0),
        "text/html": liked.get("text/html", 0),
    }
    media_type = max(offered, key=lambda each: offered[each])
    if media_type == "text/html" and offered["text/html"]:
        return _page(page.everything(known))
    if media_type == LINKSET_TEXT and offered[LINKSET_TEXT]:
        return Text(linkset_text(known), LINKSET_TEXT, _SHARED)
    text = json.dumps(linkset(known), ensure_ascii=False)
    return Text(text, LINKSET, {**_SHARED, "Link": _CONTEXT})


_SHARED = {"Cache-Control": "public, max-age=60", "Vary": "Accept, Accept-Language"}


def _redirect(link: Link, parameters: Mapping[str, str], elements: Elements) -> Answer:
    """Return the redirection, with the query of the request where the link wants it."""
    target = link.href
    rest = {name: text for name, text in parameters.items() if name not in _OURS}
    if rest and link.forward_query:
        address, mark, fragment = target.partition("#")
        target = f"{address}{'&' if '?' in address else '?'}{urlencode(rest)}{mark}{fragment}"
    headers = {**_SHARED, "Location": target, "Link": _link_to_set(elements)}
    return Answer(status=307, headers=headers)


def _choices(found: Sequence[Link], elements: Elements, *, html: bool) -> Answer | Text:
    headers = {**_SHARED, "Link": _link_to_set(elements)}
    if html:
        return _page(page.several("Choose", found), status=300, headers=headers)
    return Answer(choices(found), status=300, headers=headers)


def _link_to_set(elements: Elements) -> str:
    """Point to the linkset (RFC 9264, 6): relative, so it holds behind any host and stage."""
    anchor = f"{CANONICAL}/{spelled(elements)}"
    return f'<?linkType=linkset>; rel="linkset"; type="{LINKSET}"; anchor="{anchor}"'


def _page(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Text:
    policy = {"Content-Security-Policy": page.POLICY, "Vary": "Accept, Accept-Language"}
    return Text(text, page.HTML, {**(headers or {}), **policy}, status)


def _no_link(elements: Elements, link_type: str | None) -> NotFound:
    what = f"link of type {link_type}" if link_type else "link"
    return NotFound(f"There is no {what} for {spelled(elements)} here.", code="no_link")


def _wants_page(liked: Mapping[str, float]) -> bool:
    """Whether a browser asks: it names HTML, and nothing it likes better."""
    html = liked.get("text/html", 0)
    return html > 0 and html >= max(liked.values())


def _languages(header: str) -> dict[str, float]:
    return ranges(header.lower()) if header.strip() else {}


def _public(call: Call) -> Guesser:
    """Return the public as far as it shares an address; the address itself is not kept."""
    source = str((current().request.context.get("identity") or {}).get("sourceIp") or "")
    try:
        address = ip_address(source)
    except ValueError:
        place = "unknown"
    else:  # whoever has one address of IPv6 has all of its /64
        place = str(ip_network((address, 64), strict=False)) if address.version == 6 else source
    name = hmac.digest(keys.derive("public"), place.encode(), "sha256").hex()[:32]
    return Guesser(f"public#{name}", "", "public")


@routes.link("/01/{rest}", produces=_PRODUCES)
def resolve_product(call: Call, rest: str) -> Answer | Text:
    """Lead to what is known of a product, a lot or a unit."""
    return _resolve(call)


@routes.link("/8006/{rest}", produces=_PRODUCES)
def resolve_component(call: Call, rest: str) -> Answer | Text:
    """Lead to what is known of a component of a product."""
    return _resolve(call)


@routes.link("/00/{rest}", produces=_PRODUCES)
def resolve_container(call: Call, rest: str) -> Answer | Text:
    """Lead to what is known of a logistic unit."""
    return _resolve(call)


@routes.link("/414/{rest}", produces=_PRODUCES)
def resolve_place(call: Call, rest: str) -> Answer | Text:
    """Lead to what is known of a place."""
    return _resolve(call)


@routes.link("/417/{rest}", produces=_PRODUCES)
def resolve_party(call: Call, rest: str) -> Answer | Text:
    """Lead to what is known of a party."""
    return _resolve(call)
