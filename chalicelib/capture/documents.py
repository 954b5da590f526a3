"""The bucket of documents: as they were sent, byte for byte, in one object per job.

    captures/{job}      the document of a job; written once and never changed
    uploads/{upload}    what was uploaded by a link and is not a job yet; gone a day later

Promises: when `put` or `take` returns, the whole document is durable. What is there already stays,
so a repeat of the request changes nothing, and another document cannot take a job's place.
Trust: who can write this bucket can change what a job that has not run yet will record, and what
we say that a partner has sent; what is recorded already does not depend on it.
"""

import io
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib import bucket
from chalicelib.bucket import LINK_LIVES, client
from chalicelib.errors import Busy, NotFound, TooLarge
from chalicelib.settings import settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["LINK_LIVES", "PIECE", "Document", "client", "open", "put", "take", "upload_link"]

PIECE = 4 * 2**20
"""Bytes that one request to S3 reads of a document, and about what reading it keeps in memory."""


class Document(io.BufferedReader):
    """A document to read, from anywhere in it; reading raises `Busy` when S3 does not answer.

    Attributes:
        media_type: that it was sent with.
        size: bytes.
    """

    def __init__(self, raw: "_Pieces", media_type: str) -> None:
        super().__init__(raw, PIECE)
        self.media_type = media_type
        self.size = raw.size


def put(job_id: str, raw: bytes, media_type: str) -> None:
    """Keep the document of a job; one that is there already stays as it is.

    Raises:
        Busy: throttled, or no answer; it may be kept or not.
    """
    bucket.keep(_capture(job_id), raw, media_type)


def open(job_id: str) -> Document:
    """Return the document of a job, to be read piece by piece.

    Raises:
        NotFound: there is none.
        Busy: throttled, or no answer.
    """
    head = bucket.head(_capture(job_id))
    if head is None:
        raise NotFound("There is no document of this job.")
    raw = _Pieces(_capture(job_id), head["ContentLength"], head["ETag"])
    return Document(raw, head["ContentType"])


def upload_link(upload_id: str, media_type: str) -> str:
    """Return a link to which one document may be sent by PUT, without any other credential.

    It works for a quarter of an hour. The request must carry `Content-Type` with this media type,
    which is part of what is signed. How much is sent cannot be limited by such a link, so `take`
    does.

    Args:
        upload_id: nobody must be able to guess it: who may take an upload is not asked here.
        media_type: of the document.
    """
    where = {"Bucket": settings().bucket, "Key": _upload(upload_id), "ContentType": media_type}
    return client().generate_presigned_url(
        "put_object", Params=where, ExpiresIn=int(LINK_LIVES.total_seconds())
    )


def take(upload_id: str, job_id: str, *, largest: int) -> None:
    """Make what was uploaded the document of a job; one that is there already stays as it is.

    The upload itself stays until it expires, so that a repeat of the request finds it.

    Args:
        upload_id: that `upload_link` was asked for.
        job_id: whose document it becomes.
        largest: bytes that it may have.

    Raises:
        NotFound: nothing was uploaded, or more than a day ago.
        TooLarge: more than `largest`.
        Busy: throttled, no answer, or uploaded anew at this moment.
    """
    if bucket.head(_capture(job_id)) is not None:
        return
    head = bucket.head(_upload(upload_id))
    if head is None:
        raise NotFound("There is no such upload, or nothing was sent to its link yet.")
    if head["ContentLength"] > largest:
        raise TooLarge(f"Found {head['ContentLength']} bytes, expected at most {largest}.")
    _copy(_upload(upload_id), _capture(job_id), head["ETag"])


def _copy(source: str, target: str, etag: str) -> None:
    name = settings().bucket
    try:
        with bucket.failures():
            client().copy_object(
                Bucket=name,
                Key=target,
                CopySource={"Bucket": name, "Key": source},
                CopySourceIfMatch=etag,  # what is copied is what was measured
                IfNoneMatch="*",
            )
    except ClientError as error:
        if bucket.code(error) == bucket.THERE_ALREADY:
            # One of two conditions; whoever repeats the request learns which.
            raise Busy("The upload changed at this moment; try again.") from error
        raise


class _Pieces(io.RawIOBase):
    """An object, read by ranges: no connection hangs while a long job works on what was read."""

    def __init__(self, key: str, size: int, etag: str) -> None:
        self.size = size
        self._key, self._etag, self._at = key, etag, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        piece = self._piece(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def readall(self) -> bytes:
        pieces = bytearray()
        while piece := self._piece(PIECE):
            pieces += piece
        return bytes(pieces)

    def _piece(self, most: int) -> bytes:
        end = min(self._at + most, self.size)
        if end <= self._at:
            return b""
        with bucket.failures():
            answer = client().get_object(
                Bucket=settings().bucket,
                Key=self._key,
                Range=f"bytes={self._at}-{end - 1}",
                IfMatch=self._etag,
            )
            piece: bytes = answer["Body"].read()
        self._at += len(piece)
        return piece


def _capture(job_id: str) -> str:
    return f"captures/{job_id}"


def _upload(upload_id: str) -> str:
    return f"uploads/{upload_id}"
