"""The command as a user runs it."""

import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from chalicelib.epcis.eventhash import event_hash
from tests.architecture import ROOT
from tests.infra.cli.documents import EVENT, HASH, document, packtrail, saved, xml
from tests.shared_data import path

SAMPLES = "dscsa-epcis-samples/epcis-parser-ISC"


def test_the_project_installs_a_command_that_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["scripts"]["packtrail"].partition(":")

    assert callable(getattr(importlib.import_module(module), name))


def test_a_hash_is_one_line_an_event_whatever_the_format(tmp_path: Path) -> None:
    files = [
        saved(tmp_path, "two.json", document(EVENT, {**EVENT, "bizStep": "receiving"})),
        saved(tmp_path, "one.xml", xml()),
    ]

    done = packtrail("epcis", "hash", *files)

    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(lines) == 3
    assert lines[0] == lines[2] == event_hash(EVENT)
    assert lines[0].startswith(HASH)
    assert lines[1] != lines[0]


def test_the_published_transactions_have_equal_hashes_in_three_formats() -> None:
    names = ("cardinal_health.1.2.xml", "cardinal_health.2.0.xml", "cardinal_health.2.0.jsonld")

    done = packtrail("epcis", "hash", *(str(path(f"{SAMPLES}/{name}")) for name in names))

    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert len(lines) == 9
    assert lines[:3] == lines[3:6] == lines[6:]


def test_standard_input_is_a_file_too() -> None:
    done = packtrail("epcis", "hash", "-", given=document(EVENT))

    assert done.stdout.decode() == event_hash(EVENT) + "\n"


def test_published_documents_are_valid_and_broken_ones_told_beside_them() -> None:
    valid = str(path(f"{SAMPLES}/cardinal_health.1.2.xml"))
    broken = str(path(f"{SAMPLES}/amerisourcebergen-complex-sample.xml"))

    done = packtrail("epcis", "validate", broken, valid)

    assert done.returncode == 1
    assert f"{valid}: valid (3 events)" in done.stdout.decode()
    assert f"{broken}: 1 fault (0 events)" in done.stdout.decode()


def test_a_missing_file_is_told_plainly() -> None:
    done = packtrail("epcis", "hash", "no-such-file.json")

    assert done.returncode == 1
    assert done.stderr.decode() == (
        "packtrail: no-such-file.json: it cannot be read: No such file or directory\n"
    )


def test_what_cannot_be_understood_is_a_fault_of_usage() -> None:
    for arguments in ((), ("epcis",), ("epcis", "hash"), ("epcis", "convert", "-")):
        assert packtrail(*arguments).returncode == 2


def test_a_reader_that_has_seen_enough_is_no_trouble(tmp_path: Path) -> None:
    file = saved(tmp_path, "many.json", document(*[EVENT] * 3000))
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", "epcis", "hash", file],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
        status = running.wait(60)

    assert (status, said) == (1, b"")


def test_machines_get_one_object_a_line(tmp_path: Path) -> None:
    file = saved(tmp_path, "one.json", document({**EVENT, "action": "LOOK"}))

    done = packtrail("epcis", "validate", "--json", file)

    fault, summary = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert (fault["file"], fault["event"], fault["pointer"]) == (file, 0, "/action")
    assert summary == {"file": file, "valid": False, "events": 1, "faults": 1, "repairs": 0}
