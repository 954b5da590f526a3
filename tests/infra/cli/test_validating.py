"""Faults and repairs of files."""

import json
from pathlib import Path

import pytest

from infra.cli.command import main
from tests.infra.cli.documents import EVENT, document, saved, xml

Said = pytest.CaptureFixture[str]


def test_every_fault_is_told_with_its_event_and_pointer(tmp_path: Path, capsys: Said) -> None:
    wrong = {**EVENT, "action": "LOOK", "eventTime": "yesterday"}
    file = saved(tmp_path, "some.json", document(EVENT, wrong))

    assert main(["epcis", "validate", file]) == 1

    *faults, summary = capsys.readouterr().out.splitlines()
    assert sorted(line.split(": ")[1] for line in faults) == [
        "event 1 /action",
        "event 1 /eventTime",
    ]
    assert summary == f"{file}: 2 faults (2 events)"


def test_the_header_is_judged_too(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "some.json", document(EVENT, creationDate="yesterday"))

    assert main(["epcis", "validate", file]) == 1
    assert f"{file}: /creationDate: " in capsys.readouterr().out


def test_tolerance_repairs_and_says_what(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "old.xml", xml(offset="+0000"))

    assert main(["epcis", "validate", file]) == 1
    assert main(["epcis", "validate", "--tolerant", file]) == 0

    told = capsys.readouterr().out
    assert f"{file}: event 0 /eventTimeZoneOffset: repaired: " in told
    assert f"{file}: valid (1 event, 1 repair)" in told


def test_tolerance_leaves_what_could_mean_two_things(tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "old.xml", xml(offset="EST"))

    assert main(["epcis", "validate", "--tolerant", "--json", file]) == 1

    fault, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert fault["pointer"] == "/eventTimeZoneOffset"
    assert summary["valid"] is False


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"<a/>", b"<a", b"\xff\xfe"])
def test_what_is_no_document_is_one_fault(raw: bytes, tmp_path: Path, capsys: Said) -> None:
    file = saved(tmp_path, "broken", raw)

    assert main(["epcis", "validate", file]) == 1
    assert capsys.readouterr().out.endswith(f"{file}: 1 fault (0 events)\n")
