"""Patterns of EPCs: `urn:epc:idpat:sgtin:0614141.*.*` (EPCIS 2.0, 8.2.7.1.1; TDS 2.0, 8)."""

from collections import defaultdict
from collections.abc import Iterable

from chalicelib.epcis.identifiers import to_urn
from chalicelib.epcis.query.model import PATTERN

_KINDS = (PATTERN, "urn:epc:id:", "urn:epc:class:")
_ANY = "*"


class Patterns:
    """Patterns, of which one must cover an EPC or class.

    A query may have hundreds of patterns and an event a hundred thousand items: an item costs a
    look-up for each choice of places that are fixed, of which there are few, not one per pattern.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        # By scheme and number of components: by the places that are fixed, what stands there.
        self._fixed: dict[tuple[str, int], dict[tuple[int, ...], set[tuple[str, ...]]]] = (
            defaultdict(lambda: defaultdict(set))
        )
        for pattern in patterns:
            scheme, parts = _parts(pattern)
            places = tuple(at for at, part in enumerate(parts) if part != _ANY)
            if scheme:
                texts = tuple(parts[at] for at in places)
                self._fixed[scheme, len(parts)][places].add(texts)

    def cover(self, uri: str) -> bool:
        """Return whether one of them covers what a URN or Digital Link names.

        `*` stands for any one component; that of a class is covered by `*` alone. A Digital Link
        whose company prefix GS1's table does not know has no URN, and no pattern covers it.

        >>> link = "https://id.gs1.org/01/80614141123458/21/6789"
        >>> Patterns(["urn:epc:idpat:sgtin:0614141.*.*"]).cover(link)
        True
        """
        scheme, parts = _parts(uri if uri.startswith(_KINDS) else to_urn(uri))
        return any(
            tuple([parts[at] for at in places]) in texts
            for places, texts in self._fixed.get((scheme, len(parts)), {}).items()
        )


def _parts(urn: str) -> tuple[str, list[str]]:
    """Part a URN into its scheme and components; the last may contain dots of its own."""
    rest = next((urn[len(kind) :] for kind in _KINDS if urn.startswith(kind)), "")
    scheme, _, components = rest.partition(":")
    most = {"itip": 4, "sscc": 1, "gid": 2, "usdod": 1}.get(scheme, 2)
    return scheme, components.split(".", most) if components else []
