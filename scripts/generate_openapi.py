"""Write docs/openapi.json from the routes, or say that it is stale: `--check`."""

import json
import sys
from pathlib import Path

from app import app
from chalicelib.http.openapi import document

TARGET = Path(__file__).parent.parent / "docs" / "openapi.json"


def generated() -> str:
    """Return the API document as it is committed."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document; with `--check` compare it only.

    Returns:
        1 when it was only compared and is not what the routes say, else 0.
    """
    if "--check" not in arguments:
        TARGET.write_text(generated(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == generated():
        return 0
    sys.stderr.write("docs/openapi.json is not what the routes say: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
