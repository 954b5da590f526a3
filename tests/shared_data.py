"""Published test vectors, read where they lie beside the repository, never copied into it."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent.parent / "shared" / "data"


def path(name: str) -> Path:
    """Return the path of a shared file; skip the test, saying so, where it is absent."""
    found = FOLDER / name
    if not found.exists():
        pytest.skip(f"the shared test data are not here: {found}")
    return found


def load(name: str) -> Any:
    """Return a shared JSON file."""
    return json.loads(path(name).read_text("utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a shared file of vectors; never none."""
    found: list[dict[str, Any]] = load(name)["cases"]
    assert found, f"{name} has no cases"
    return found
