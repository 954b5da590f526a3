"""What our Markdown says is so: links, floors, tables, routes, commands, names, limits."""

import importlib
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from chalicelib.goods import usecases
from chalicelib.goods.rules import ending
from chalicelib.goods.store import IN_PLACE
from chalicelib.goods.wire import MOST_CLAIMS, MOST_PACKINGS
from chalicelib.http.readers import MAX_ITEMS
from chalicelib.notify import transport
from chalicelib.notify.model import delivery as webhooks
from chalicelib.recall.model import recall
from chalicelib.serial import wire as numbers
from chalicelib.serial.allocation import SLOTS
from chalicelib.serial.model import ALPHABETS, DEFAULT, PAGE
from infra.local.template import Template
from tests.docs.markdown import EVERY_STEP, README, ROOT, Block, blocks, files

MARKDOWN = [path for path in files(".md") if "swagger" not in path.parts]
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()

each_file = pytest.mark.parametrize(
    "path", MARKDOWN, ids=[str(path.relative_to(ROOT)) for path in MARKDOWN]
)


def prose(path: Path) -> str:
    """Return a file's text with every stretch of white space as one space."""
    return " ".join(path.read_text().split())


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the table whose heading begins so, without heading and rule."""
    table = text[text.index(f"| {heading}") :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def quoted(text: str) -> list[str]:
    """Return what stands in backticks within the text."""
    return re.findall(
        r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    )


# --- links


def slug(heading: str) -> str:
    """Return the anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {slug(title) for title in re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)}


@each_file
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", path.read_text())
    for link in (link for link in links if not re.match(r"[a-z]+:", link)):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


# --- what is built


def test_the_floors_are_those_that_the_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = [c for c in contracts["contracts"] if c["name"].startswith("Floors")]
    held = [sorted(layer.split(" | ")) for layer in floors["layers"]]

    told = rows(ARCHITECTURE, "floor")

    assert [sorted(quoted(packages)) for _, packages, _ in told] == held
    assert [int(number) for number, _, _ in told] == list(reversed(range(len(held))))


def test_tables_queues_and_streams_are_those_of_the_template() -> None:
    template = Template.load()
    tables = template.of_type("AWS::DynamoDB::Table").values()
    streamed = {_short(each["TableName"]) for each in tables if "StreamSpecification" in each}
    queues = template.of_type("AWS::SQS::Queue").values()

    told = {quoted(name)[0]: stream for name, _, stream in rows(ARCHITECTURE, "table")}
    told_queues = [name for row in rows(ARCHITECTURE, "queue") for name in quoted(row[0])]

    assert told.keys() == {_short(each["TableName"]) for each in tables}
    assert {name for name, stream in told.items() if stream} == streamed
    assert sorted(told_queues) == sorted(_short(each["QueueName"]) for each in queues)


def _short(name: dict[str, str]) -> str:
    return name["Fn::Sub"].removeprefix("${AWS::StackName}-")


def test_the_alarms_to_watch_are_those_of_the_template() -> None:
    alarms = Template.load().of_type("AWS::CloudWatch::Alarm").values()
    told = [n for row in rows((ROOT / "docs/guides/operators.md").read_text(), "alarm")
            for n in quoted(row[0])]  # fmt: skip

    patterns = [re.compile(name.replace("…", ".+")) for name in told]
    for name in map(_short, (alarm["AlarmName"] for alarm in alarms)):
        assert any(pattern.fullmatch(name) for pattern in patterns), name
    assert len(told) == len(set(told))


# --- routes

OPERATIONS = [
    (method.upper(), path)
    for path, item in json.loads((ROOT / "docs/openapi.json").read_text())["paths"].items()
    for method in item
]

OF_DOCUMENTS = {"/docs", "/docs/{file}", "/openapi.json", "/.well-known/jwks.json"}


def shape(path: str) -> str:
    """Return a path with every parameter as `{}`, and without query."""
    return re.sub(r"\{[^}]*\}", "{}", re.split(r"[?\[\s`]", path)[0])


def test_every_route_that_is_mentioned_exists() -> None:
    known = {(method, shape(path)) for method, path in OPERATIONS}
    paths = {path for _, path in known}
    for guide in (*GUIDES, README, ROOT / "ARCHITECTURE.md"):
        text = prose(guide)
        for method, path in re.findall(r"\b(GET|POST|PUT|DELETE) (/[^ ,;:)`]+)", text):
            assert (method, shape(path)) in known, f"{guide.name}: {method} {path}"
        for path in re.findall(r"`(/(?:v1|oauth|docs|openapi|healthz)[^ `]*)`", text):
            assert shape(path) in paths, f"{guide.name}: {path}"


def requested(block: Block) -> list[tuple[str, str]]:
    """Return method and path of every `curl` in a block."""
    text = block.text.replace("\\\n", " ").replace("$NUMBERS", "$API/v1/serials/blocks/x/numbers")
    found = []
    for line in re.findall(r"curl [^|\n]*", text):
        if '"$LINK"' in line:  # an upload goes where the answer says, which is not the API
            continue
        (path,) = re.findall(r'\$API(/[^ "?]*)', line)
        method = re.search(r"-X (\w+)", line)
        found.append((method[1] if method else "POST" if " -d " in line else "GET", path))
    return found


# What is asked in the same way of many: of /capture, /bizSteps and /01, a line shows how.
ALIKE = re.compile(
    "OPTIONS /(?!capture$)|GET /(?:8006|00|414|417)/"
    "|GET /(?:eventTypes|epcs|bizLocations|readPoints|dispositions)/"
)


def test_every_operation_of_the_api_has_a_line_to_copy() -> None:
    asked = [one for path in (README, EVERY_STEP) for b in blocks(path) for one in requested(b)
             if b.language == "sh"]  # fmt: skip
    for method, path in OPERATIONS:
        if ALIKE.match(f"{method} {path}"):
            continue
        step = ".+" if path.endswith("{rest}") else "[^/]+"
        pattern = re.sub(r"\\\{[^}]*\\\}", step, re.escape(path))
        lines = [one for one in asked if one[0] == method and re.fullmatch(pattern, one[1])]
        assert lines or path in OF_DOCUMENTS, f"{method} {path}"


# --- commands and names


@each_file
def test_commands_can_be_copied_into_bash_and_zsh(path: Path) -> None:
    for block in blocks(path):
        if block.language == "sh":
            comments = re.findall(r"(?:^|\s)#.*", block.text)
            assert not comments, f"{block.place}: zsh takes {comments} for arguments"


@each_file
def test_every_make_target_that_is_mentioned_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [block.text for block in blocks(path)] + quoted(path.read_text())
    mentioned = {target for text in code for target in re.findall(r"\bmake ([a-z]+)", text)}

    assert mentioned <= targets


TOP = {path.relative_to(ROOT).parts[0] for path in files()}
NAMES = {path.name for path in files()}


@each_file
def test_every_file_and_module_that_is_mentioned_exists(path: Path) -> None:
    for name in quoted(path.read_text()):
        if "/" in name and name.split("/")[0] in TOP:
            assert any(ROOT.glob(re.sub(r"<[^>]*>", "*", name.rstrip("/")))), name
        elif re.fullmatch(r"\w+\.(py|yaml|toml|json)", name):
            assert name in NAMES | MADE, name
        elif re.fullmatch(r"[a-z_]+(\.[A-Za-z_]+)+(\(\))?", name):
            check_name(name.removesuffix("()"))


MADE = {"sam.yaml", "cfn.json"}
"""Files that `make package` makes."""


def check_name(dotted: str) -> None:
    """Find a module, or what is in one; packages of ours may go without `chalicelib`."""
    first = dotted.split(".", maxsplit=1)[0]
    packages = {each.name for each in (ROOT / "chalicelib").iterdir()}
    if first in packages:
        dotted = f"chalicelib.{dotted}"
    elif first not in {"chalicelib", "infra", "app", "tests"}:
        return
    parts = dotted.split(".")
    for depth in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:depth]))
        except ModuleNotFoundError:
            continue
        for part in parts[depth:]:
            thing = getattr(thing, part)
        return
    pytest.fail(dotted)


def test_codes_and_reasons_in_the_guides_are_those_of_the_code() -> None:
    said = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    for guide, heading in (("packaging-line", "code"), ("pharmacy", "reason")):
        table = rows((ROOT / f"docs/guides/{guide}.md").read_text(), heading)
        for code in (code for row in table for code in quoted(row[0])):
            assert f'"{code}"' in said, code


# --- limits

LIMITS = {
    "ARCHITECTURE.md": [f"{PAGE} units share one item"],
    "docs/decisions/0005-things-and-trails.md": [
        f"**pages** of {PAGE} consecutive serial numbers",
        f"Fewer than {IN_PLACE} units of a page move out",
    ],
    "docs/guides/packaging-line.md": [
        f"A block has up to {numbers.MOST:,} numbers",
        f"JSON (up to {numbers.MOST_IN_JSON:,} at a time)",
        f"(up to {numbers.MOST_ROWS:,})",
        f"`{DEFAULT}`, which is the default",
        f"Up to {MAX_ITEMS:,} serials in one call",
        f"`items` packs up to {MOST_PACKINGS} containers",
        "than five minutes in the future",
        f"up to {'sixteen' if SLOTS == 16 else SLOTS} lines",
    ],
    "docs/guides/warehouse.md": [
        f"up to {MOST_CLAIMS:,} as",
        f"up to {MOST_PACKINGS} consignments",
    ],
    "docs/guides/quality.md": [
        f"Up to {recall.MOST_LOTS} lots go into one recall",
        f"(up to {recall.MOST_SERIALS:,})",
    ],
    "docs/guides/partners.md": [
        f"within {transport.SECONDS:.0f} seconds",
        "ten times over three days",
    ],
    "docs/guides/every-step.md": [f"up to {MOST_CLAIMS:,} at once"],
    "docs/guides/pharmacy.md": ["within ten days"],
    "README.md": [f"blocks of up to {numbers.MOST:,}"],
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_in_the_text_are_those_of_the_code(name: str) -> None:
    text = prose(ROOT / name)

    assert [said for said in LIMITS[name] if said not in text] == []


def test_limits_that_are_written_as_words_are_those_of_the_code() -> None:
    assert usecases.AHEAD.total_seconds() == 5 * 60
    assert ending.UNDO.days == 10
    assert 1 + len(webhooks.DELAYS) == 10
    assert sum(delay.total_seconds() for delay in webhooks.DELAYS) // 86_400 == 3
    assert {"unambiguous", "numeric", "alphanumeric"} == ALPHABETS.keys()


# --- everything else


def test_decisions_are_numbered_without_a_gap() -> None:
    found = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in found] == [f"{n:04}" for n in range(1, len(found) + 1)]
    for number, path in enumerate(found, start=1):
        assert path.read_text().startswith(f"# {number}. "), path.name


def test_no_file_names_a_machine_of_ours_or_a_registry() -> None:
    """What is written on one machine is not of use on another."""
    private = re.compile(r"(?<![\w.])/(?:root|home|Users|work)/\w|\bpypi\.|pythonhosted|npmjs\.")
    me = Path(__file__)
    for path in files():
        if path != me and path.suffix not in {".png", ".zip", ".js", ".css"}:
            found = private.search(path.read_text(errors="replace"))
            assert found is None, f"{path.relative_to(ROOT)}: {found[0] if found else ''}"


def test_ci_runs_what_contributing_says() -> None:
    commands = re.findall(r"^make (\w+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)

    assert commands == ["check", "test", "package"]
    assert "is `make check`, `make test` and `make package`" in prose(ROOT / "CONTRIBUTING.md")


def test_the_template_says_what_the_guide_says_it_makes() -> None:
    template = Template.load()
    parameters = yaml.compose((ROOT / "infra/resources.yaml").read_text())
    told = rows((ROOT / "docs/guides/operators.md").read_text(), "parameter")

    assert len(template.of_type("AWS::DynamoDB::Table")) == 6
    assert len(template.of_type("AWS::SQS::Queue")) == 9
    assert len(template.of_type("AWS::S3::Bucket")) == 1
    sections = {key.value: value for key, value in parameters.value}
    named = {key.value for key, _ in sections["Parameters"].value}
    assert {name for row in told for name in quoted(row[0])} == named
