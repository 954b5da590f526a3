"""`packtrail epcis hash`: one event hash a line, in document order."""

import argparse

from chalicelib.epcis.eventhash import event_hash
from infra.cli.files import Unusable, document
from infra.cli.terminal import Terminal


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Print the hash of each event of each file; nothing else on standard output."""
    status = 0
    for name in options.files:
        try:
            with document(name) as found:
                for index, event in enumerate(terminal.following(name, found.events)):
                    value = event_hash(event)
                    terminal.result(value, file=name, event=index, hash=value)
        except Unusable as error:
            terminal.trouble(f"{name}: {error}")
            status = 1
    return status
