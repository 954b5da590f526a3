"""The webhook receiver in the guide for partners takes what is signed, and nothing else."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.docs.markdown import PARTNERS, blocks

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loopback")]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type":"recall.notice"}'
PATIENCE_SECONDS = 30


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def receiver(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    (code,) = [block.text for block in blocks(PARTNERS) if block.language == "python"]
    (folder / "receiver.py").write_text(code)
    command = [sys.executable, "receiver.py", SECRET, str(port)]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=folder, **quiet) as running:
        try:
            yield running
        finally:
            running.kill()


def post(port: int, headers: dict[str, str], body: str = BODY) -> int:
    """Send a message, as soon as somebody listens; return the status."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST", "/", body, headers)
            return connection.getresponse().status
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            connection.close()


def signed(at: datetime, secret: str = SECRET) -> dict[str, str]:
    return {
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,other {Webhook(secret).sign('m-1', at, BODY)}",
    }


def test_the_receiver_of_the_guide_believes_what_is_signed_and_fresh(tmp_path: Path) -> None:
    port, now = free_port(), datetime.now(UTC)
    with receiver(tmp_path, port) as running:
        assert post(port, signed(now)) == 204
        assert running.stdout.readline() == f"m-1 {BODY}\n"
        assert post(port, signed(now), body=BODY.upper()) == 400
        assert post(port, signed(now, secret="whsec_" + "A" * 32)) == 400
        assert post(port, signed(now - timedelta(minutes=6))) == 400
        assert post(port, {}) == 400
