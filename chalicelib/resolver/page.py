"""Pages for people who scanned something: what anybody may know, and links to choose from.

No script, no picture, nothing from another host. What is shown of a pack is whether its number is
genuine and whether it may be used, and never where it was.
"""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from typing import NamedTuple

from chalicelib.goods.model import Status
from chalicelib.resolver.model import Link, Links
from chalicelib.resolver.usecases import Seen

HTML = "text/html; charset=utf-8"

_STYLE = """\
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}
h1{font-size:1.4rem}p.verdict{padding:1rem;border-radius:.5rem;font-weight:600}
.good{background:#e2f4e6;color:#0b4a1c}.bad{background:#fbe3e4;color:#7a0c12}
.unsure{background:#fdf1d3;color:#5c4300}dt{font-weight:600}code{overflow-wrap:anywhere}
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"


class Word(NamedTuple):
    """What is told of a pack or a lot.

    Attributes:
        mood: how it is coloured.
        text: for people.
    """

    mood: str
    text: str


GENUINE = Word("good", "This pack is known to its maker, and nothing speaks against using it.")
RECALLED = Word("bad", "This was recalled. Do not use it; give it back where you got it.")
EXPIRED = Word("bad", "This pack has expired. Do not use it.")
UNCONFIRMED = Word(
    "unsure", "This pack cannot be confirmed. Ask where you got it before you use it."
)
_SUPPLIED = frozenset({Status.ACTIVE.value, Status.DISPENSED.value})


def word(seen: Seen) -> Word | None:
    """Return what anybody may be told of a pack or lot; None where only its product is known.

    Everything that is wrong with a pack, but that it was recalled or has expired, is told in one
    way: somebody may be trying out numbers.
    """
    if seen.lot_recalled:
        return RECALLED
    if seen.verdict is None:
        return None
    reasons = set(seen.verdict.reasons) - _SUPPLIED
    if not reasons:
        return GENUINE
    if reasons <= {"recalled", "expired"}:
        return RECALLED if "recalled" in reasons else EXPIRED
    return UNCONFIRMED


def verdict(uri: str, seen: Seen) -> str:
    """Return the page about something that has no links.

    Args:
        uri: its canonical Digital Link.
        seen: what anybody may know of it.
    """
    told = word(seen)
    shown = f'<p class="verdict {told.mood}">{escape(told.text)}</p>' if told else ""
    return _page(seen.product, f"{shown}<p><code>{escape(uri)}</code></p>")


def several(title: str, links: Iterable[Link]) -> str:
    """Return the page that lets a person choose."""
    items = "".join(_item(link) for link in links)
    return _page(title, f"<ul>{items}</ul>")


def everything(known: Iterable[Links]) -> str:
    """Return the page of a linkset."""
    parts = [
        f"<h2>{escape(links.description)}</h2><ul>{''.join(map(_item, links.links))}</ul>"
        for links in known
    ]
    return _page("Links", "".join(parts))


def _item(link: Link) -> str:
    language = f' hreflang="{escape(link.languages[0])}"' if link.languages else ""
    note = ", ".join([*link.languages, *link.contexts])
    return (
        f'<li><a href="{escape(link.href)}"{language}>{escape(link.title)}</a>'
        f"{f' ({escape(note)})' if note else ''}</li>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
