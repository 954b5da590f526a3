"""Imports run down only, and importing the app costs nothing but the import."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests.architecture import ROOT

HEAVY = ("boto3", "cryptography", "jwt", "standardwebhooks", "chalice.test", "chalice.local")
"""What only some requests need: imported by them, not by every cold start."""


def alone(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python of its own, in an empty environment."""
    command = [sys.executable, "-c", dedent(program)]
    # Coverage and the like may follow by sitecustomize; the environment stays empty all the same.
    return subprocess.run(
        command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_floors_hold() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_app_is_imported_in_an_empty_environment_and_touches_nothing() -> None:
    """`chalice package` imports it without settings, and Lambda before it has any to spare."""
    done = alone(
        """
        import sys

        FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork")

        def watch(event, arguments):
            if event.startswith(FORBIDDEN):
                raise AssertionError(f"importing the app does {event} {arguments}")
            if event == "open" and set(arguments[1] or "r") & set("wax+"):
                raise AssertionError(f"importing the app writes {arguments[0]}")
            if event == "open" and ".aws" in str(arguments[0]):
                raise AssertionError(f"importing the app reads {arguments[0]}")

        sys.dont_write_bytecode = True
        sys.addaudithook(watch)
        import app
        assert app.app.routes, "no routes"
        """
    )

    assert done.returncode == 0, done.stderr


def test_importing_the_app_does_not_import_what_only_some_requests_need() -> None:
    done = alone("import app, sys; print(*sys.modules)")

    assert done.returncode == 0, done.stderr
    assert set(HEAVY) & set(done.stdout.split()) == set()


def test_packages_import_nothing_from_their_init() -> None:
    """Import from where a thing lives: an empty `__init__` cannot make cycles or cost time."""
    inits = [*(ROOT / "chalicelib").rglob("__init__.py"), *(ROOT / "infra").rglob("__init__.py")]

    guilty = [
        str(path.relative_to(ROOT))
        for path in inits
        if any(line.startswith(("import ", "from ")) for line in path.read_text().splitlines())
    ]

    assert inits
    assert guilty == []


def test_the_environment_of_this_test_is_not_what_makes_it_pass() -> None:
    done = alone("import os; print(sorted(os.environ))")

    assert not [name for name in eval(done.stdout) if name.startswith(("AWS", "PACKTRAIL"))]
    assert any(name.startswith("AWS") for name in os.environ)
