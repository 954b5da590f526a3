from urllib.parse import quote, unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.http.greedy import greedy, resolved

PATHS = (
    "/epcs",
    "/epcs/{epc}",
    "/epcs/{epc}/events",
    "/queries/{name}",
    "/queries/{name}/subscriptions",
    "/queries/{name}/subscriptions/{id}",
)


def test_a_path_without_parameters_is_behind_no_greedy_resource():
    assert greedy("/epcs") is None


@given(st.text(min_size=1, max_size=30).map(lambda tail: f"https://a.example/{tail}x"))
@settings(max_examples=100)
def test_a_whole_uri_is_found_decoded_or_not(uri):
    for spelled in (quote(uri, safe=""), uri):
        path, parameters = resolved(PATHS, "/epcs/{proxy+}", f"{spelled}/events") or ("", {})

        assert path == "/epcs/{epc}/events"
        assert unquote(parameters["epc"]) == uri


def test_several_parameters_are_told_apart():
    found = resolved(PATHS, "/queries/{proxy+}", "q/subscriptions/s")

    assert found == ("/queries/{name}/subscriptions/{id}", {"name": "q", "id": "s"})
    assert resolved(PATHS, "/queries/{proxy+}", "q/subscriptions") == (
        "/queries/{name}/subscriptions",
        {"name": "q"},
    )


def test_what_fits_nothing_is_not_found():
    assert resolved(PATHS, "/queries/{proxy+}", "") is None
    assert resolved(PATHS, "/epcs/{proxy+}", "/events") is None
    assert resolved(PATHS, "/nowhere/{proxy+}", "x") is None
