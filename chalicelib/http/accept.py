"""Which media type an answer has: content negotiation (RFC 9110, 12.5.1)."""

import re
from collections.abc import Sequence

from chalicelib.errors import NotAcceptable
from chalicelib.gs1.refusal import shown

_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_LONGEST = 2048


def chosen(header: str | None, offered: Sequence[str]) -> str:
    """Return the media type that the caller likes best of those that are offered.

    The most specific range counts for a type; among equals, the first offered.

    >>> chosen("text/xml;q=0.5, */*;q=0.1", ["application/json", "text/xml"])
    'text/xml'

    Args:
        header: `Accept` as sent; everything is accepted without one.
        offered: best first.

    Raises:
        NotAcceptable: none of them is accepted, or the header cannot be read.
    """
    if header is None or not header.strip():
        return offered[0]
    asked = ranges(header)
    best = max(offered, key=lambda media_type: _liked(media_type, asked))
    if _liked(best, asked) == 0:
        expected = " or ".join(offered)
        raise NotAcceptable(f"Found Accept {shown(header)}, expected {expected}")
    return best


def ranges(header: str) -> dict[str, float]:
    """Return how much each range of an `Accept` or `Accept-Language` is liked, 0 to 1.

    Raises:
        NotAcceptable: it is too long, or a quality is none.
    """
    if len(header) > _LONGEST:
        raise NotAcceptable(f"Found a header of {len(header)} characters, expected <= {_LONGEST}")
    found = {}
    for part in filter(None, (part.strip() for part in header.lower().split(","))):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        liked = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                liked = _quality(parameter)
        found[media_range] = liked
    return found


def _quality(parameter: str) -> float:
    quality = _QUALITY.fullmatch(parameter)
    if not quality:
        raise NotAcceptable(f"Found {shown(parameter)} in Accept, expected q=0 to q=1")
    return float(quality[1])


def _liked(media_type: str, ranges: dict[str, float]) -> float:
    kind = media_type.partition("/")[0]
    for media_range in (media_type, f"{kind}/*", "*/*"):
        if media_range in ranges:
            return ranges[media_range]
    return 0.0
