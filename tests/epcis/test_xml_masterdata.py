"""Master data as XML."""

from typing import Any

import pytest
from lxml import etree

from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_masterdata import vocabulary_list
from chalicelib.errors import Malformed

START = "/epcisHeader/epcisMasterData/vocabularyList"


def parsed(*vocabularies: Any) -> tuple[Any, list[str]]:
    markup = Markup({"ex": "urn:ex"})
    content = vocabulary_list(vocabularies, markup)
    root = etree.fromstring(f"<r{markup.declarations()}>{content}</r>")
    return root, [error.pointer for error in markup.lost]


def of(*elements: Any) -> dict[str, Any]:
    return {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": list(elements)}


def test_attributes_are_texts_elements_or_several_of_them() -> None:
    attributes = [
        {"id": "urn:a:1", "attribute": "A & B"},
        {"id": "urn:a:2", "attribute": {"ex:City": "Ulm", "@unit": "x"}},
        {"id": "urn:a:3", "attribute": ["1", 2]},
    ]
    root, lost = parsed(of({"id": "urn:x", "attributes": attributes, "children": ["urn:y"]}))
    found = root.findall(".//attribute")
    assert [each.get("id") for each in found] == ["urn:a:1", "urn:a:2", "urn:a:3", "urn:a:3"]
    assert [each.text for each in found] == ["A & B", None, "1", "2"]
    assert found[1].findtext("{urn:ex}City") == "Ulm"
    assert root.findtext(".//children/id") == "urn:y"
    assert lost == []


def test_no_vocabularies_are_no_list() -> None:
    assert len(parsed()[0]) == 0
    assert len(parsed(of())[0].find("VocabularyList/Vocabulary")) == 0


def test_what_has_no_place_is_named() -> None:
    _, lost = parsed(of({"id": "urn:x", "own": 1, "attributes": [{"id": "urn:a", "own": 1}]}))
    at = f"{START}/0/vocabularyElementList/0"
    assert lost == [f"{at}/attributes/0/own", f"{at}/own"]


@pytest.mark.parametrize(
    ("vocabulary", "pointer"),
    [
        ("x", "/0"),
        ({"vocabularyElementList": "x"}, "/0/vocabularyElementList"),
        (of("x"), "/0/vocabularyElementList/0"),
        (of({"attributes": ["x"]}), "/0/vocabularyElementList/0/attributes/0"),
        (of({"children": "x"}), "/0/vocabularyElementList/0/children"),
        (of({"id": "\x00"}), "/0/vocabularyElementList/0/id"),
        (of({"id": []}), "/0/vocabularyElementList/0/id"),
    ],
)
def test_what_is_no_master_data_is_refused_at_its_place(vocabulary: Any, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        parsed(vocabulary)
    assert [error.pointer for error in refused.value.errors] == [START + pointer]
