"""Patterns of EPCs: `urn:epc:idpat:sgtin:0614141.*.*` (EPCIS 2.0, 8.2.7.1.1; TDS 2.0, 8)."""

import re
from collections import defaultdict
from collections.abc import Iterable

from chalicelib.epcis.identifiers import canonical_uri, to_urn
from chalicelib.epcis.query.model import PATTERN, is_several
from chalicelib.gs1.keys import CANONICAL

_KINDS = (PATTERN, "urn:epc:id:", "urn:epc:class:")
_ANY = "*"
_COMPONENTS = {
    **dict.fromkeys(("sgtin", "lgtin", "upui", "sgln", "grai", "gdti", "sgcn", "cpi"), 3),
    **dict.fromkeys(("sscc", "pgln", "gsrn", "gsrnp", "gsin", "giai", "ginc"), 2),
    **{"itip": 5, "gid": 3, "usdod": 2, "adi": 3, "bic": 1, "imovn": 1},
}
_OF_NO_COMPANY = frozenset({"gid", "usdod", "adi", "bic", "imovn"})
_COMPANY = re.compile(r"[0-9]{6,12}").fullmatch

# The digits in front of the company prefix (indicator, extension digit, filler) have no group.
_MEMBERS = {
    scheme: re.compile(rf"({re.escape(CANONICAL)}/{key}){behind}")
    for scheme, key, behind in (
        ("sgtin", "01/[0-9](?P<rest>[0-9]{13})", "/21/[^/]+"),
        ("lgtin", "01/[0-9](?P<rest>[0-9]{13})", "/10/[^/]+"),
        ("upui", "01/[0-9](?P<rest>[0-9]{13})", "/235/[^/]+"),
        ("itip", "8006/[0-9](?P<rest>[0-9]{17})", "/21/[^/]+"),
        ("sscc", "00/[0-9](?P<rest>[0-9]{17})", ""),
        ("sgln", "414/(?P<rest>[0-9]{13})", "(?:/254/[^/]+)?"),
        ("pgln", "417/(?P<rest>[0-9]{13})", ""),
        ("grai", "8003/0(?P<rest>[0-9]{13})", "[^/]+"),
        ("gdti", "253/(?P<rest>[0-9]{13})", "[^/]+"),
        ("sgcn", "255/(?P<rest>[0-9]{13})", "[^/]+"),
        ("gsrn", "8018/(?P<rest>[0-9]{18})", ""),
        ("gsrnp", "8017/(?P<rest>[0-9]{18})", ""),
        ("gsin", "402/(?P<rest>[0-9]{17})", ""),
        ("giai", "8004/(?P<rest>[^/]+)", ""),
        ("ginc", "401/(?P<rest>[^/]+)", ""),
        ("cpi", "8010/(?P<rest>[^/]+)", "/8011/[^/]+"),
    )
}


class Patterns:
    """Patterns and classes, of which one must cover an EPC or class.

    A query may have hundreds of patterns and an event a hundred thousand items: an item costs a
    look-up for each choice of places that are fixed, of which there are few, not one per pattern.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        # By scheme and number of components: by the places that are fixed, what stands there.
        self._fixed: dict[tuple[str, int], dict[tuple[int, ...], set[tuple[str, ...]]]] = (
            defaultdict(lambda: defaultdict(set))
        )
        # By scheme, for Digital Links: classes, and the companies whose every key is meant.
        self._classes: dict[str, set[str]] = defaultdict(set)
        self._companies: dict[str, set[str]] = defaultdict(set)
        for pattern in patterns:
            self._add(pattern)

    def _add(self, pattern: str) -> None:
        scheme, parts = _parts(pattern)
        link = canonical_uri(pattern)
        if is_several(link) and link.startswith(CANONICAL):
            for each in (scheme,) if scheme else _MEMBERS.keys() - {"upui", "lgtin"}:
                self._classes[each].add(link)
        if not scheme:
            return
        places = tuple(at for at, part in enumerate(parts) if part != _ANY)
        self._fixed[scheme, len(parts)][places].add(tuple(parts[at] for at in places))
        if all(part == _ANY for part in parts[1:]):
            self._companies[scheme].add(parts[0])

    def cover(self, uri: str) -> bool:
        """Return whether one of them covers what a URN or Digital Link names.

        `*` stands for any one component; that of a class is covered by `*` alone. A Digital Link
        does not tell where its company prefix ends: that of a pattern need only be what its key
        begins with, as no company's prefix is the beginning of another's.

        >>> link = "https://id.gs1.org/01/80614141123458/21/6789"
        >>> Patterns(["urn:epc:idpat:sgtin:0614141.*.*"]).cover(link)
        True
        """
        urn = uri if uri.startswith(_KINDS) else to_urn(uri)
        scheme, parts = _parts(urn)
        return any(
            tuple([parts[at] for at in places]) in texts
            for places, texts in self._fixed.get((scheme, len(parts)), {}).items()
        ) or self._cover_link(canonical_uri(uri), by_company=not uri.startswith(_KINDS))

    def _cover_link(self, link: str, *, by_company: bool) -> bool:
        for scheme in self._classes.keys() | self._companies.keys():
            member = _MEMBERS[scheme].fullmatch(link) if scheme in _MEMBERS else None
            if member is None:
                continue
            if member[1] in self._classes.get(scheme, ()):
                return True
            companies = self._companies.get(scheme, set()) if by_company else set()
            if _ANY in companies or any(member["rest"][:n] in companies for n in range(6, 13)):
                return True
        return False


def is_pattern(text: str) -> bool:
    """Return whether a URI is a pattern of a scheme of TDS: what follows a `*` is `*` too.

    >>> is_pattern("urn:epc:idpat:sgtin:0614141.*.*"), is_pattern("urn:epc:idpat:sgtin:0614141.*.5")
    (True, False)
    """
    scheme, parts = _parts(text) if text.startswith(PATTERN) else ("", [])
    first = next((at for at, part in enumerate(parts) if part == _ANY), len(parts))
    if len(parts) != _COMPONENTS.get(scheme) or set(parts[first:]) - {_ANY}:
        return False
    if any(not part or _ANY in part for part in parts[:first]):
        return False
    return not first or scheme in _OF_NO_COMPANY or _COMPANY(parts[0]) is not None


def _parts(urn: str) -> tuple[str, list[str]]:
    """Part a URN into its scheme and components; the last may contain dots of its own."""
    rest = next((urn[len(kind) :] for kind in _KINDS if urn.startswith(kind)), "")
    scheme, _, components = rest.partition(":")
    most = _COMPONENTS.get(scheme, 3) - 1
    return scheme, components.split(".", most) if components else []
