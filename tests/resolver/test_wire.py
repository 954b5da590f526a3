"""Links as linksets: RFC 9264, and GS1's schema of it."""

import pytest
from jsonschema import Draft7Validator
from pydantic import ValidationError

from chalicelib.resolver.model import VOCABULARY, Link, Links
from chalicelib.resolver.wire import LinkBody, LinksAnswer, choices, linkset, linkset_text
from tests.shared_data import load

PIP = Link(VOCABULARY + "pip", "https://acme.example/pip", "Seite für Sie", ("de",), "text/html",
           default=True)  # fmt: skip
PIP_EN = Link(VOCABULARY + "pip", "https://acme.example/en", "Page", ("en", "en-gb"),
              contexts=("EU",), forward_query=False, default=True)  # fmt: skip
KNOWN = [
    Links("01/09506000134352/10/L", "acme", "Lot L", (PIP,)),
    Links("01/09506000134352", "acme", "Examplin", (PIP, PIP_EN)),
]


def test_a_linkset_has_each_level_with_its_links_by_type() -> None:
    lot, product = linkset(KNOWN)["linkset"]

    assert lot == {
        "anchor": "https://id.gs1.org/01/09506000134352/10/L",
        "itemDescription": "Lot L",
        VOCABULARY + "pip": [
            {"href": "https://acme.example/pip", "title": "Seite für Sie", "hreflang": ["de"],
             "type": "text/html"}
        ],
        VOCABULARY + "defaultLink": lot[VOCABULARY + "pip"],
    }  # fmt: skip
    assert [each["title"] for each in product[VOCABULARY + "defaultLinkMulti"]] == [
        "Seite für Sie", "Page",
    ]  # fmt: skip
    assert product[VOCABULARY + "pip"][1]["fwqs"] is False


def test_a_linkset_is_one_by_gs1s_schema() -> None:
    schema = Draft7Validator(load("digital-link/linkset/gs1-linkset-schema.json"))

    assert [error.message for error in schema.iter_errors(linkset(KNOWN))] == []
    assert not schema.is_valid({"linkset": [{}]})


def test_a_linkset_is_also_the_text_of_a_link_header() -> None:
    lines = linkset_text(KNOWN).splitlines()

    assert len(lines) == 6
    assert lines[0] == (
        '<https://acme.example/pip>; rel="https://ref.gs1.org/voc/pip"; '
        'anchor="https://id.gs1.org/01/09506000134352/10/L"; '
        'title*=UTF-8\'\'Seite%20f%C3%BCr%20Sie; hreflang="de"; type="text/html",'
    )
    assert 'title="Page"; hreflang="en"; hreflang="en-gb"' in lines[-1]


def test_choices_say_what_each_leads_to() -> None:
    (first, _) = choices([PIP, PIP_EN])["choices"]

    assert (first["linkType"], first["href"]) == (PIP.type, PIP.href)


def test_links_are_shown_as_they_are_managed() -> None:
    shown = LinksAnswer.of(KNOWN[1]).model_dump(mode="json")

    assert shown["anchor"] == "https://id.gs1.org/01/09506000134352"
    assert shown["links"][1] == {
        "type": VOCABULARY + "pip", "href": "https://acme.example/en", "title": "Page",
        "languages": ["en", "en-gb"], "mediaType": None, "contexts": ["EU"],
        "forwardQuery": False, "default": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"href": "javascript:alert(1)"},
        {"href": "https://a.example/\r\nSet-Cookie: x"},
        {"href": "https://a.example/ö"},
        {"type": "pip"},
        {"languages": ["german"]},
        {"mediaType": "html"},
        {"title": ""},
        {"surprise": 1},
    ],
)
def test_a_link_that_is_none_is_refused(changes: dict[str, object]) -> None:
    body = {"type": "gs1:pip", "href": "https://a.example/", "title": "Page"}
    assert LinkBody.model_validate(body).link().type == PIP.type

    with pytest.raises(ValidationError):
        LinkBody.model_validate(body | changes)
