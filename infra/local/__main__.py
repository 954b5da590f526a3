"""Packtrail on this machine.

python -m infra.local                  start it; on an empty state, play the story
python -m infra.local demo             play the story again, against the one that runs
python -m infra.local story --url URL  the same, against any local Packtrail
"""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import httpx
from rich.console import Console

from chalicelib.keys import RootUnusable
from infra.local.cast import StoryFailed
from infra.local.emulator import EmulatorFailed
from infra.local.environment import ROOT, Places
from infra.local.narrator import Narrator, members, remember, tell_what_next
from infra.local.runtime import Runtime
from infra.local.server import PortTaken
from infra.local.story import freshness, play
from infra.local.template import TemplateError

console = Console()
DEFAULT_PORT = 8000
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked, and return the exit status."""
    options = _options(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    places = Places(options.state.resolve())
    if options.command == "run":
        return _run(options, places)
    return _tell_story(options.url or f"http://127.0.0.1:{options.port}", places)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="run", choices=("run", "demo", "story"))
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT", str(DEFAULT_PORT)),
        help=f"of 127.0.0.1; PORT or {DEFAULT_PORT} when not given",
    )
    parser.add_argument("--url", help="for demo and story: where Packtrail runs")
    parser.add_argument("--state", type=Path, default=ROOT / ".packtrail", help="where data lies")
    parser.add_argument("--no-story", action="store_true", help="do not play it on an empty state")
    parser.add_argument("--verbose", action="store_true", help="write a line for every request")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"found {text!r}, expected 0 to 65535, 0 for a free port")


def _run(options: argparse.Namespace, places: Places) -> int:
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.perf_counter()
    try:
        runtime = Runtime.start(port=options.port, places=places, verbose=options.verbose)
    except PortTaken as error:
        other = f"PORT={options.port + 1} make run"
        _say(f"{error}. Is Packtrail running already? Another port: {other}")
        return 1
    except (EmulatorFailed, RootUnusable, TemplateError) as error:
        _say(f"Packtrail did not start: {error}")
        _say(f"When nothing uses it, removing {places.folder} begins anew, with nothing recorded.")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    try:
        took = time.perf_counter() - began
        _say(f"\n[bold]Packtrail[/] runs on [bold]{runtime.url}[/] (started in {took:.1f} s)")
        _say(f"Organisations: {members()}; every secret is local.")
        if runtime.empty and not options.no_story:
            _tell_story(runtime.url, places)
        again = f"`{_demo(runtime.url)}` plays the story again"
        _say(f"\nCtrl-C stops it; what was recorded stays. {again}.")
        return _watch(runtime)
    except KeyboardInterrupt:
        _say("\nStopping; Ctrl-C again does it at once.")
        return 0
    finally:
        settled = runtime.stop()
        _say("Stopped." if settled else "Stopped; what was on its way arrives at the next start.")


def _demo(url: str) -> str:
    """Return what plays the story again, from another terminal."""
    port = url.rpartition(":")[2]
    return "make demo" if port == str(DEFAULT_PORT) else f"PORT={port} make demo"


def _watch(runtime: Runtime) -> int:
    while runtime.running():
        time.sleep(0.2)
    _say("The emulator ended by itself; .packtrail/state/emulator.log may say why.")
    return 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop in order; from now on, a second signal stops at once."""
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(_INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(_INTERRUPTED))
    raise KeyboardInterrupt


def _tell_story(url: str, places: Places) -> int:
    fresh = freshness()
    _say(f"\nThe story, with fresh goods (lot LOT-{fresh}):\n")
    try:
        result = play(url, fresh=fresh, tell=Narrator(console))
    except StoryFailed as error:
        _say("[red]The story broke off.[/]")
        console.print(str(error), markup=False)
        return 1
    except httpx.ConnectError:
        _say(f"Packtrail does not run on {url}: start it with `make run`.")
        return 1
    remember(places.story, result)
    tell_what_next(console, url, result)
    return 0


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
