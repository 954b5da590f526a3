"""Make what is deployed: `python -m infra.package [--stage dev] [OUT_DIR]`.

    app.py, chalicelib, requirements.txt, .chalice ─ chalice package ─┬─ deployment.zip ─ archive
    infra/resources.yaml ──────────────────────────── merged into ────┴─ sam.yaml ─ cfn.json

It needs neither an AWS account nor, once pip has the wheels, a network. `sam.yaml` is what Chalice
and `resources.yaml` say together; `cfn.json` is the CloudFormation that follows from it. Both are
linted, and `cfn.json` is held to `infra.rules`, before the command succeeds. Unchanged inputs are
not packaged again.

The Python that runs this is the one whose name, wheels and bytecode are in the result.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.archive import Incomplete, rebuild
from infra.cloudformation import REGION, Untranslatable, write_templates
from infra.rules import declared_items, problems

ROOT = Path(__file__).parents[1]

_CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
_CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"
_ENTRY_POINTS = ("app.py", "requirements.txt")
_CACHED_ZIPS = 3


class Failed(Exception):
    """The artefact could not be made, or is not fit to be deployed; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the artefact and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.package", description="Make the artefact."
    )
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "build", metavar="OUT_DIR")
    parser.add_argument("--stage", default="dev", help="stage of .chalice/config.json (dev)")
    options = parser.parse_args(arguments)
    try:
        package(options.out, options.stage)
    except (Failed, Incomplete, Untranslatable) as error:
        print(f"Packaging failed: {error}", file=sys.stderr)
        return 1
    _say_how_to_deploy(options.out)
    return 0


def package(out: Path, stage: str = "dev", *, root: Path = ROOT) -> None:
    """Leave `deployment.zip`, `sam.yaml` and `cfn.json` in `out`, sound or not at all new.

    Safe to run twice at once: the second waits, and finds the first one's work.

    Args:
        out: where to.
        stage: of `.chalice/config.json`.
        root: the repository.

    Raises:
        Failed, Incomplete, Untranslatable: with what is wrong.
    """
    out.mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir(exist_ok=True)
    with (root / "build/package.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, inputs = out / "inputs.sha256", _digest(root, stage)
        if stamp.exists() and stamp.read_text() == inputs:
            print(f"  {out} is of these inputs already")
            return
        stamp.unlink(missing_ok=True)
        _make(root, out, stage)
        stamp.write_text(inputs)


def _make(root: Path, out: Path, stage: str) -> None:
    with _step("chalice package: code, wheels, template"):
        made = _run_chalice(root, _project(root), stage)
    with _step("zip: drop what is not called, add bytecode"):
        rebuild(made / "deployment.zip", out / "deployment.zip", root / "requirements.txt")
    with _step("template: SAM to CloudFormation"):
        write_templates(made / "sam.yaml", out)
    with _step("cfn-lint"):
        _lint(out / "sam.yaml", out / "cfn.json")
    with _step("rules"):
        found = problems(json.loads((out / "cfn.json").read_text()), declared_items())
        if found:
            raise Failed("\n  ".join(["the template breaks our rules:", *found]))


def _digest(root: Path, stage: str) -> str:
    """Return a hash of everything that the artefact depends on."""
    digest = hashlib.sha256(f"{stage} {sys.version}".encode())
    for path in sorted(_inputs(root)):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    yield from (root / name for name in (*_ENTRY_POINTS, "requirements-dev.txt"))
    yield from (root / ".chalice").glob("*.json")
    yield from (path for path in (root / "infra").glob("*.*") if path.is_file())
    yield from (
        path
        for path in (root / "chalicelib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def _project(root: Path) -> Path:
    """Copy what Chalice packs, and nothing else, to where its cache of wheels may stay."""
    project = root / "build/chalice"
    (project / ".chalice").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(project / "chalicelib", ignore_errors=True)
    # Bytecode of a developer's run would end up in the zip and change its hash.
    shutil.copytree(
        root / "chalicelib",
        project / "chalicelib",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in _ENTRY_POINTS:
        shutil.copy2(root / name, project / name)
    for path in (root / ".chalice").glob("*.json"):
        shutil.copy2(path, project / ".chalice" / path.name)
    cached = sorted(
        (project / ".chalice/deployments").glob("*.zip"), key=lambda zip: -zip.stat().st_mtime
    )
    for old in cached[_CACHED_ZIPS:]:
        old.unlink()
    return project


def _run_chalice(root: Path, project: Path, stage: str) -> Path:
    made = project / "out"
    shutil.rmtree(made, ignore_errors=True)
    resources = str(root / "infra/resources.yaml")
    command = ["package", "--stage", stage, "--merge-template", resources, str(made)]
    _run([[sys.executable, "-c", _CHALICE, *command]], "chalice package", project)
    return made


def _lint(*templates: Path) -> None:
    _run(
        [[sys.executable, "-c", _CFN_LINT, str(path.resolve())] for path in templates],
        "cfn-lint",
        ROOT,
    )


def _run(commands: Iterable[list[str]], name: str, folder: Path) -> None:
    """Run commands side by side; show what one of them said only if it failed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PACK"))}
    environment = {**kept, "AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1"}
    running = [
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise Failed("\n".join([f"{name} said:", *said]))


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"  {what} ... ", end="", flush=True)
    started = time.perf_counter()
    yield
    print(f"{time.perf_counter() - started:.1f} s", flush=True)


def _say_how_to_deploy(out: Path) -> None:
    megabytes = (out / "deployment.zip").stat().st_size / 1e6
    template = json.loads((out / "cfn.json").read_text())
    key = template["Parameters"]["CodeKey"]["Default"]
    print(
        f"\n{out}: {len(template['Resources'])} resources, a zip of {megabytes:.1f} MB.\n"
        "To deploy it:\n\n"
        f"  aws s3 cp {out}/deployment.zip s3://BUCKET/{key}\n"
        f"  aws cloudformation deploy --template-file {out}/cfn.json --s3-bucket BUCKET \\\n"
        f"      --stack-name packtrail --capabilities CAPABILITY_NAMED_IAM \\\n"
        f"      --parameter-overrides CodeBucket=BUCKET"
    )


if __name__ == "__main__":
    sys.exit(main())
