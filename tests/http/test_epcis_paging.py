from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from chalicelib import keys
from chalicelib.errors import QueryParameter
from chalicelib.http.epcis_paging import LIFETIME, page_after, page_headers, per_page
from tests.http.door import actor
from tests.http.test_call import a_call as any_call


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setattr(keys, "derive", lambda _name: bytes(range(64)))


def a_call(**more):
    return replace(any_call(actor()), **more)


def followed(headers):
    """The query that a `Link` leads to."""
    target = headers["Link"].partition(">")[0].removeprefix("<?")
    return {name: values[0] for name, values in parse_qs(target).items()}


def test_a_page_has_thirty_items_unless_another_number_is_asked_for():
    assert per_page(a_call()) == 30
    assert per_page(a_call(parameters={"perPage": "7"})) == 7
    assert per_page(a_call(parameters={"perPage": "100000"})) == 500


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1.5", "9" * 5000])
def test_a_page_of_no_number_is_refused(text):
    with pytest.raises(QueryParameter):
        per_page(a_call(parameters={"perPage": text}))


def test_a_token_leads_to_where_the_page_before_ended():
    first = a_call(parameters={"EQ_bizStep": "shipping", "perPage": "2"})
    headers = page_headers(first, "event 2")
    query = followed(headers)

    assert query["EQ_bizStep"] == "shipping"
    assert page_after(a_call(parameters=query)) == "event 2"
    assert page_after(a_call(parameters={**query, "perPage": "9"})) == "event 2"
    assert headers["GS1-Next-Page-Token-Expires"].endswith("Z")


def test_a_token_of_another_query_or_made_up_is_refused():
    query = followed(page_headers(a_call(parameters={"EQ_bizStep": "shipping"}), "x"))

    for worse in ({**query, "EQ_bizStep": "packing"}, {**query, "nextPageToken": "made-up"}):
        with pytest.raises(QueryParameter):
            page_after(a_call(parameters=worse))


def test_a_token_expires():
    call = a_call()
    query = followed(page_headers(call, "x"))

    with pytest.raises(QueryParameter, match="expired"):
        page_after(a_call(parameters=query, at=call.at + LIFETIME + timedelta(seconds=1)))


def test_the_last_page_leads_nowhere():
    assert page_headers(a_call(), None) == {}
    assert page_after(a_call()) is None
