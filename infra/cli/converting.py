"""`packtrail epcis convert`: the same document in another format or spelling."""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from chalicelib.epcis import json_format
from chalicelib.epcis.document import EpcisDocument, EventObject
from chalicelib.epcis.spelling import in_links, in_urns
from chalicelib.epcis.xml_writer import CbvSpelling, write_xml
from infra.cli.files import Unusable, document
from infra.cli.terminal import Terminal

_VERSIONS = {"xml": "2.0", "xml-2.0": "2.0", "xml-1.2": "1.2", "xml-1.1": "1.1"}
FORMATS = ("json", *_VERSIONS)
"""What a document can be written as."""

_CBV = {"urn": CbvSpelling.URN, "uri": CbvSpelling.WEB_URI}

_EPC: dict[str, Callable[[EventObject], EventObject]] = {"urn": in_urns, "dl": in_links}


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Write the document; a file that was there stays as it was unless all went well."""
    (name,) = options.files
    try:
        with document(name) as found:
            events = terminal.following(name, found.events)
            if options.epc in _EPC:
                events = map(_EPC[options.epc], events)
            written = _write(replace(found, events=events), options)
            if options.output is None:
                _print(written)
            else:
                _save(written, options.output)
    except Unusable as error:
        terminal.trouble(f"{name}: {error}")
        return 1
    if options.output is not None:
        terminal.result(f"{name}: written to {options.output}", file=name, output=options.output)
    return 0


def _write(found: EpcisDocument, options: argparse.Namespace) -> Iterable[bytes]:
    if options.to == "json":
        return json_format.write(found)
    cbv, version = _CBV[options.cbv], _VERSIONS[options.to]
    return write_xml(found, version=version, cbv=cbv, lossy=options.lossy)


def _print(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _save(pieces: Iterable[bytes], output: Path) -> None:
    try:
        handle, made = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(_ended(pieces))
        Path(made).chmod(0o666 & ~_umask())
        Path(made).replace(output)
    except OSError as error:
        raise Unusable(f"{output} cannot be written: {error.strerror}") from error
    finally:
        Path(made).unlink(missing_ok=True)


def _ended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b"\n"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
