"""What the command says on its two streams."""

import io

import pytest
from rich.console import Console

from infra.cli import terminal
from infra.cli.terminal import Terminal

Said = pytest.CaptureFixture[str]


def test_results_are_for_people_or_for_machines(capsys: Said) -> None:
    Terminal(json=False).result("done", file="a")
    Terminal(json=True).result("done", file="a")

    assert capsys.readouterr().out == 'done\n{"file": "a"}\n'


def test_nobody_who_looks_sees_no_progress(capsys: Said) -> None:
    assert list(Terminal(json=False).following("file", range(3))) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_person_sees_progress_where_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    shown = Console(file=seen, force_terminal=True, width=80)
    monkeypatch.setattr(terminal, "Console", lambda **options: shown)
    monkeypatch.setattr(terminal, "_PATIENCE", -1.0)

    assert list(Terminal(json=False).following("some.json", range(300))) == list(range(300))
    assert "some.json" in seen.getvalue()


def test_a_reader_that_stops_early_leaves_no_progress_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = io.StringIO()
    shown = Console(file=seen, force_terminal=True, width=80)
    monkeypatch.setattr(terminal, "Console", lambda **options: shown)
    monkeypatch.setattr(terminal, "_PATIENCE", -1.0)
    following = Terminal(json=False).following("some.json", range(300))
    next(following)
    next(following)
    following.close()

    assert "\x1b[?25h" in seen.getvalue()  # the cursor is shown again
