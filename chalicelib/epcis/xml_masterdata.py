"""Master data as XML: vocabularies in a header or a document of their own (EPCIS 2.0, 9.4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.epcis.faults import step
from chalicelib.epcis.xml_markup import Markup
from chalicelib.epcis.xml_text import as_list, as_object, attribute, items

_START = "/epcisHeader/epcisMasterData/vocabularyList"


def vocabulary_list(vocabularies: Sequence[Mapping[str, Any]], markup: Markup) -> str:
    """Return the VocabularyList; empty when there are no vocabularies.

    Args:
        vocabularies: as `EpcisDocument` has them.
        markup: the names of the document, which notes what is lost.

    Raises:
        Malformed: they are not what they should be, or hold what XML cannot carry.
    """
    found = [
        _vocabulary(as_object(each, f"{_START}/{at}"), markup, f"{_START}/{at}")
        for at, each in enumerate(vocabularies)
    ]
    return f"<VocabularyList>{''.join(found)}</VocabularyList>" if found else ""


def _objects(owner: Mapping[str, Any], name: str, pointer: str) -> list[tuple[Any, str]]:
    """Return the objects of a list, each with its pointer; none when there is no list."""
    start = pointer + step(name)
    listed = as_list(owner.get(name) or [], start)
    return [(as_object(each, f"{start}/{at}"), f"{start}/{at}") for at, each in enumerate(listed)]


def _vocabulary(owner: Mapping[str, Any], markup: Markup, pointer: str) -> str:
    listed = _objects(owner, "vocabularyElementList", pointer)
    found = "".join(_element(each, markup, at) for each, at in listed)
    found = f"<VocabularyElementList>{found}</VocabularyElementList>" if found else ""
    found += markup.extensions(owner, ("type", "vocabularyElementList"), pointer)
    kind = attribute(owner.get("type", ""), pointer + "/type")
    return f'<Vocabulary type="{kind}">{found}</Vocabulary>\n'


def _element(owner: Mapping[str, Any], markup: Markup, pointer: str) -> str:
    listed = _objects(owner, "attributes", pointer)
    found = "".join(_attribute(each, markup, at) for each, at in listed)
    at = pointer + "/children"
    children = items("id", as_list(owner.get("children") or [], at), at)
    found += f"<children>{children}</children>" if children else ""
    found += markup.extensions(owner, ("type", "id", "attributes", "children"), pointer)
    uri = attribute(owner.get("id", ""), pointer + "/id")
    return f'<VocabularyElement id="{uri}">{found}</VocabularyElement>'


def _attribute(owner: Mapping[str, Any], markup: Markup, pointer: str) -> str:
    """Return an attribute: a text, elements, or several of either under one id."""
    markup.nothing_but(owner, ("id", "attribute"), pointer)
    value, at = owner.get("attribute"), pointer + "/attribute"
    return "".join(
        markup.element("attribute", {"@id": owner.get("id", ""), **_content(each)}, at)
        for each in (value if isinstance(value, list) else [value])
    )


def _content(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"#text": value}
