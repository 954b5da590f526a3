"""How far each stream was processed, in a small file that survives a kill."""

import json
import os
from pathlib import Path
from threading import Lock


class Checkpoints:
    """Sequence numbers by shard.

    Promises: the file is whole at any instant; losing its last change repeats some records.
    """

    def __init__(self, path: Path | None) -> None:
        """Read the file; without a path, remember in memory only."""
        self._path, self._lock = path, Lock()
        known = path is not None and path.exists()
        self._numbers: dict[str, str] = json.loads(path.read_text()) if path and known else {}

    def get(self, shard: str) -> str | None:
        """Return the last sequence number that is done, if any."""
        return self._numbers.get(shard)

    def set(self, shard: str, number: str) -> None:
        """Remember that everything up to `number` is done."""
        with self._lock:
            self._numbers[shard] = number
            if self._path is None:
                return
            temporary = self._path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self._numbers, indent=1))
            os.replace(temporary, self._path)  # noqa: PTH105 - atomic, which is the point
