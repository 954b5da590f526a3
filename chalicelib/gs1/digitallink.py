"""GS1 Digital Link: a key, its qualifiers and further data as a web address.

The path names the thing, from its last primary key on; whatever stands before is the stem. The
query may add attributes; parameters that are no AIs are nobody's business here. Numeric AIs only:
convenience words such as `/gtin/` left the standard with 1.2.

Source: GS1 Digital Link URI Syntax 1.6; the engine that GS1 publishes settles what it leaves open.
"""

import re

from chalicelib.gs1.identifiers import Identifier, find, known
from chalicelib.gs1.keys import CANONICAL, Elements
from chalicelib.gs1.refusal import refused
from chalicelib.gs1.spelling import in_link, unescaped

_URI = re.compile(
    r"(?:https?|HTTPS?)://(?:[0-9A-Za-z.\-_~]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_URI_CHARACTERS = re.compile(r"[0-9A-Za-z\-._~:/?#\[\]@!$&'()*+,;=%]+")
_DIGITS = re.compile(r"[0-9]+")


def looks_like_link(text: str) -> bool:
    """Return whether the text begins like a web address, in any case."""
    return text[:8].lower().startswith(("http://", "https://"))


def parse_link(text: str) -> tuple[Elements, Elements]:
    """Read a Digital Link URI of any domain and stem.

    >>> parse_link("https://example.com/shop/01/09506000134352/21/A%2F1?17=281231&utm=x")
    ((('01', '09506000134352'), ('21', 'A/1')), (('17', '281231'),))

    Returns:
        Primary key and qualifiers from the path; attributes from the query.

    Raises:
        Malformed: with code `syntax` or `unknown_ai`, or that of the value at fault.
    """
    match = _URI.fullmatch(text)
    if match is None or not _URI_CHARACTERS.fullmatch(text):
        raise refused("syntax", "a Digital Link", text, "http(s)://domain/…/AI/value")
    key, path = _parse_path(text, match["path"])
    return path, _parse_query(key, path, match["query"] or "")


def link(elements: Elements, domain: str = CANONICAL) -> str:
    """Return the Digital Link of element strings, whose first primary key leads.

    Args:
        elements: each value checked, and the same AI only once or with one value.
        domain: scheme, domain and stem.

    >>> link((("21", "A/1"), ("01", "09506000134352"), ("17", "281231")))
    'https://id.gs1.org/01/09506000134352/21/A%2F1?17=281231'

    Raises:
        Malformed: with code `kind` or `requisite`: no primary key, or an AI without a place.
    """
    values = dict(elements)
    key = next((found for ai in values if (found := _primary(ai))), None)
    if key is None:
        raise refused("kind", "identified", str(list(values)), "a primary key of Digital Link")
    sequences = key.qualifiers or ()
    chosen = next((one for one in sequences if any(ai in values for ai in one)), ())
    path = [key.ai, *(ai for ai in chosen if ai in values)]
    rest = [_attribute(ai) for ai in values if ai not in path]
    rest.sort(key=lambda identifier: not identifier.predefined)
    query = "&".join([f"{one.ai}={in_link(values[one.ai])}" for one in rest])
    segments = "".join([f"/{ai}/{in_link(values[ai])}" for ai in path])
    return f"{domain.removesuffix('/')}{segments}{'?' if query else ''}{query}"


def _parse_path(text: str, path: str) -> tuple[Identifier, Elements]:
    """Go back from the end, pair by pair, to the last primary key."""
    segments = path[1:].split("/")
    for at in range(len(segments) - 2, -1, -2):
        key = _primary(segments[at])
        if key is None:
            continue
        pairs = zip(segments[at::2], segments[at + 1 :: 2], strict=True)
        elements = tuple((ai, unescaped(value)) for ai, value in pairs)
        qualifiers = tuple(ai for ai, _ in elements[1:])
        if not any(_ordered(qualifiers, sequence) for sequence in key.qualifiers or ()):
            expected = f"behind ({key.ai}) only {_described(key)}, in this order"
            raise refused("syntax", "a Digital Link", text, expected)
        for ai, value in elements:
            known(ai).check(value)
        return key, elements
    raise refused("syntax", "a Digital Link", text, "a path that ends in a GS1 key and its value")


def _parse_query(key: Identifier, path: Elements, query: str) -> Elements:
    present = [ai for ai, _ in path]
    sequences = [s for s in key.qualifiers or () if _ordered(tuple(present[1:]), s)]
    elements: list[tuple[str, str]] = []
    for parameter in query.split("&"):
        ai, _, value = parameter.partition("=")
        if not _DIGITS.fullmatch(ai):
            continue
        identifier = _attribute(ai)
        if ai in present or any(ai in sequence for sequence in sequences):
            raise refused("syntax", "a Digital Link attribute", ai, "it once, and in the path")
        value = unescaped(value.replace("+", " "))
        identifier.check(value)
        present.append(ai)
        elements.append((ai, value))
    return tuple(elements)


def _primary(ai: str) -> Identifier | None:
    identifier = find(ai)
    return identifier if identifier and identifier.qualifiers is not None else None


def _ordered(qualifiers: tuple[str, ...], sequence: tuple[str, ...]) -> bool:
    """Return whether the qualifiers are some of the sequence, in its order, each once."""
    return qualifiers == tuple(ai for ai in sequence if ai in qualifiers)


def _described(key: Identifier) -> str:
    sequences = [" ".join(f"({ai})" for ai in sequence if ai) for sequence in key.qualifiers or ()]
    return " or ".join(sequences) or "nothing"


def _attribute(ai: str) -> Identifier:
    identifier = known(ai)
    if not identifier.attribute:
        raise refused("requisite", "a Digital Link attribute", ai, "an AI that may be one")
    return identifier
