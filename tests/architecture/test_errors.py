"""Every refusal has a status and a code, and is rendered as a problem document."""

import ast
import importlib
import json
import re
from collections.abc import Iterator

import pytest

from chalicelib import errors
from chalicelib.errors import FieldError, PacktrailError
from tests.architecture import ROOT

DOORS = {
    # The outermost doors: behind them nobody is left who could know better.
    "chalicelib/http/boundary.py",
    "chalicelib/stream.py",
    "infra/local/eventsource.py",
    "infra/local/invocation.py",
}
STATUSES = {400, 401, 403, 404, 406, 409, 412, 413, 414, 415, 422, 429, 501, 502, 503, 504}


NAMES = [name for name, thing in vars(errors).items() if isinstance(thing, type)]


def descendants(kind: type[PacktrailError]) -> Iterator[type[PacktrailError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def kinds() -> list[type[PacktrailError]]:
    subclass = re.compile(rf"^class \w+\((?:errors\.)?({'|'.join(NAMES)})\)", re.M)
    for path in (ROOT / "chalicelib").rglob("*.py"):
        if subclass.search(path.read_text()):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = {each for each in descendants(PacktrailError) if each.__module__.startswith("chalice")}
    return sorted(found, key=lambda kind: kind.__name__)


def test_every_refusal_has_a_status_a_title_and_a_stable_code() -> None:
    for kind in kinds():
        assert kind.status in STATUSES, kind
        assert kind.title, kind
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code), kind


def test_codes_are_not_shared() -> None:
    codes = [kind.code for kind in kinds()]

    assert len(set(codes)) == len(codes)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = dict(re.findall(r"─ (\w+)\s+(\d{3})", errors.__doc__ or ""))

    assert drawn == {
        kind.__name__: str(kind.status) for kind in kinds() if kind.__module__ == errors.__name__
    }


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_refusal_is_rendered(kind: type[PacktrailError]) -> None:
    from chalicelib.http.problem import refusal

    error = kind("Found this, expected that.")
    error.errors = (FieldError("/lot", "missing", "Expected a lot."),)

    response = refusal(error, instance="/v1/me", request_id="r", public=False)

    assert response.status_code == kind.status
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.body if isinstance(response.body, dict) else json.loads(response.body)
    assert body["status"] == kind.status
    assert body["code"] == kind.code
    assert body["title"] == kind.title
    assert body["detail"] == "Found this, expected that."
    assert body["errors"] == [{"pointer": "/lot", "code": "missing", "message": "Expected a lot."}]


def test_only_the_outermost_doors_catch_everything() -> None:
    catching = set()
    for folder in ("chalicelib", "infra", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ExceptHandler) and _everything(node):
                    catching.add(str(path.relative_to(ROOT)))

    assert catching <= DOORS


def _everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in named
    )


def test_no_exception_is_swallowed() -> None:
    """A handler whose whole body is `pass` or `...` hides what happened; name it and say why."""
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                assert not isinstance(node.body[0], ast.Pass), f"{path}:{node.lineno}"
