"""The story on the terminal, and where to look next."""

import json
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from infra.local.seed import MEMBERS
from infra.local.story import NAME, StoryResult

_COLOURS = dict(zip(NAME, ("cyan", "magenta", "green", "yellow"), strict=True))
_WIDTH = max(map(len, NAME.values()))


class Narrator:
    """Prints each step of the story as it happens, with the milliseconds that it took."""

    def __init__(self, console: Console) -> None:
        self._console, self._since = console, time.perf_counter()

    def __call__(self, who: str, what: str) -> None:
        """Tell one step."""
        now = time.perf_counter()
        line = Text("  ✓ ", "green")
        line.append(f"{NAME[who]:<{_WIDTH}}  ", _COLOURS[who])
        line.append(what)
        line.append(f"  {(now - self._since) * 1000:.0f} ms", "dim")
        self._console.print(line, soft_wrap=True, highlight=False)
        self._since = now


def tell_what_next(console: Console, url: str, result: StoryResult) -> None:
    """Print what came of the story, and where to look."""
    units = sum(result.told.values())
    serial = result.dispensed
    lines = (
        f"\n[bold]The lot is recalled[/]: {len(result.told)} parties told of {units} units they"
        f" received, in {result.seconds:.1f} s. Look at:",
        f"  {url}/                what runs here",
        f"  {url}/docs            the API, to try out",
        f"  {url}/v1/units/{result.gtin}/{serial}/history",
        f"  {url}/v1/containers/{result.pallet}/contents",
        f"  {url}/v1/lots/{result.gtin}/{result.lot}/deliveries",
        f"  {url}/v1/recalls/{result.recall}/notices",
        "The last four want a token, for instance of acme-quality:",
        "  TOKEN=$(curl -s -u acme-quality:local -d grant_type=client_credentials"
        f" {url}/oauth/token | python3 -c"
        " 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])')",
        f'  curl -s -H "Authorization: Bearer $TOKEN" {url}/v1/recalls/{result.recall}',
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def remember(path: Path, result: StoryResult) -> None:
    """Keep what came of the story, for the page."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(result), indent=1))


def remembered(path: Path) -> StoryResult | None:
    """Return what came of the last story, if there was one."""
    return StoryResult(**json.loads(path.read_text())) if path.exists() else None


def members() -> str:
    """Return the organisations in one line."""
    return ", ".join(f"{member.id} ({member.role})" for member in MEMBERS)
