"""Pinned requirements name versions, and nothing of the machine on which they were pinned."""

import re
import tomllib

import pytest

from tests.architecture import ROOT

FILES = ("requirements.txt", "requirements-dev.txt")


def pins(name: str) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return dict(line.split("==") for line in lines if line)


@pytest.mark.parametrize("name", FILES)
def test_everything_is_pinned_and_nothing_else_is_said(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines():
        assert re.fullmatch(r"(#.*)?|[a-z0-9][a-z0-9-]*==[0-9][\w.]*(\s+#.*)?", line), line
        assert not re.search(r"://|--index|--find|@ |^-|/(?:home|root|work|usr|tmp)\b", line), line


def test_what_runs_in_lambda_is_a_part_of_what_is_tested() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("package", ["chalice", "pip", "setuptools", "wheel", "moto", "pytest"])
def test_tools_stay_out_of_the_deployment_package(package: str) -> None:
    """The packager adds the two modules of Chalice that run in Lambda; listing it adds 17 MB."""
    assert package not in pins("requirements.txt")


def test_what_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=~! ]", each)[0].lower() for each in project["dependencies"]}

    assert asked <= pins("requirements.txt").keys()
