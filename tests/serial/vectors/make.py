"""Made `serials.json`, once, from the reference: `python -m tests.serial.vectors.make`.

It refuses to run again: new vectors go into a new file, and the old file stays.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.serial import reference

FILE = Path(__file__).with_name("serials.json")

_SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_UNAMBIGUOUS = "23456789CDFGHJKMNPQRTVWXY"
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPES = [(2, 20), (7, 6), (10, 4), (10, 5), (10, 12), (10, 20), (21, 20), (25, 12), (25, 20)]
_SHAPES += [(28, 16), (31, 20), (36, 17), (36, 20), (64, 20), (81, 20), (82, 2), (82, 14), (82, 20)]
_FORMATS = [
    (_UNAMBIGUOUS, 12),
    ("0123456789", 12),
    ("0123456789", 20),
    (_BASE_36, 20),
    (_SET_82, 19),
]


def permutations() -> list[dict[str, Any]]:
    """Return images under keys that count up, at both ends and in between."""
    found = []
    for n, (radix, length) in enumerate(_SHAPES):
        key, size = hashlib.sha256(f"vector {n}".encode()).digest(), radix**length
        numbers = sorted({0, 1, 2, size // 10**6, size // 3, size - 2, size - 1})
        images = [[str(i), str(reference.encrypt(key, radix, length, i))] for i in numbers]
        found.append({"key": key.hex(), "radix": radix, "length": length, "images": images})
    return found


def serials() -> list[dict[str, Any]]:
    """Return serial numbers from root to text."""
    found = []
    root, gtin = hashlib.sha256(b"root of vectors").digest(), "09506000134352"
    for characters, length in _FORMATS:
        for epoch in (0, 1):
            key = reference.serial_key(root, gtin, epoch, characters, length)
            texts = {
                str(index): reference.text(
                    reference.encrypt(key, len(characters), length, index), characters, length
                )
                for index in (0, 1, 511, 512, 123_456)
            }
            found.append(
                {
                    "root": root.hex(),
                    "gtin": gtin,
                    "epoch": epoch,
                    "characters": characters,
                    "length": length,
                    "texts": texts,
                }
            )
    return found


def main() -> None:
    """Write the file, if there is none."""
    if FILE.exists():
        raise SystemExit(f"{FILE.name} is frozen: packs in the field carry such numbers.")
    made = {"permutations": permutations(), "serials": serials()}
    FILE.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
