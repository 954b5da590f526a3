"""Which links a request means."""

import pytest

from chalicelib.errors import Malformed
from chalicelib.resolver.model import VOCABULARY, Link, Links, anchor_of, levels, meant, type_uri

PIP = VOCABULARY + "pip"
EPIL = VOCABULARY + "epil"


def a_link(href: str, link_type: str = PIP, **more: object) -> Link:
    return Link(link_type, f"https://acme.example/{href}", href, **more)  # type: ignore[arg-type]


def at(anchor: str, *links: Link) -> Links:
    return Links(anchor, "acme", "Examplin", links, 1)


def hrefs(*args: object, **more: object) -> list[str]:
    found = meant(*args, **more)  # type: ignore[arg-type]
    return [link.href.rpartition("/")[2] for link in found]


# --- what links are about


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("01/09506000134352", "01/09506000134352"),
        ("/01/09506000134352/", None),
        ("https://a.example/b/01/09506000134352/10/A%2F1?17=281231", "01/09506000134352/10/A%2F1"),
        ("414/9506000134352/254/A", "414/9506000134352/254/A"),
        ("01/09506000134353", None),
        ("01/09506000134352/21/S/10/L", None),
        ("gtin/09506000134352", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_digital_link_or_its_path_says_what_links_are_about(
    text: str, anchor: str | None
) -> None:
    if anchor is None:
        with pytest.raises(Malformed):
            anchor_of(text)
    else:
        assert anchor_of(text)[0] == anchor


def test_a_unit_is_looked_up_before_its_lot_and_its_product() -> None:
    _, elements = anchor_of("01/09506000134352/22/V/10/L/21/S")

    found = [each.removeprefix("01/09506000134352") for each in levels(elements)]

    assert found == [
        "/22/V/10/L/21/S", "/10/L/21/S", "/22/V/21/S", "/21/S",
        "/22/V/10/L", "/10/L", "/22/V", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("gs1:pip", PIP),
        ("https://ref.gs1.org/voc/pip", PIP),
        ("https://gs1.org/voc/pip", PIP),
        ("https://acme.example/rel/x", "https://acme.example/rel/x"),
        ("pip", None),
        ("gs1:", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_link_type_is_a_word_of_gs1_or_a_uri(text: str, uri: str | None) -> None:
    if uri is None:
        with pytest.raises(Malformed, match="expected"):
            type_uri(text)
    else:
        assert type_uri(text) == uri


# --- which are meant


def test_the_most_specific_level_that_has_such_a_link_answers() -> None:
    known = [
        at("01/1/10/L", a_link("lot-pip")),
        at("01/1", a_link("pip", default=True), a_link("leaflet", EPIL)),
    ]

    assert hrefs(known, PIP) == ["lot-pip"]
    assert hrefs(known, EPIL) == ["leaflet"]
    assert hrefs(known, None) == ["pip"]
    assert hrefs(known, VOCABULARY + "defaultLink") == ["pip"]
    assert hrefs(known, VOCABULARY + "recallStatus") == []
    assert hrefs([], None) == []


def test_equals_are_several_unless_a_default_is_wanted() -> None:
    known = [at("01/1", a_link("a", default=True), a_link("b", default=True))]

    assert hrefs(known, PIP) == ["a", "b"]
    assert hrefs(known, None) == ["a"]


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        ({"de": 1.0, "en": 0.5}, ["de"]),
        ({"de-at": 1.0}, ["de"]),
        ({"en": 1.0}, ["en-gb"]),
        ({"fr": 1.0, "*": 0.1}, ["de", "en-gb"]),
        ({"fr": 1.0}, ["any"]),
        ({"de": 0.0, "en-gb": 0.2}, ["en-gb"]),
        ({}, ["any"]),
    ],
)
def test_the_language_that_is_liked_best_is_chosen(
    languages: dict[str, float], found: list[str]
) -> None:
    links = (
        a_link("de", languages=("de",)),
        a_link("en-gb", languages=("en-gb",)),
        a_link("any"),
    )

    assert hrefs([at("01/1", *links)], PIP, languages=languages) == found


def test_the_media_type_that_is_liked_best_is_chosen() -> None:
    links = (a_link("page", media_type="text/html"), a_link("data", media_type="application/pdf"))
    known = [at("01/1", *links)]

    assert hrefs(known, PIP, media_types={"application/pdf": 1.0, "*/*": 0.1}) == ["data"]
    assert hrefs(known, PIP, media_types={"text/*": 1.0}) == ["page"]
    assert hrefs(known, PIP, media_types={"*/*": 1.0}) == ["page", "data"]


def test_a_context_is_preferred_where_it_is_asked_for_and_avoided_where_it_is_not() -> None:
    links = (a_link("everywhere"), a_link("returns", contexts=("dscsaSaleableReturn",)))
    known = [at("01/1", *links)]

    assert hrefs(known, PIP, context="dscsaSaleableReturn") == ["returns"]
    assert hrefs(known, PIP, context="") == ["everywhere"]
    assert hrefs(known, PIP, context="FR") == ["everywhere"]
