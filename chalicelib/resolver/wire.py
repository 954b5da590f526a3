"""Links as JSON: how they are managed, and how they are answered (RFC 9264)."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.errors import Malformed
from chalicelib.http.fields import AnswerModel, Body, NameField
from chalicelib.http.paging import PageQuery
from chalicelib.http.readers import read_text, refuse
from chalicelib.resolver.model import DEFAULT, DEFAULTS, MOST_LINKS, VOCABULARY, Link, Links
from chalicelib.resolver.model import type_uri as read_type

LINKSET = "application/linkset+json"
LINKSET_TEXT = "application/linkset"


def _type(text: str) -> str:
    try:
        return read_type(text)
    except Malformed as error:
        raise refuse(error.code, error.detail) from error


LinkTypeField = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_type),
    Field(
        description="What the link leads to: a word of GS1's vocabulary, or a URI.",
        examples=["gs1:pip", "gs1:epil", "https://ref.gs1.org/voc/recallStatus"],
    ),
]
TargetField = Annotated[
    str,
    StringConstraints(
        max_length=2000, pattern=r"^https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$"
    ),
    Field(examples=["https://acme.example/examplin/leaflet"]),
]
LanguageField = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2}(-[A-Za-z]{2})?$"),
    Field(description="Of the target: `en`, `de-AT`.", examples=["en"]),
]
MediaTypeField = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^[a-z]+/[a-z0-9][-+.a-z0-9]*$"),
    Field(examples=["text/html", "application/pdf"]),
]
ContextField = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(read_text)
]
AnchorField = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    Field(
        description="Digital Link of a product, a lot, a unit or a place, or its path.",
        examples=["01/09521000123465/10/LOT-1"],
    ),
]


class ManagedQuery(PageQuery):
    """Links of one thing, or of all."""

    anchor: AnchorField | None = None


class LinkBody(Body):
    """A link."""

    type: LinkTypeField
    href: TargetField
    title: NameField
    languages: tuple[LanguageField, ...] = Field(default=(), max_length=50)
    media_type: MediaTypeField | None = None
    contexts: tuple[ContextField, ...] = Field(default=(), max_length=50)
    forward_query: bool = Field(
        default=True, description="Whether the query of the request goes on to the target."
    )
    default: bool = Field(
        default=False, description="Whether it may be followed when no type is asked for."
    )

    def link(self) -> Link:
        """Return the link."""
        return Link(
            self.type, self.href, self.title, tuple(each.lower() for each in self.languages),
            self.media_type or "", self.contexts, self.forward_query, self.default,
        )  # fmt: skip


class LinksBody(Body):
    """All links of a thing; at least one of them is a default."""

    anchor: AnchorField
    description: NameField
    links: tuple[LinkBody, ...] = Field(max_length=MOST_LINKS)


class LinkAnswer(AnswerModel):
    """A link."""

    type: str
    href: str
    title: str
    languages: tuple[str, ...]
    media_type: str | None
    contexts: tuple[str, ...]
    forward_query: bool
    default: bool

    @classmethod
    def of(cls, link: Link) -> "LinkAnswer":
        """Show a link."""
        return cls(
            type=link.type,
            href=link.href,
            title=link.title,
            languages=link.languages,
            media_type=link.media_type or None,
            contexts=link.contexts,
            forward_query=link.forward_query,
            default=link.default,
        )


class LinksAnswer(AnswerModel):
    """All links of a thing."""

    anchor: str = Field(description="Canonical Digital Link of the thing.")
    description: str
    links: tuple[LinkAnswer, ...]

    @classmethod
    def of(cls, links: Links) -> "LinksAnswer":
        """Show the links of a thing."""
        shown = tuple(map(LinkAnswer.of, links.links))
        return cls(anchor=links.uri, description=links.description, links=shown)


class ManagedAnswer(AnswerModel):
    """Everything that the organisation manages links of."""

    things: tuple[LinksAnswer, ...]
    next: str | None = None


def linkset(known: Iterable[Links]) -> dict[str, Any]:
    """Return the links of all levels of a thing as a linkset (RFC 9264, 4.2)."""
    return {"linkset": [_context(links) for links in known]}


def _context(links: Links) -> dict[str, Any]:
    found: dict[str, Any] = {"anchor": links.uri, "itemDescription": links.description}
    defaults = [link for link in links.links if link.default]
    for link in links.links:
        found.setdefault(link.type, []).append(target(link))
    if defaults:
        found[VOCABULARY + DEFAULT] = [target(defaults[0])]
    if len(defaults) > 1:
        found[VOCABULARY + DEFAULTS] = [target(link) for link in defaults]
    return found


def target(link: Link) -> dict[str, Any]:
    """Return a link as target object of a linkset (RFC 9264, 4.2.3; GS1's `fwqs`)."""
    found: dict[str, Any] = {"href": link.href, "title": link.title}
    if link.languages:
        found["hreflang"] = list(link.languages)
    if link.media_type:
        found["type"] = link.media_type
    if link.contexts:
        found["context"] = list(link.contexts)
    if not link.forward_query:
        found["fwqs"] = False
    return found


def linkset_text(known: Iterable[Links]) -> str:
    """Return the links of all levels of a thing as a header's text (RFC 9264, 4.1; RFC 8288)."""
    lines = [
        _header(link, relation, links.uri)
        for links in known
        for link in links.links
        for relation in (link.type, *((VOCABULARY + DEFAULT,) if link.default else ()))
    ]
    return ",\n".join(lines) + "\n"


def _header(link: Link, relation: str, anchor: str) -> str:
    parts = [f"<{link.href}>", f'rel="{relation}"', f'anchor="{anchor}"', _title(link.title)]
    parts += [f'hreflang="{language}"' for language in link.languages]
    if link.media_type:
        parts.append(f'type="{link.media_type}"')
    return "; ".join(parts)


def _title(text: str) -> str:
    """Return a title as parameter; in RFC 8187's spelling where it is not plain."""
    if text.isascii() and not set(text) & {'"', "\\"}:
        return f'title="{text}"'
    from urllib.parse import quote  # noqa: PLC0415 - only titles beyond ASCII need it

    return f"title*=UTF-8''{quote(text, safe='')}"


def choices(links: Sequence[Link]) -> dict[str, Any]:
    """Return links that are equally good, for the caller to choose from."""
    return {"choices": [{"linkType": link.type, **target(link)} for link in links]}
