"""Our Markdown files, read as far as tests need: blocks of code, and what stands before each."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
EVERY_STEP = ROOT / "docs/guides/every-step.md"
PARTNERS = ROOT / "docs/guides/partners.md"

_REFUSED = re.compile(r"refused, (\d{3})")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        place: file and line.
        language: behind the fence; empty when there is none.
        text: lines, each with its end.
        refused: status with which the paragraph before says that its requests are refused.
    """

    place: str
    language: str
    text: str
    refused: int | None


def files(*endings: str) -> list[Path]:
    """Return the files of the repository with these endings; of what git ignores, nothing."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    said = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    found = {ROOT / name for name in said.split("\0") if name.endswith(endings or ("",))}
    return sorted(path for path in found if path.is_file())


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a file, in order."""
    found: list[Block] = []
    paragraph: list[str] = []
    ended = False
    lines = enumerate(path.read_text().splitlines(keepends=True), start=1)
    for number, line in lines:
        if line.startswith("```"):
            inside = iter(lambda: next(lines)[1], "```\n")
            place = f"{path.relative_to(ROOT)}:{number}"
            found.append(Block(place, line[3:].strip(), "".join(inside), _refused(paragraph)))
            paragraph = []
        elif line.strip():
            paragraph = [line] if ended else [*paragraph, line]
        ended = not line.strip()
    return found


def _refused(paragraph: list[str]) -> int | None:
    said = _REFUSED.search(" ".join(map(str.strip, paragraph)))
    return int(said[1]) if said else None
