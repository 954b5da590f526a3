"""Starting and stopping the emulated AWS beside us.

ministack (MIT, pure Python) in a process of its own: it needs no Java and no container, and our
handlers' threads do not wait for its work. Its state is durable; see `durable.py`.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_PROCESS = "infra.local.emulator_process"
_READY_WITHIN_SECONDS = 30.0
_STOPPED_WITHIN_SECONDS = 10.0


class EmulatorFailed(Exception):
    """The emulator did not start, or ended by itself; the message says what is known."""


@dataclass(slots=True)
class Emulator:
    """A running emulator.

    It ends with our process, however that ends: it reads our end of a pipe. What it answered
    before that is kept.

    Attributes:
        url: what `AWS_ENDPOINT_URL` is set to.
    """

    url: str
    _process: subprocess.Popen[str]
    _log: Path

    @classmethod
    def start(cls, state: Path, *, patience: float = 10.0) -> Self:
        """Start the emulator with what `state` holds, and return when it answers.

        Args:
            state: folder of the state; made when it is not there.
            patience: seconds to wait for another emulator to let go of it: one whose runtime was
                just killed takes a moment.

        Raises:
            EmulatorFailed: it did not, for instance because another one uses `state`.
        """
        state.mkdir(parents=True, exist_ok=True)
        log = state / "emulator.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", _PROCESS, str(state), str(patience)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=Path(__file__).parents[2],
                env=_environment(),
                start_new_session=True,  # Ctrl-C in the terminal reaches us, and we tell it
            )
        emulator = cls("", process, log)
        emulator.url = f"http://127.0.0.1:{emulator._port()}"
        emulator._await_answer()
        return emulator

    def _port(self) -> int:
        line = self._process.stdout.readline() if self._process.stdout else ""
        told: dict[str, Any] = json.loads(line) if line else {"error": self._last_words()}
        if "port" not in told:
            self.stop()
            raise EmulatorFailed(told["error"])
        return int(told["port"])

    def _await_answer(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while self.running():
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=5):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.02)
        self.stop()
        raise EmulatorFailed(self._last_words())

    def _last_words(self) -> str:
        text = self._log.read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "the emulator said nothing"

    def running(self) -> bool:
        """Tell whether it has not ended by itself."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Let it finish what it does and end."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(_STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _environment() -> dict[str, str]:
    """Return our environment without what would point ministack elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"PYTHONUNBUFFERED": "1"}
