"""Write docs/openapi.json from the routes, or say that it is stale: `--check`."""

import json
import sys
from pathlib import Path

from app import app
from chalicelib.http.openapi import document
from scripts.committed import main

TARGET = Path(__file__).parent.parent / "docs" / "openapi.json"


def generated() -> str:
    """Return the API document as it is committed."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(TARGET, generated, sys.argv[1:]))
