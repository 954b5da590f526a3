"""Packtrail on the command line.

packtrail epcis validate FILE…   tell every fault of EPCIS documents
packtrail epcis convert FILE     write a document in another format or spelling
packtrail epcis hash FILE…       print one event hash a line, in document order
packtrail epcis capture FILE…    send documents to a Packtrail and follow them until they are done

FILE `-` is standard input. The exit status is 0 when everything is valid or done, 1 when something
is not, 2 when the command itself cannot be understood.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cli import capturing, converting, hashing, validating
from infra.cli.terminal import Terminal

_INTERRUPTED = 128 + signal.SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked, and return the exit status."""
    options = _parser().parse_args(arguments)
    terminal = Terminal(json=options.json)
    try:
        status: int = options.run(options, terminal)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; the interpreter shall not find the broken pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="packtrail",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subjects = parser.add_subparsers(required=True, metavar="epcis")
    epcis = subjects.add_parser("epcis", help="documents of EPCIS events, JSON-LD or XML")
    commands = epcis.add_subparsers(required=True, metavar="COMMAND")
    _validate(commands.add_parser("validate", help="tell every fault, with event and pointer"))
    _convert(commands.add_parser("convert", help="write in another format or spelling"))
    _hash(commands.add_parser("hash", help="print one event hash a line, in document order"))
    _capture(commands.add_parser("capture", help="send to a Packtrail, and follow until done"))
    return parser


def _common(parser: argparse.ArgumentParser, *, several: bool = True) -> None:
    parser.add_argument(
        "files", nargs="+" if several else 1, metavar="FILE", help="- is standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")


def _validate(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.add_argument(
        "--tolerant",
        action="store_true",
        help="repair what is unambiguous in EPCIS 1.x, and say what was repaired",
    )
    parser.set_defaults(run=validating.run)


def _convert(parser: argparse.ArgumentParser) -> None:
    _common(parser, several=False)
    parser.add_argument("--to", required=True, choices=converting.FORMATS, help="xml is 2.0")
    parser.add_argument("-o", "--output", type=Path, help="file to write, else standard output")
    parser.add_argument(
        "--epc",
        choices=("urn", "dl", "keep"),
        default="keep",
        help="spell EPCs as URNs or Digital Links; keep them as they are when not given",
    )
    parser.add_argument(
        "--cbv", choices=("urn", "uri"), default="urn", help="spell words in XML 2.0; 1.x has URNs"
    )
    parser.add_argument(
        "--lossy",
        action="store_true",
        help="leave out what XML of that version has no place for, instead of refusing it",
    )
    parser.set_defaults(run=converting.run)


def _hash(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.set_defaults(run=hashing.run)


def _capture(parser: argparse.ArgumentParser) -> None:
    _common(parser)
    parser.add_argument("--url", required=True, help="where Packtrail runs")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--token", help="access token")
    who.add_argument("--client", metavar="ID:SECRET", help="client that gets a token itself")
    parser.add_argument(
        "--on-error",
        choices=("rollback", "proceed"),
        default="rollback",
        help="of one event: refuse the whole document, or take the others",
    )
    parser.add_argument(
        "--tolerant",
        action="store_true",
        help="repair what is unambiguous in EPCIS 1.x, and hold what is refused for a person",
    )
    parser.add_argument(
        "--timeout", type=float, default=600, metavar="S", help="give up after so many seconds"
    )
    parser.set_defaults(run=capturing.run)
