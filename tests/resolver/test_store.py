"""Links are kept by the thing they are about."""

from dataclasses import replace

import pytest

from chalicelib.errors import Raced
from chalicelib.resolver import store
from chalicelib.resolver.model import Link, Links
from tests.harness.aws import Aws

LINK = Link(
    "https://ref.gs1.org/voc/pip", "https://acme.example/", "Page", ("en",), "text/html", ("EU",),
    forward_query=False, default=True,
)  # fmt: skip


def links(anchor: str = "01/1", version: int = 1, **more: object) -> Links:
    return replace(Links(anchor, "acme", "Examplin", (LINK,), version), **more)  # type: ignore[arg-type]


def test_links_are_read_as_they_were_kept_in_the_order_asked_for(aws: Aws) -> None:
    store.put(links("01/1"))
    store.put(links("01/1/10/L"))

    assert store.read(["01/1/10/L", "01/1/21/S", "01/1"]) == [links("01/1/10/L"), links("01/1")]


def test_a_change_of_another_version_is_refused_and_a_repeat_is_not(aws: Aws) -> None:
    store.put(links())
    store.put(links())

    with pytest.raises(Raced):
        store.put(links(description="another"))
    store.put(links(version=2, description="another"))

    assert [each.description for each in store.read(["01/1"])] == ["another"]


def test_an_organisation_finds_what_it_manages_page_by_page(aws: Aws) -> None:
    for anchor in ("01/1", "01/2", "01/3"):
        store.put(links(anchor))
    store.put(links("01/2", 2, links=()))

    first, last = store.page("acme", after=None, limit=2)
    rest, end = store.page("acme", after=last, limit=2)

    assert [each.anchor for each in (*first, *rest)] == ["01/1", "01/3"]
    assert end is None
    assert store.page("meddist", after=None, limit=2) == ([], None)
