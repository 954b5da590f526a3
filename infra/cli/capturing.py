"""`packtrail epcis capture`: sends documents, and follows each job until it is done."""

import argparse
import json
import math
import os
import time
import uuid
from typing import Any, BinaryIO

import httpx

from infra.cli.files import Unusable, opened
from infra.cli.terminal import Terminal

_ACCEPTED = 202
_SURELY_DIRECT = 2**20
"""Bytes that every server takes; beyond, it is asked for its limit first."""

_UPLOAD_TIMEOUT = 600
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_BLANK = b" \t\r\n\xef\xbb\xbf"


class Refused(Exception):
    """The server said no, or nothing that could be understood."""


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Send each file, and print how its job ended."""
    base = f"{options.url.rstrip('/')}/"
    status = 0
    try:
        with httpx.Client(base_url=base, timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {_token(client, options)}"
            for name in options.files:
                status |= _capture(client, name, options, terminal)
    except Refused as error:
        terminal.trouble(str(error))
        return 1
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        terminal.trouble(f"{options.url} does not answer: {error}")
        return 1
    return status


def _capture(
    client: httpx.Client, name: str, options: argparse.Namespace, terminal: Terminal
) -> int:
    try:
        with opened(name) as file:
            job = _send(client, file, _wishes(options))
    except (Unusable, Refused) as error:
        terminal.trouble(f"{name}: {error}")
        return 1
    answer = _follow(client, job, name, options.timeout, terminal)
    return _tell(name, answer, terminal)


def _token(client: httpx.Client, options: argparse.Namespace) -> str:
    if options.token:
        return str(options.token)
    identity, _, secret = options.client.partition(":")
    form = {"grant_type": "client_credentials", "client_id": identity, "client_secret": secret}
    answer = client.post("oauth/token", data=form)
    if answer.status_code != httpx.codes.OK:
        raise Refused(f"the client {identity} gets no token: {_reason(answer)}")
    return str(answer.json()["access_token"])


def _wishes(options: argparse.Namespace) -> dict[str, str]:
    """Return the headers that say how the document is to be captured."""
    wishes = {"GS1-Capture-Error-Behaviour": options.on_error}
    return wishes | ({"Packtrail-Tolerant": "true"} if options.tolerant else {})


def _send(client: httpx.Client, file: BinaryIO, wishes: dict[str, str]) -> httpx.URL:
    """Return the address of the job that takes the document."""
    is_xml = file.read(64).lstrip(_BLANK).startswith(b"<")
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    media_type = "application/xml" if is_xml else "application/json"
    headers = dict(wishes)
    if size > _SURELY_DIRECT and size > _limit(client):
        answer = _upload(client, file, media_type, headers)
    else:
        headers["Content-Type"] = media_type
        answer = client.post("capture", content=file.read(), headers=headers)
    if answer.status_code != _ACCEPTED or "Location" not in answer.headers:
        raise Refused(f"the document of {size} bytes is refused: {_reason(answer)}")
    job = answer.url.join(answer.headers["Location"])
    if (job.scheme, job.host, job.port) != (answer.url.scheme, answer.url.host, answer.url.port):
        # The token goes to nobody but the server that was named.
        raise Refused(f"the job is said to be at {job}, which is another server")
    return job


def _limit(client: httpx.Client) -> float:
    """Return how many bytes the server takes directly, as it announces them."""
    announced = client.options("capture").headers.get("GS1-EPCIS-Capture-File-Size-Limit", "")
    return int(announced) if announced.isdecimal() else math.inf


def _upload(
    client: httpx.Client, file: BinaryIO, media_type: str, headers: dict[str, str]
) -> httpx.Response:
    """Send a large document by a link, and ask for its capture."""
    answer = client.post("v1/uploads", json={"mediaType": media_type}, headers=_key())
    if answer.status_code != httpx.codes.CREATED:
        raise Refused(f"there is no link for a document of this size: {_reason(answer)}")
    link = answer.json()
    # Without the token: the link says it all, and leads elsewhere.
    sent = httpx.put(
        link["url"], content=file, headers={"Content-Type": media_type}, timeout=_UPLOAD_TIMEOUT
    )
    if not sent.is_success:
        raise Refused(f"the upload is refused: {_reason(sent)}")
    return client.post(f"v1/uploads/{link['id']}/capture", headers={**headers, **_key()})


def _key() -> dict[str, str]:
    """Return what makes a request one of its own; these doors demand it."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def _follow(
    client: httpx.Client, job: httpx.URL, name: str, timeout: float, terminal: Terminal
) -> dict[str, Any]:
    """Return the job as it is when it has ended, or waits for a person; asks ever less often."""
    deadline, wait = time.monotonic() + timeout, _FIRST_WAIT
    with terminal.status(f"{name}: capturing") as status:
        while True:
            answer = client.get(job)
            if answer.status_code != httpx.codes.OK:
                raise Refused(f"{name}: job {job} is not told: {_reason(answer)}")
            found: dict[str, Any] = answer.json()
            if not found.get("running") or _waits(found):
                return found
            status.update(f"{name}: capturing, {found.get('done', 0)} events so far")
            if time.monotonic() + wait > deadline:
                raise Refused(f"{name}: job {job} still runs after {timeout:g} s; it goes on")
            time.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)


def _waits(job: dict[str, Any]) -> bool:
    """Whether nothing goes on before a person has decided."""
    return job.get("captureErrorBehaviour") == "rollback" and bool(job.get("held"))


def _tell(name: str, job: dict[str, Any], terminal: Terminal) -> int:
    success = job.get("success") is True
    errors = job.get("errors") or []
    held = job.get("held") or 0
    waits = f"; {held} held for a person to decide, see /v1/quarantine" if held else ""
    said = "captured" if success and not held else "not captured"
    lines = [f"{name}: {said}, job {job.get('captureID')}{waits}"]
    lines += [f"{name}: {_error(each)}" for each in errors]
    success = success and not held
    terminal.result("\n".join(lines), file=name, success=success, job=job)
    return 0 if success else 1


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("detail") or error.get("title") or json.dumps(error))


def _reason(answer: httpx.Response) -> str:
    """Return what a problem document says, or the status alone."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    said = body if isinstance(body, dict) else {}
    words = said.get("detail") or said.get("error_description") or said.get("title")
    return f"{answer.status_code} {words or answer.reason_phrase}"
