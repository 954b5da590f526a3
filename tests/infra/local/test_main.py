"""`make run` and `make demo`, as a person uses them: processes, a terminal, signals."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loopback")]

ROOT = Path(__file__).parents[3]
PATIENCE = 60


class Run:
    """A running `python -m infra.local`."""

    def __init__(self, state, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "--port", "0", "--state", state, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "200"},
        )
        self.lines = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self.wait_for(r"runs on (http://[0-9.:]+)")[1]

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip())
                self._more.notify_all()
        with self._more:
            self.lines.append("(end)")
            self._more.notify_all()

    def wait_for(self, pattern):
        """Wait until a line matches; return the match."""
        deadline = time.monotonic() + PATIENCE
        with self._more:
            while True:
                for line in self.lines:
                    if found := re.search(pattern, line):
                        return found
                ended = "(end)" in self.lines
                if ended or not self._more.wait(max(0.0, deadline - time.monotonic())):
                    pytest.fail(f"no {pattern!r} in:\n" + "\n".join(self.lines))

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return status

    def ask(self, who, path):
        token = httpx.post(
            f"{self.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(who, "local"),
        ).json()["access_token"]
        return httpx.get(self.url + path, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*arguments):
        run = Run(str(tmp_path / "state"), *arguments)
        started.append(run)
        return run

    yield start
    for run in started:
        if run.process.poll() is None:
            run.stop(signal.SIGKILL)


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "infra.local", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        timeout=PATIENCE,
        check=False,
    )


def test_from_an_empty_state_to_a_story_and_back_again(start, tmp_path):
    run = start()
    run.wait_for("sees the recall acknowledged")
    run.wait_for("Ctrl-C stops it")
    lot = run.wait_for(r"lot (LOT-\d+)")[1]
    assert "The last story" in httpx.get(run.url).text

    demo = command("demo", "--url", run.url, "--state", str(tmp_path / "state"))
    assert demo.returncode == 0, demo.stdout
    assert "sees the recall acknowledged" in demo.stdout
    assert lot not in demo.stdout

    deliveries = run.ask("acme-quality", f"/v1/lots/09521000123458/{lot}/deliveries")
    before = time.monotonic()
    assert run.stop() == 0
    assert time.monotonic() - before < 15
    assert "Stopped." in run.lines

    again = start()
    again.wait_for("Ctrl-C stops it")
    assert not any("The story" in line for line in again.lines)
    same = again.ask("acme-quality", f"/v1/lots/09521000123458/{lot}/deliveries")
    assert deliveries.status_code == 200
    assert same.json() == deliveries.json()
    assert again.stop(signal.SIGTERM) == 0


def test_kill_9_in_the_story_loses_nothing_that_was_answered(start):
    run = start()
    run.wait_for("receives the pallet")
    lot = run.wait_for(r"lot (LOT-\d+)")[1]
    run.stop(signal.SIGKILL)

    again = start()
    again.wait_for("Ctrl-C stops it")
    found = again.ask("acme-quality", f"/v1/lots/09521000123458/{lot}")
    assert found.status_code == 200
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        rows = again.ask("acme-quality", f"/v1/lots/09521000123458/{lot}/deliveries").json()
        if rows.get("deliveries"):
            break
    assert sum(row["quantity"] for row in rows["deliveries"]) == 60


def test_a_port_in_use_is_said_in_one_sentence(start):
    port = start("--no-story").url.rpartition(":")[2]

    second = command("--port", port)

    assert second.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in second.stdout.splitlines()[0]
    assert "Traceback" not in second.stdout + second.stderr


def test_a_key_file_that_others_may_read_is_said_in_one_sentence(tmp_path):
    key = tmp_path / "root.key"
    key.write_text("00" * 32)
    key.chmod(0o644)

    found = command("--port", "0", "--state", str(tmp_path))

    assert found.returncode == 1
    assert "chmod 600" in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


def test_a_second_interrupt_stops_at_once(start):
    run = start("--no-story")
    run.wait_for("Ctrl-C stops it")
    run.process.send_signal(signal.SIGINT)
    run.wait_for("Stopping")

    before = time.monotonic()
    assert run.stop() in {0, 130}
    assert time.monotonic() - before < 5


def test_demo_without_a_running_packtrail_says_what_to_do():
    found = command("demo", "--url", "http://127.0.0.1:1")

    assert found.returncode == 1
    assert "start it with `make run`" in found.stdout
    assert "Traceback" not in found.stdout + found.stderr
