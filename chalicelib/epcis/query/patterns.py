"""Patterns of EPCs: `urn:epc:idpat:sgtin:0614141.*.*` (EPCIS 2.0, 8.2.7.1.1; TDS 2.0, 8)."""

from chalicelib.epcis.identifiers import to_urn
from chalicelib.epcis.query.model import PATTERN

_KINDS = (PATTERN, "urn:epc:id:", "urn:epc:class:")


def fits(uri: str, pattern: str) -> bool:
    """Return whether a pattern covers an EPC or class, spelt as URN or Digital Link.

    `*` stands for any one component; that of a class is covered by `*` alone. A Digital Link whose
    company prefix GS1's table does not know has no URN, and no pattern covers it.

    >>> fits("https://id.gs1.org/01/80614141123458/21/6789", "urn:epc:idpat:sgtin:0614141.*.*")
    True
    """
    scheme, wanted = _parts(pattern)
    found_scheme, found = _parts(to_urn(uri) if not uri.startswith(_KINDS) else uri)
    return (
        scheme == found_scheme != ""
        and len(wanted) == len(found)
        and all(part in ("*", each) for part, each in zip(wanted, found, strict=True))
    )


def _parts(urn: str) -> tuple[str, list[str]]:
    """Part a URN into its scheme and components; the last may contain dots of its own."""
    rest = next((urn[len(kind) :] for kind in _KINDS if urn.startswith(kind)), "")
    scheme, _, components = rest.partition(":")
    most = {"itip": 4, "sscc": 1, "gid": 2, "usdod": 1}.get(scheme, 2)
    return scheme, components.split(".", most) if components else []
