"""The place tree of an organisation, for queries that ask for a place with all that is in it."""

from chalicelib.directory.book import PlaceStore
from chalicelib.epcis.identifiers import canonical_uri


def within(organisation: str, place: str) -> frozenset[str]:
    """Return the canonical URIs of a place and of every place inside it."""
    wanted = canonical_uri(place)
    parents: dict[str, str | None] = {}
    after: str | None = None
    while True:
        page, after = PlaceStore(organisation).page(after=after, limit=500)
        for each in page:
            upper = each.parent.digital_link() if each.parent else None
            parents[each.sgln.digital_link()] = upper
        if after is None:
            break
    found = {wanted}
    while more := {each for each, upper in parents.items() if upper in found} - found:
        found |= more
    return frozenset(found)
