import importlib.util
import re
import sys
import zipfile
from pathlib import Path

import pytest

from infra.archive import LARGEST_TREE, SERVICES, Incomplete, rebuild

CHALICELIB = Path(__file__).parents[2] / "chalicelib"

FILES = {
    "app.py": "import chalicelib.lots\n\n\ndef app(event, context):\n    return 1 / event\n",
    "chalicelib/__init__.py": "",
    "chalicelib/lots.py": "X = 1\n",
    "chalicelib/__pycache__/lots.cpython-39.pyc": "old",
    "boto3/examples/s3.rst": "read me",
    "botocore/data/endpoints.json": "{}",
    "botocore/data/dynamodb/2012-08-10/service-2.json.gz": "kept",
    "botocore/data/ec2/2016-11-15/service-2.json.gz": "left behind",
    "PyNamo_DB-6.1.0.dist-info/METADATA": "",
}


def made_of(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("# pinned\npynamo-db==6.1.0\n")
    return path


@pytest.fixture
def rebuilt(tmp_path, requirements):
    out = tmp_path / "out.zip"
    rebuild(made_of(tmp_path / "made.zip", FILES), out, requirements)
    return out


def names(path):
    return zipfile.ZipFile(path).namelist()


def test_every_module_has_its_bytecode_beside_it(rebuilt):
    tag = sys.implementation.cache_tag

    assert f"__pycache__/app.{tag}.pyc" in names(rebuilt)
    assert f"chalicelib/__pycache__/lots.{tag}.pyc" in names(rebuilt)


def test_bytecode_is_not_checked_against_its_source(rebuilt):
    tag = sys.implementation.cache_tag
    bytecode = zipfile.ZipFile(rebuilt).read(f"__pycache__/app.{tag}.pyc")

    assert bytecode[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(bytecode[4:8], "little") == 0b01  # PEP 552: hash-based, unchecked


def test_bytecode_of_somebody_elses_run_is_left_behind(rebuilt):
    assert not any("cpython-39" in name for name in names(rebuilt))


def test_only_the_services_that_are_called_are_described(rebuilt):
    described = {name for name in names(rebuilt) if name.startswith("botocore/data")}

    assert described == {
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
    }


def test_examples_are_left_behind(rebuilt):
    assert "boto3/examples/s3.rst" not in names(rebuilt)


def test_equal_inputs_give_equal_bytes(tmp_path, rebuilt, requirements):
    again = tmp_path / "again.zip"
    shuffled = dict(reversed(FILES.items()))

    rebuild(made_of(tmp_path / "shuffled.zip", shuffled), again, requirements)

    assert again.read_bytes() == rebuilt.read_bytes()


def test_a_missing_wheel_is_an_error(tmp_path, requirements):
    requirements.write_text("pynamo-db==6.1.0\ncryptography==50.0.2\n")

    with pytest.raises(Incomplete, match=r"no wheel .*: cryptography 50\.0\.2"):
        rebuild(made_of(tmp_path / "made.zip", FILES), tmp_path / "out.zip", requirements)


def test_another_version_is_not_the_pinned_one(tmp_path, requirements):
    requirements.write_text("pynamo-db==6.2.0\n")

    with pytest.raises(Incomplete, match=r"pynamo-db 6\.2\.0"):
        rebuild(made_of(tmp_path / "made.zip", FILES), tmp_path / "out.zip", requirements)


def test_a_module_that_does_not_compile_is_an_error(tmp_path, requirements, capfd):
    files = FILES | {"chalicelib/broken.py": "def"}

    with pytest.raises(Incomplete, match="does not compile"):
        rebuild(made_of(tmp_path / "made.zip", files), tmp_path / "out.zip", requirements)

    assert "broken.py" in capfd.readouterr().out


def test_what_lambda_cannot_unpack_is_an_error(tmp_path, requirements, monkeypatch):
    assert LARGEST_TREE == 262_144_000
    monkeypatch.setattr("infra.archive.LARGEST_TREE", 10)

    with pytest.raises(Incomplete, match="more than 10 bytes"):
        rebuild(made_of(tmp_path / "made.zip", FILES), tmp_path / "out.zip", requirements)


def test_every_service_that_the_product_calls_is_described():
    called = set()
    for path in CHALICELIB.rglob("*.py"):
        called |= set(
            re.findall(r"(?:create_client|boto3\.client)\(\s*\"([\w-]+)\"", path.read_text())
        )

    assert called == SERVICES
