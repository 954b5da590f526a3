"""The business document header in JSON: all names prefixed and bare again, its parties told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.sbdh import NAME, NAMESPACE, bare, is_named, prefix, prefixed, told

names = st.text("abcXYZ", min_size=1, max_size=4)
headers = st.dictionaries(
    names | names.map("@{}".format) | st.just("#text"),
    st.recursive(
        st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
        max_leaves=5,
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(headers)
def test_names_are_bare_again_after_a_prefix(header: dict[str, Any]) -> None:
    made = prefixed(header, "s")

    assert bare(made) == header
    assert all(name.startswith(("@", "#", "s:")) for name in made)


def test_the_prefix_is_free_or_bound_to_the_header_already() -> None:
    assert prefix({}) == "sbdh"
    assert prefix({"sbdh": NAMESPACE}) == "sbdh"
    assert prefix({"sbdh": "urn:other"}) == "sbdhx"


def test_the_header_is_known_by_its_namespace_not_by_its_prefix() -> None:
    assert is_named(f"x:{NAME}", {"x": NAMESPACE})
    assert not is_named(f"sbdh:{NAME}", {"sbdh": "urn:other"})
    assert not is_named("x:Other", {"x": NAMESPACE})


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ({}, {}),
        ({"Sender": {"Identifier": "urn:a"}}, {"sender": "urn:a"}),
        ({"Receiver": {"Identifier": {"@Authority": "x", "#text": "urn:b"}}},
         {"receiver": "urn:b"}),
        ({"Receiver": [{"Identifier": "urn:a"}, {"Identifier": "urn:b"}]}, {}),
        ({"Sender": {"Identifier": ["urn:a", "urn:b"]}}, {}),
        ({"DocumentIdentification": {"InstanceIdentifier": "1"}}, {"instanceIdentifier": "1"}),
        ({"DocumentIdentification": "x", "Sender": 7}, {}),
    ],
)  # fmt: skip
def test_what_the_header_says_once_is_told(header: Any, found: dict[str, str]) -> None:
    assert told(header) == found
