"""Links of things, one item for each thing, and the list of those that an organisation manages.

Promises: a change is conditional on the version it changes. Reads of single things are strong, so
what was changed is followed at once.

Trust: whoever can write here can send everybody who scans a pack anywhere.
"""

from collections.abc import Sequence
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.resolver.model import Link, Links
from chalicelib.table.items import Item, Key
from chalicelib.table.read import get_many, query
from chalicelib.table.transaction import Transaction, replaced


class LinksItem(Item):
    """The links of a thing: `pk` is `links#{anchor}`, `sk` is `-`."""

    class Meta:
        """Where it lives."""

        table_name = "directory"

    owner = UnicodeAttribute()
    description = UnicodeAttribute()
    links = JSONAttribute()
    version = NumberAttribute()


class ManagedItem(Item):
    """That an organisation manages links: `pk` `linked#{organisation}`, `sk` the anchor."""

    class Meta:
        """Where it lives."""

        table_name = "directory"


def read(anchors: Sequence[str]) -> list[Links]:
    """Return what is known of a thing at its levels, in the order of the anchors."""
    keys = [_key(anchor) for anchor in anchors]
    found = get_many(keys)
    return [_links(cast("LinksItem", found[key])) for key in keys if key in found]


def put(links: Links) -> None:
    """Keep the links of a thing; our own write under another answer is not a conflict.

    Args:
        links: with the next version; without any they are gone, and their number of changes stays.

    Raises:
        Raced: somebody else changed them.
    """
    tx = Transaction()
    tx.put(ManagedItem(f"linked#{links.owner}", links.anchor))
    replaced(_item(links), links.version - 1, also=tx)


def page(organisation: str, *, after: str | None, limit: int) -> tuple[list[Links], str | None]:
    """Return what an organisation manages, by anchor, and where to go on."""
    found = query(ManagedItem, f"linked#{organisation}", after=after, limit=limit)
    known = read([item.sk for item in found.items])
    return [each for each in known if each.links and each.owner == organisation], found.last


def _key(anchor: str) -> Key:
    return Key(LinksItem, f"links#{anchor}")


def _item(links: Links) -> LinksItem:
    return LinksItem(
        _key(links.anchor).pk,
        owner=links.owner,
        description=links.description,
        links=[_row(link) for link in links.links],
        version=links.version,
    )


def _row(link: Link) -> dict[str, Any]:
    return {
        "type": link.type,
        "href": link.href,
        "title": link.title,
        "languages": list(link.languages),
        "mediaType": link.media_type,
        "contexts": list(link.contexts),
        "forward": link.forward_query,
        "default": link.default,
    }


def _links(item: LinksItem) -> Links:
    links = (
        Link(
            type=row["type"],
            href=row["href"],
            title=row["title"],
            languages=tuple(row["languages"]),
            media_type=row["mediaType"],
            contexts=tuple(row["contexts"]),
            forward_query=row["forward"],
            default=row["default"],
        )
        for row in item.links
    )
    anchor = item.pk.removeprefix("links#")
    return Links(anchor, item.owner, item.description, tuple(links), int(item.version))
