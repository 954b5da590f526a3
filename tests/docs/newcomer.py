"""A Packtrail on this machine, and a newcomer who copies lines from our Markdown into a shell."""

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import ROOT, Block

PATIENCE_SECONDS = 120
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]

# Every request is noted with the block that it stands in, and then passed on as if nothing was.
_NOTING = """\
set -e -o pipefail
curl() {
  local body said failed
  body=$(mktemp "$NOTES/XXXXXX")
  failed=0
  said=$(command curl "$@" -sS -o "$body" -D "$body.head" -w '%{http_code} %{method} %{url}') \\
    || failed=$?
  echo "$PLACE $failed $body $said" >> "$NOTES/order"
  cat "$body"
  return $failed
}
"""


@dataclass(frozen=True)
class Answer:
    """What one `curl` was answered.

    Attributes:
        block: where it stands.
        refused: status that the text before expects; None for success.
        tried: it was one of several tries (`until curl -f`), of which this one failed.
        status: of HTTP.
        request: method and path.
        text: body.
        replayed: it was the answer of an earlier request with the same Idempotency-Key.
    """

    block: str
    refused: int | None
    tried: bool
    status: int
    request: str
    text: str
    replayed: bool

    @property
    def as_told(self) -> bool:
        """Whether it is what the text says."""
        return self.status == self.refused if self.refused else 200 <= self.status < 400

    def __getitem__(self, name: str) -> Any:
        return json.loads(self.text)[name]


class Packtrail:
    """`make run`, on a free port, with a state of its own.

    Attributes:
        url: where.
    """

    def __init__(self, folder: Path) -> None:
        """Start it, without the story, and wait until it answers."""
        command = [sys.executable, "-m", "infra.local", "--port", "0", "--no-story"]
        self._log = folder / "run.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*command, "--state", str(folder / "state")],
                stdout=log, stderr=log, cwd=ROOT, env={**os.environ, "COLUMNS": "200"},
            )  # fmt: skip
        self.url = self._started()

    def _started(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"runs on (http://[0-9.:]+)", self._log.read_text()):
                return found[1]
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"Packtrail did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(PATIENCE_SECONDS)


def play(shell: str, lines: Sequence[Block], url: str, folder: Path, *, hook: str) -> list[Answer]:
    """Run blocks one after the other in one shell; return what was answered, in order.

    Args:
        shell: its name.
        lines: blocks; where they name port 8000 or 9000, the real addresses go.
        url: of Packtrail.
        folder: where notes may be left; the shell's working directory.
        hook: stands for the partner's machine.
    """
    folder.mkdir()
    said = "".join(f"PLACE={block.place}\n{block.text}" for block in lines)
    said = said.replace("http://127.0.0.1:8000", url).replace("http://127.0.0.1:9000", hook)
    done = subprocess.run(
        [shell, "-c", _NOTING + said],
        env={"PATH": os.environ["PATH"], "NOTES": str(folder), "no_proxy": "127.0.0.1"},
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    refused = {block.place: block.refused for block in lines}
    answers = [_answer(line, refused) for line in (folder / "order").read_text().splitlines()]
    assert done.returncode == 0, f"{shell} said: {done.stderr}\nlast answers: {answers[-3:]}"
    return [answer for answer in answers if not answer.tried]


def _answer(line: str, refused: dict[str, int | None]) -> Answer:
    block, failed, body, status, method, url = line.split(" ")
    return Answer(
        block,
        refused[block],
        tried=failed == "22",  # curl's word for: -f, and the status was none of success
        status=int(status),
        request=f"{method} {url.split('/', 3)[3]}",
        text=Path(body).read_text(),
        replayed="idempotency-replayed: true" in Path(f"{body}.head").read_text().lower(),
    )


class Inbox:
    """A partner's machine: keeps every message that it gets, headers and body.

    Attributes:
        url: where.
    """

    def __init__(self) -> None:
        inbox = self

        class Doorstep(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                inbox._take(dict(self.headers.items()), body.decode())
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._arrival = threading.Condition()
        self._messages: list[tuple[dict[str, str], str]] = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Doorstep)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def _take(self, headers: dict[str, str], body: str) -> None:
        with self._arrival:
            self._messages.append((headers, body))
            self._arrival.notify_all()

    def first(self) -> tuple[dict[str, str], str]:
        """Wait for the first message."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: self._messages, PATIENCE_SECONDS):
                pytest.fail("no message came")
            return self._messages[0]


@contextmanager
def inbox() -> Iterator[Inbox]:
    """Open an inbox."""
    opened = Inbox()
    threading.Thread(target=opened.server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield opened
    finally:
        opened.server.shutdown()
        opened.server.server_close()
