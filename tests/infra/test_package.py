import json
import os
import subprocess
import sys
import zipfile

import pytest
import yaml

from infra import package as packaging
from infra.archive import Incomplete
from infra.package import Failed, main, package
from infra.template import load, of_type, sources, target

FUNCTIONS = {
    "APIHandler": "app.app",
    "OnEvents": "app.on_events",
    "OnRecalls": "app.on_recalls",
    "OnRecallWork": "app.on_recall_work",
    "OnNotices": "app.on_notices",
    "OnCaptures": "app.on_captures",
    "OnSubscriptions": "app.on_subscriptions",
    "OnSchedule": "app.on_schedule",
}

# Isolated from this environment: no site-packages, no variables, only what was unpacked.
IMPORT = """
import json, sys
sys.path.insert(0, {tree!r})
import app
from chalicelib import api, stream
for module in api.ROUTES:
    api.load(module)
import PIL.ImageFont, pydyf, zint  # what only labels need, when they are drawn
files = (str(getattr(module, "__file__", "")) for module in sys.modules.values())
found = {{
    "outside": [file for file in files if "site-packages" in file],
    "routes": len(app.app.routes),
    "handlers": sorted(source.name for source in app.app.event_sources),
}}
print(json.dumps(found))
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose packaging is only noted, not done."""
    for folder in ("chalicelib/__pycache__", ".chalice", "infra"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("app.py", "requirements.txt", "requirements-dev.txt", "chalicelib/lots.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "made").write_text("")

    def make(root, out, stage):
        with (root / "made").open("a") as made:
            made.write(f"{stage} ")

    monkeypatch.setattr(packaging, "_make", make)
    return tmp_path


def made(repository):
    return (repository / "made").read_text().split()


def test_unchanged_inputs_are_not_packaged_again(repository):
    package(repository / "out", root=repository)
    package(repository / "out", root=repository)

    assert made(repository) == ["dev"]


@pytest.mark.parametrize(
    "path", ["app.py", "requirements.txt", "chalicelib/lots.py", ".chalice/x.json", "infra/x.yaml"]
)
def test_a_changed_input_is_packaged_again(repository, path):
    package(repository / "out", root=repository)
    (repository / path).write_text("changed")

    package(repository / "out", root=repository)

    assert len(made(repository)) == 2


def test_another_stage_is_another_package(repository):
    package(repository / "out", root=repository)
    package(repository / "out", "prod", root=repository)

    assert made(repository) == ["dev", "prod"]


def test_bytecode_of_a_run_changes_nothing(repository):
    package(repository / "out", root=repository)
    (repository / "chalicelib/__pycache__/lots.pyc").write_text("new")

    package(repository / "out", root=repository)

    assert len(made(repository)) == 1


def test_what_failed_is_tried_again(repository, monkeypatch):
    done = packaging._make
    monkeypatch.setattr(packaging, "_make", lambda *_: (_ for _ in ()).throw(Failed("no")))
    with pytest.raises(Failed):
        package(repository / "out", root=repository)
    monkeypatch.setattr(packaging, "_make", done)

    package(repository / "out", root=repository)

    assert len(made(repository)) == 1


def test_chalice_sees_only_what_is_deployed(repository):
    (repository / "chalicelib/__pycache__/lots.pyc").write_text("")
    (repository / ".chalice/config.json").write_text("{}")

    project = packaging._project(repository)

    found = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert found == {".chalice/config.json", "app.py", "chalicelib/lots.py", "requirements.txt"}


def test_a_file_that_is_gone_is_not_packaged(repository):
    packaging._project(repository)
    (repository / "chalicelib/lots.py").unlink()

    assert not (packaging._project(repository) / "chalicelib/lots.py").exists()


def test_a_command_that_fails_says_why(tmp_path):
    command = [sys.executable, "-c", "import sys; print('no wheel'); sys.exit(1)"]

    with pytest.raises(Failed, match="pip said:\nno wheel"):
        packaging._run([command], "pip", tmp_path)


@pytest.mark.parametrize("error", [Failed("cfn-lint said: E1"), Incomplete("no wheel")])
def test_the_command_fails_with_the_reason(monkeypatch, capsys, error):
    monkeypatch.setattr(packaging, "package", lambda *_: (_ for _ in ()).throw(error))

    assert main([]) == 1
    assert capsys.readouterr().err == f"Packaging failed: {error}\n"


@pytest.mark.slow
@pytest.mark.xdist_group("package")
class TestThePackage:
    """What `make package` leaves."""

    @pytest.fixture
    def cloudformation(self, packaged):
        return json.loads((packaged / "cfn.json").read_text())

    def test_every_function_is_there(self, cloudformation):
        functions = of_type(cloudformation, "AWS::Lambda::Function")

        assert {name: one["Handler"] for name, one in functions.items()} == FUNCTIONS
        runtime = f"python3.{sys.version_info.minor}"
        assert {one["Runtime"] for one in functions.values()} == {runtime}

    def test_every_resource_of_ours_is_there(self, cloudformation):
        ours = {name for name, one in load()["Resources"].items() if "Type" in one}

        assert ours <= set(cloudformation["Resources"])

    def test_every_handler_has_its_source(self, cloudformation):
        fed = {
            target(source["FunctionName"]): target(source["EventSourceArn"])
            for streams in (True, False)
            for _, source in sources(cloudformation, streams=streams)
        }

        assert fed == {
            "OnEvents": "EventsTable",
            "OnRecalls": "RecallsTable",
            "OnRecallWork": "RecallQueue",
            "OnNotices": "NoticesQueue",
            "OnCaptures": "CapturesQueue",
            "OnSubscriptions": "SubscriptionsQueue",
        }

    def test_permissions_are_those_of_the_policy_files(self, cloudformation):
        config = json.loads((packaging.ROOT / ".chalice/config.json").read_text())
        policies = [
            role["Policies"][0]["PolicyDocument"]
            for role in of_type(cloudformation, "AWS::IAM::Role").values()
        ]

        for settings in config["lambda_functions"].values():
            path = packaging.ROOT / ".chalice" / settings["iam_policy_file"]
            assert json.loads(path.read_text()) in policies

    def test_no_region_or_account_is_written_in(self, packaged):
        text = (packaged / "cfn.json").read_text()

        assert packaging.REGION not in text
        assert "000000000000" not in text

    def test_the_sam_template_is_there_for_sam(self, packaged):
        template = yaml.safe_load((packaged / "sam.yaml").read_text())

        assert template["Transform"] == "AWS::Serverless-2016-10-31"

    def test_the_zip_alone_is_enough_to_run(self, packaged, tmp_path):
        zipfile.ZipFile(packaged / "deployment.zip").extractall(tmp_path)

        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", IMPORT.format(tree=str(tmp_path))],
            env={"PATH": os.environ["PATH"]},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )

        found = json.loads(ran.stdout)
        assert found["outside"] == []
        assert found["routes"] > 0
        assert found["handlers"] == [
            "on_captures",
            "on_events",
            "on_notices",
            "on_recall_work",
            "on_recalls",
            "on_schedule",
            "on_subscriptions",
        ]

    def test_every_module_of_ours_has_bytecode(self, packaged):
        names = set(zipfile.ZipFile(packaged / "deployment.zip").namelist())
        sourced = {
            name for name in names if name.startswith("chalicelib/") and name.endswith(".py")
        }

        assert sourced
        for name in sourced:
            folder, _, module = name.rpartition("/")
            tag = sys.implementation.cache_tag
            assert f"{folder}/__pycache__/{module.removesuffix('.py')}.{tag}.pyc" in names

    def test_the_zip_can_be_uploaded_directly(self, packaged):
        assert (packaged / "deployment.zip").stat().st_size < 50 * 2**20  # Lambda quotas
