"""Run the benchmarks and print what they found: `python -m benchmarks [--only name] [--json]`."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from benchmarks.report import Row, as_json, as_text

BENCHES = {
    "permutation": "Serial numbers: speed of the permutation, one thread",
    "allocation": "Serial numbers: allocating blocks",
    "commissioning": "Commissioning in calls of 1,000",
    "lifecycle": "Bulk life cycle: commission, pack, ship, receive, ship cases, receive",
    "capture": "Capturing an EPCIS 1.2 document: commission, pack, ship",
    "verification": "Verifying a pack",
    "scans": "Reading a thousand scans",
    "recall": "Recall of a lot of 1,000,000 units over 10,000 parties",
    "coldstart": "Cold start and handler overhead",
}
"""Modules of this package with a `run()` that yields rows, and what they are about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 unless `--check` is given and a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=BENCHES, action="append", help="run this one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="fail when a target is missed")
    asked = parser.parse_args(arguments)
    results: list[tuple[str, list[Row]]] = []
    for name in asked.only or BENCHES:
        rows = list(importlib.import_module(f"benchmarks.{name}").run())
        results.append((name, rows))
        if not asked.json:
            print(as_text(BENCHES[name], rows), flush=True)
    if asked.json:
        print(as_json(results))
    missed = [row for _, rows in results for row in rows if not row.met]
    return 1 if asked.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
