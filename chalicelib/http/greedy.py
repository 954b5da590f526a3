"""Paths that hold whole URIs: `/epcs/https%3A%2F%2Fid.gs1.org%2F01%2F…/events`, or are one.

API Gateway may decode `%2F` before it looks for a resource, and lets no two variable steps stand
side by side. So it gets one greedy resource for each root, `/epcs/{proxy+}`, and which of the
declared routes is meant is found here, from what is left of the path.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

from chalice.app import Chalice

PROXY = "proxy"
_PARAMETER = re.compile(r"\{(\w+)\}")


def greedy(path: str) -> str | None:
    """Return the greedy resource that a declared path is behind; None when it has no parameter.

    >>> greedy("/epcs/{epc}/events")
    '/epcs/{proxy+}'
    """
    root, parameter, _ = path.partition("{")
    return f"{root}{{{PROXY}+}}" if parameter else None


def resolved(paths: Iterable[str], resource: str, rest: str) -> tuple[str, dict[str, str]] | None:
    """Find the declared path behind a greedy resource.

    Args:
        paths: those declared.
        resource: such as `/epcs/{proxy+}`.
        rest: what API Gateway found in its place, decoded or not.

    Returns:
        The path and its parameters, percent-encoded; None when no path fits.
    """
    behind = sorted((path for path in paths if greedy(path) == resource), key=_plain, reverse=True)
    concrete = resource.removesuffix(f"{{{PROXY}+}}") + rest
    for step in ("[^/]+", "[^/].*"):  # a value with its own slashes only where no other way fits
        for path in behind:
            if match := _pattern(path, step).fullmatch(concrete):
                return path, _encoded(match.groupdict())
    return None


def greedy_resources(app: Chalice) -> set[str]:
    """Return the greedy resources that API Gateway needs for EPCIS and for Digital Links."""
    views = (entry.view_function for path in app.routes.values() for entry in path.values())
    specs = (getattr(view, "spec", None) for view in views)
    return {
        resource for spec in specs if spec and spec.discoverable and (resource := greedy(spec.path))
    }


def _plain(path: str) -> int:
    """Return how many literal characters a path has: the more, the more it says."""
    return len(_PARAMETER.sub("", path))


@lru_cache(maxsize=256)
def _pattern(path: str, step: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)
    literals, names = map(re.escape, pieces[::2]), pieces[1::2]
    groups = [f"(?P<{name}>{step})" for name in names]
    return re.compile("".join(a + b for a, b in zip(literals, [*groups, ""], strict=True)), re.S)


def _encoded(values: Mapping[str, str]) -> dict[str, str]:
    """Encode what has slashes of its own: it was decoded on the way, or never encoded."""
    return {name: quote(text, safe="") if "/" in text else text for name, text in values.items()}
