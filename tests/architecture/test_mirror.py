"""Every module has its tests where one looks for them, and no test is an orphan."""

from tests.architecture import ROOT

EXCEPTIONS = {
    # module: where it is tested instead, and why
    "clock.py": "one line that reads the clock; everything else takes time as an argument",
    "errors.py": "tests/architecture/test_errors.py walks the whole tree",
    "route_table.py": "generated; tests/test_api.py compares it with the modules it names",
    "epcis/document.py": "a shape without logic; everything that reads and writes it is tested",
}
"""Modules of chalicelib without a mirrored test, each with its reason."""


def modules() -> set[str]:
    root = ROOT / "chalicelib"
    found = {str(path.relative_to(root)) for path in root.rglob("*.py")}
    return {name for name in found if not name.endswith("__init__.py")}


def mirrored(module: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"{folder}/test_{name}" if folder else f"test_{name}"


def existing() -> set[str]:
    root = ROOT / "tests"
    packages = {path.parent.name for path in (ROOT / "chalicelib").rglob("__init__.py")}
    found = {str(path.relative_to(root)) for path in root.rglob("test_*.py")}
    return {name for name in found if "/" not in name or name.split("/")[0] in packages}


def test_every_module_has_its_tests() -> None:
    missing = {name for name in modules() if mirrored(name) not in existing()}

    assert missing - EXCEPTIONS.keys() == set()


def test_no_exception_is_left_over() -> None:
    needless = {name for name in EXCEPTIONS if mirrored(name) in existing()}

    assert needless | (EXCEPTIONS.keys() - modules()) == set()
