"""Objects are kept once, found or not, and given out by links that work for a while."""

import io
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib import bucket
from chalicelib.errors import Busy
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected

pytestmark = pytest.mark.usefixtures("aws")


@pytest.mark.parametrize("body", [b"", b"<x/>", bytes(range(256)) * 5_000])
def test_what_is_kept_stays_what_it_is(body: bytes) -> None:
    bucket.keep("a/b", io.BytesIO(body), "application/xml")
    bucket.keep("a/b", b"another", "text/plain")

    assert bucket.read("a/b") == body
    assert bucket.head("a/b")["ContentType"] == "application/xml"


def test_what_is_not_there_is_none() -> None:
    assert bucket.head("nothing") is None
    assert bucket.read("nothing") is None


def test_a_link_fetches_one_object_under_a_name() -> None:
    link = urlsplit(bucket.link("a/b", "c.xml"))

    asked = parse_qs(link.query)
    assert link.path.endswith("/a/b")
    assert asked["X-Amz-Expires"] == ["900"]
    assert asked["response-content-disposition"] == ['attachment; filename="c.xml"']


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.THROTTLED])
@pytest.mark.parametrize("act", [bucket.head, bucket.read, lambda k: bucket.keep(k, b"", "a/b")])
def test_what_a_repeat_may_cure_is_busy(act, kind: Kind, aws: Aws) -> None:  # type: ignore[no-untyped-def]
    with injected(dict.fromkeys(range(8), kind)), pytest.raises(Busy):
        act("a/b")
