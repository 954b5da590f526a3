"""A place with all that is in it."""

import pytest

from chalicelib.directory.book import PlaceStore
from chalicelib.directory.model import Place
from chalicelib.gs1.keys import Sgln
from chalicelib.query.places import within
from tests.builders import gln

SITE = Sgln(gln("acme"))
ZONE, SHELF, OTHER = (Sgln(gln("acme"), name) for name in ("Z", "Z-1", "Y"))


@pytest.mark.usefixtures("aws")
def test_a_place_is_asked_for_with_every_place_inside_it() -> None:
    store = PlaceStore("acme")
    for place, upper in ((SITE, None), (ZONE, SITE), (SHELF, ZONE), (OTHER, SITE)):
        store.put(Place(place, "x", parent=upper))

    links = [each.digital_link() for each in (ZONE, SHELF)]
    assert within("acme", ZONE.urn(7)) == frozenset(links)
    assert len(within("acme", SITE.digital_link())) == 4
    assert within("meddist", ZONE.digital_link()) == {links[0]}
