"""The benchmarks' own tools: tables, marks, exit codes, and CPU time without the emulator's."""

import json
import sys
import time
from collections.abc import Iterator
from types import ModuleType

import pytest

from benchmarks import __main__ as program
from benchmarks import measure
from benchmarks.measure import median_cpu, own_cpu
from benchmarks.report import Row, as_json, as_text, at_least, at_most
from tests.harness.network import Network

GOOD = Row("write units", 2, "WRU", at_most(2))
BAD = Row("speed", 0.4, "M/s", at_least(0.5))
TOLD = Row("peer", 12_345.6, "units/s")


def test_a_target_is_met_at_its_very_figure() -> None:
    assert GOOD.met
    assert not BAD.met
    assert TOLD.met


def test_a_table_marks_what_was_missed() -> None:
    title, good, bad, told = as_text("Serials", [GOOD, BAD, TOLD]).strip().splitlines()

    assert title == "Serials"
    assert good.endswith("≤ 2 ✓")
    assert bad.endswith("≥ 0.5 ✗ MISSED")
    assert told.split()[-2:] == ["12,346", "units/s"]


def test_machines_get_the_same() -> None:
    found = json.loads(as_json([("serials", [GOOD, BAD])]))

    assert [row["met"] for row in found["serials"]] == [True, False]
    assert found["serials"][0]["target"] == {"value": 2, "at_most": True}


@pytest.fixture
def benches(monkeypatch: pytest.MonkeyPatch) -> None:
    def module(name: str, row: Row) -> None:
        made = ModuleType(name)
        made.__dict__["run"] = lambda: iter([row])
        monkeypatch.setitem(sys.modules, f"benchmarks.{name}", made)

    module("fine", GOOD)
    module("slow", BAD)
    monkeypatch.setattr(program, "BENCHES", {"fine": "Fine", "slow": "Slow"})


@pytest.mark.usefixtures("benches")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 0), (["--check"], 1), (["--check", "--only", "fine"], 0), (["--json"], 0)],
)
def test_a_missed_target_fails_only_when_asked(arguments: list[str], code: int) -> None:
    assert program.main(arguments) == code


@pytest.mark.usefixtures("benches")
def test_one_can_be_run_alone(capsys: pytest.CaptureFixture[str]) -> None:
    program.main(["--only", "slow", "--json"])

    assert set(json.loads(capsys.readouterr().out)) == {"slow"}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from moto.core.botocore_stubber import BotocoreStubber

    # Set once more, so that what is put over it is taken away after the test.
    monkeypatch.setattr(BotocoreStubber, "process_request", BotocoreStubber.process_request)
    measure.watch_emulator.cache_clear()
    measure.watch_emulator()
    yield
    measure.watch_emulator.cache_clear()


def burn(milliseconds: int) -> None:
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


@pytest.mark.usefixtures("watched")
def test_the_emulators_time_is_not_ours(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.dynamodb.responses import DynamoHandler

    inner = DynamoHandler.get_item

    def slow(self: DynamoHandler) -> object:
        burn(200)
        return inner(self)

    monkeypatch.setattr(DynamoHandler, "get_item", slow)

    with own_cpu() as theirs:
        network.aws.client("dynamodb").get_item(
            TableName="packtrail-units", Key={"pk": {"S": "a"}, "sk": {"S": "-"}}
        )
    with own_cpu() as ours:
        burn(200)

    assert theirs.seconds < 0.15
    assert ours.seconds >= 0.2


def test_a_median_is_not_moved_by_one_slow_run() -> None:
    times = iter([1, 1, 100, 1, 1, 1])

    assert median_cpu(lambda: burn(next(times)), runs=5) < 0.05
