from datetime import UTC, datetime
from uuid import UUID

import pytest

from chalicelib.errors import Malformed, Stale, Unauthenticated
from chalicelib.http.call import Call
from tests.http.door import actor


def a_call(caller=None, **headers: str) -> Call:
    return Call(
        caller=caller,
        body=None,
        query=None,
        raw=b"",
        operation=UUID(int=0),
        fingerprint="",
        request_id="request-1",
        at=datetime(2026, 11, 23, tzinfo=UTC),
        method="PUT",
        route="/v1/things/{name}",
        path="/v1/things/x",
        parameters={},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_a_call_has_its_actor():
    assert a_call(actor("quality")).actor == actor("quality")


def test_a_public_call_has_none():
    with pytest.raises(Unauthenticated):
        _ = a_call().actor


def test_no_if_match_expects_no_version():
    assert a_call().expected_version is None


def test_if_match_names_a_version():
    assert a_call(if_match='"12"').expected_version == 12


@pytest.mark.parametrize("tag", ['"abc"', 'W/"3"', '""', '"-1"', '"' + "9" * 30 + '"'])
def test_a_tag_that_no_version_ever_had_is_stale(tag):
    with pytest.raises(Stale):
        _ = a_call(if_match=tag).expected_version


@pytest.mark.parametrize("tag", ["3", "*", '"1", "2"', '"1', ""])
def test_what_is_not_one_tag_is_malformed(tag):
    with pytest.raises(Malformed) as refusal:
        _ = a_call(if_match=tag).expected_version

    assert refusal.value.errors[0].pointer == "#/header/If-Match"
