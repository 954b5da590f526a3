"""Files that are generated and committed: written anew, or compared with what is there."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def main(target: Path, generated: Callable[[], str], arguments: Sequence[str]) -> int:
    """Write a file; with `--check` compare it only.

    Returns:
        1 when it was only compared and is not what it should be, else 0.
    """
    if "--check" not in arguments:
        target.write_text(generated(), encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == generated():
        return 0
    sys.stderr.write(f"{target.name} is not what the routes say: run `make docs`\n")
    return 1
