"""`packtrail epcis capture`: sends documents, and follows each job until it is done."""

import argparse
import json
import time
from typing import Any

import httpx

from infra.cli.files import Unusable, opened
from infra.cli.terminal import Terminal

_ACCEPTED, _TOO_LARGE = 202, 413
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
            job = _send(client, file.read(), options.on_error)
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


def _send(client: httpx.Client, raw: bytes, on_error: str) -> httpx.URL:
    """Return the address of the job that takes the document."""
    is_xml = raw[:64].lstrip(_BLANK).startswith(b"<")
    headers = {
        "Content-Type": "application/xml" if is_xml else "application/json",
        "GS1-Capture-Error-Behaviour": on_error,
    }
    answer = client.post("capture", content=raw, headers=headers)
    if answer.status_code == _TOO_LARGE:
        most = answer.headers.get("GS1-EPCIS-Capture-File-Size-Limit")
        limit = f", and at most {most} bytes are taken" if most else ""
        raise Refused(f"the document has {len(raw)} bytes{limit}: {_reason(answer)}")
    if answer.status_code != _ACCEPTED or "Location" not in answer.headers:
        raise Refused(f"the document is refused: {_reason(answer)}")
    job = answer.url.join(answer.headers["Location"])
    if (job.scheme, job.host, job.port) != (answer.url.scheme, answer.url.host, answer.url.port):
        # The token goes to nobody but the server that was named.
        raise Refused(f"the job is said to be at {job}, which is another server")
    return job


def _follow(
    client: httpx.Client, job: httpx.URL, name: str, timeout: float, terminal: Terminal
) -> dict[str, Any]:
    """Return the job as it is when it has ended; asks less and less often."""
    deadline, wait = time.monotonic() + timeout, _FIRST_WAIT
    with terminal.status(f"{name}: capturing"):
        while True:
            answer = client.get(job)
            if answer.status_code != httpx.codes.OK:
                raise Refused(f"{name}: job {job} is not told: {_reason(answer)}")
            found: dict[str, Any] = answer.json()
            if not found.get("running"):
                return found
            if time.monotonic() + wait > deadline:
                raise Refused(f"{name}: job {job} still runs after {timeout:g} s; it goes on")
            time.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)


def _tell(name: str, job: dict[str, Any], terminal: Terminal) -> int:
    success = job.get("success") is True
    errors = job.get("errors") or []
    lines = [f"{name}: {'captured' if success else 'not captured'}, job {job.get('captureID')}"]
    lines += [f"{name}: {_error(each)}" for each in errors]
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
