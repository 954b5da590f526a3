"""Links from a thing to what is known of it on the web, and which of them a request means.

A Digital Link names a thing at several levels: a unit, its lot, its product. What is not known of
the unit may be known of the lot, and else of the product.

Source: GS1-Conformant Resolver Standard 1.2.0; RFC 9264 (linksets).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from chalicelib.errors import Malformed
from chalicelib.gs1.digitallink import link as digital_link
from chalicelib.gs1.digitallink import parse_link
from chalicelib.gs1.keys import CANONICAL, Elements

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT = "defaultLink"
"""Type of the link that is followed when none is asked for (GS1 Web Vocabulary)."""

DEFAULTS = "defaultLinkMulti"
"""Type of several default links, among which language, media type and context choose."""

KEYS = ("01", "8006", "00", "414", "417")
"""Keys whose links are managed here: products and their components, containers, places, parties."""

MOST_LINKS = 100
"""Links of one thing."""

_WORD = re.compile(r"gs1:([A-Za-z][A-Za-z0-9]{0,60})")
_URI = re.compile(r"https?://[A-Za-z0-9./\-]{1,200}")
_OLD = ("https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to something on the web.

    Attributes:
        type: what it leads to, as a whole URI.
        href: where it leads.
        title: for people.
        languages: of the target, as BCP 47 tags; empty when it has none.
        media_type: of the target; empty when it is not said.
        contexts: in which it applies, such as a country; empty for everywhere.
        forward_query: whether the query of the request goes on to the target.
        default: whether it may be followed when no type is asked for.
    """

    type: str
    href: str
    title: str
    languages: tuple[str, ...] = ()
    media_type: str = ""
    contexts: tuple[str, ...] = ()
    forward_query: bool = True
    default: bool = False


@dataclass(frozen=True, slots=True)
class Links:
    """All links of one thing at one level.

    Attributes:
        anchor: of the thing.
        owner: organisation that manages them.
        description: of the thing, for people.
        links: in the owner's order.
        version: counts changes.
    """

    anchor: str
    owner: str
    description: str
    links: tuple[Link, ...]
    version: int = 0

    @property
    def uri(self) -> str:
        """The canonical Digital Link of the thing."""
        return f"{CANONICAL}/{self.anchor}"


def anchor_of(text: str) -> tuple[str, Elements]:
    """Read what links are about: a Digital Link, or its path alone.

    >>> anchor_of("01/09506000134352/10/A%2F1")
    ('01/09506000134352/10/A%2F1', (('01', '09506000134352'), ('10', 'A/1')))

    Returns:
        The path of the canonical Digital Link, and its elements.

    Raises:
        Malformed: it is no Digital Link.
    """
    uri = text if text[:4].lower() == "http" else f"{CANONICAL}/{text.lstrip('/')}"
    path, _ = parse_link(uri)
    return spelled(path), path


def spelled(elements: Elements) -> str:
    """Return the path of the canonical Digital Link of a key and its qualifiers."""
    return digital_link(elements).removeprefix(f"{CANONICAL}/")


def levels(elements: Elements) -> list[str]:
    """Return the anchors at which a thing may have links, from the most specific on.

    >>> levels((("01", "09506000134352"), ("10", "L"), ("21", "S")))[:2]
    ['01/09506000134352/10/L/21/S', '01/09506000134352/21/S']
    """
    key, *qualifiers = elements
    weights = {qualifier: 1 << place for place, qualifier in enumerate(qualifiers)}
    several = [
        chosen for count in range(len(qualifiers) + 1) for chosen in combinations(qualifiers, count)
    ]
    several.sort(key=lambda chosen: -sum(weights[each] for each in chosen))
    return [spelled((key, *chosen)) for chosen in several]


def type_uri(text: str) -> str:
    """Return a link type as whole URI.

    >>> type_uri("gs1:pip")
    'https://ref.gs1.org/voc/pip'

    Raises:
        Malformed: it is neither a word of GS1's vocabulary nor a URI.
    """
    if word := _WORD.fullmatch(text):
        return VOCABULARY + word[1]
    for old in _OLD:
        if text.startswith(old):
            text = VOCABULARY + text.removeprefix(old)
    if not _URI.fullmatch(text):
        raise Malformed(f"found the link type {text[:80]!r}, expected gs1:… or a URI", code="type")
    return text


def meant(
    levels: Iterable[Links],
    link_type: str | None,
    *,
    context: str = "",
    languages: Mapping[str, float] | None = None,
    media_types: Mapping[str, float] | None = None,
) -> Sequence[Link]:
    """Return the links that a request means: none, one, or several that are equally good.

    Args:
        levels: what is known, from the most specific level on.
        link_type: asked for, as whole URI; None for the default.
        context: asked for.
        languages: how much each language range is liked, by `Accept-Language`.
        media_types: how much each media range is liked, by `Accept`.
    """
    for known in levels:
        fitting = [link for link in known.links if _is_of(link, link_type)]
        if fitting:
            break
    else:
        return []
    fitting = _best(fitting, lambda link: _in_context(link, context))
    fitting = _best(fitting, lambda link: _spoken(link, languages or {}))
    fitting = _best(fitting, lambda link: _liked(link, media_types or {}))
    # A default is one link: of equals the owner's first.
    return fitting[:1] if fitting and _is_default(link_type) else fitting


def _is_of(link: Link, link_type: str | None) -> bool:
    return link.default if _is_default(link_type) else link.type == link_type


def _is_default(link_type: str | None) -> bool:
    return link_type is None or link_type in {VOCABULARY + DEFAULT, VOCABULARY + DEFAULTS}


def _best(links: list[Link], rank: Callable[[Link], float]) -> list[Link]:
    ranks = [rank(link) for link in links]
    return [link for link, of_it in zip(links, ranks, strict=True) if of_it == max(ranks)]


def _in_context(link: Link, context: str) -> float:
    if context in link.contexts:
        return 2
    return 0 if link.contexts else 1


def _spoken(link: Link, languages: Mapping[str, float]) -> float:
    """Rank by language (RFC 4647, lookup); a target without one suits everybody a little."""
    if not link.languages:
        return 0.0005
    return max(_language(tag.lower(), languages) for tag in link.languages)


def _language(tag: str, languages: Mapping[str, float]) -> float:
    for wanted, liked in languages.items():
        if tag == wanted:
            return liked
    for wanted, liked in languages.items():  # `en` is spoken where `en-GB` is, and the other way
        if wanted != "*" and tag.partition("-")[0] == wanted.partition("-")[0]:
            return liked * 0.999
    return languages.get("*", 0.0) * 0.99


def _liked(link: Link, media_types: Mapping[str, float]) -> float:
    if not media_types:
        return 1
    if not link.media_type:
        return 0.0005
    kind = link.media_type.partition("/")[0]
    for media_range in (link.media_type, f"{kind}/*", "*/*"):
        if media_range in media_types:
            return media_types[media_range]
    return 0.0
