"""Documents are kept as they were sent, are read piece by piece, and never change."""

import io
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from chalicelib.capture import documents
from chalicelib.errors import Busy, NotFound, TooLarge
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected

JSON = "application/ld+json"


def uploaded(aws: Aws, upload_id: str, raw: bytes, media_type: str = JSON) -> None:
    aws.client("s3").put_object(
        Bucket=aws.bucket, Key=f"uploads/{upload_id}", Body=raw, ContentType=media_type
    )


@pytest.mark.parametrize("raw", [b"", b"{}", bytes(range(256)) * 40_000])
def test_a_document_comes_back_byte_for_byte(aws: Aws, raw: bytes) -> None:
    documents.put("j1", raw, JSON)

    found = documents.open("j1")

    assert (found.media_type, found.size) == (JSON, len(raw))
    assert found.read() == raw


def test_a_document_is_read_piece_by_piece(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "PIECE", 10)
    raw = bytes(range(35))
    documents.put("j1", raw, JSON)

    with injected() as calls:
        body = documents.open("j1")
        pieces = list(iter(lambda: body.read(7), b""))

    assert b"".join(pieces) == raw
    assert calls.made == ["s3.HeadObject", *["s3.GetObject"] * 4]


def test_reading_can_begin_anywhere(aws: Aws) -> None:
    documents.put("j1", b"0123456789", JSON)
    body = documents.open("j1")

    assert (body.seek(-3, io.SEEK_END), body.read()) == (7, b"789")
    assert (body.seek(2), body.read(2), body.tell()) == (2, b"23", 4)
    assert (body.seek(1, io.SEEK_CUR), body.read(1)) == (5, b"5")
    assert (body.seek(99), body.read()) == (99, b"")


def test_a_job_without_a_document_has_none(aws: Aws) -> None:
    with pytest.raises(NotFound):
        documents.open("j1")


def test_the_first_document_of_a_job_stays(aws: Aws) -> None:
    documents.put("j1", b"first", JSON)
    documents.put("j1", b"second", "application/xml")
    uploaded(aws, "u1", b"third")
    documents.take("u1", "j1", largest=99)

    assert documents.open("j1").read() == b"first"
    assert documents.open("j1").media_type == JSON


def test_an_upload_becomes_the_document_of_a_job(aws: Aws) -> None:
    uploaded(aws, "u1", b"<x/>", "application/xml")

    documents.take("u1", "j1", largest=4)
    documents.take("u1", "j1", largest=4)

    assert documents.open("j1").read() == b"<x/>"
    assert documents.open("j1").media_type == "application/xml"


def test_nothing_uploaded_is_nothing_to_take(aws: Aws) -> None:
    with pytest.raises(NotFound, match="nothing was sent to its link"):
        documents.take("u1", "j1", largest=4)


def test_too_large_an_upload_is_not_taken(aws: Aws) -> None:
    uploaded(aws, "u1", b"12345")

    with pytest.raises(TooLarge, match="Found 5 bytes, expected at most 4"):
        documents.take("u1", "j1", largest=4)

    with pytest.raises(NotFound):
        documents.open("j1")


def test_a_link_is_for_one_upload_one_media_type_and_a_quarter_of_an_hour(aws: Aws) -> None:
    link = urlsplit(documents.upload_link("u1", JSON))
    query = {name: value for name, (value,) in parse_qs(link.query).items()}

    assert link.scheme == "https"
    assert link.path.endswith("/uploads/u1")
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "900"
    assert query["X-Amz-SignedHeaders"] == "content-type;host"


@pytest.mark.parametrize("kind", [Kind.THROTTLED, Kind.FAILED_AFTER, Kind.REFUSED, Kind.LOST])
@pytest.mark.parametrize("retries", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_what_s3_does_wrong_once_is_busy_or_made_good(
    aws: Aws, kind: Kind, retries: bool, call: int
) -> None:
    def all_of_it() -> bytes:
        documents.put("j1", b"{}", JSON)
        return documents.open("j1").read()

    with injected({call: kind}, retries=retries) as calls:
        try:
            found = all_of_it()
        except Busy:
            found = all_of_it()

    assert calls.hit
    assert found == b"{}"


@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_upload_is_taken_whatever_goes_wrong_once(aws: Aws, call: int) -> None:
    uploaded(aws, "u1", b"{}")

    with injected({call: Kind.FAILED_AFTER}, retries=False):
        with pytest.raises(Busy):
            documents.take("u1", "j1", largest=2)
        documents.take("u1", "j1", largest=2)

    assert documents.open("j1").read() == b"{}"


def test_an_answer_that_breaks_off_is_busy(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    documents.put("j1", b"{}", JSON)
    body = documents.open("j1")

    class Broken:
        def read(self) -> bytes:
            raise IncompleteReadError(actual_bytes=1, expected_bytes=2)

    class Client:
        def get_object(self, **request: Any) -> Any:
            return {"Body": Broken()}

    monkeypatch.setattr(documents, "client", Client)

    with pytest.raises(Busy, match="did not answer"):
        body.read()


def test_a_bucket_that_is_not_there_is_a_bug(aws: Aws, environment: Any) -> None:
    environment(PACKTRAIL_BUCKET="no-such-bucket")

    with pytest.raises(ClientError):
        documents.put("j1", b"{}", JSON)
