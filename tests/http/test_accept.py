import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import NotAcceptable
from chalicelib.http.accept import chosen

OFFERED = ("application/json", "application/xml", "text/xml")


@pytest.mark.parametrize("header", [None, "", " ", "*/*", "application/*", "APPLICATION/JSON"])
def test_the_first_is_chosen_where_nothing_else_is_liked_better(header):
    assert chosen(header, OFFERED) == "application/json"


def test_the_most_specific_range_counts():
    assert chosen("*/*, application/json;q=0, application/*;q=0.2", OFFERED) == "text/xml"


@pytest.mark.parametrize("header", ["text/csv", "*/*;q=0", "text/xml;q=2", "text/xml;q=x", "x" * 3000])  # fmt: skip  # noqa: E501
def test_what_is_not_offered_or_not_readable_is_refused(header):
    with pytest.raises(NotAcceptable):
        chosen(header, OFFERED)


@given(st.sampled_from(OFFERED), st.floats(0.001, 1))
@settings(max_examples=50)
def test_what_alone_is_accepted_is_chosen(media_type, quality):
    assert chosen(f"{media_type};q={quality:.3f}", OFFERED) == media_type
