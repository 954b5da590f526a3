"""The page at `/` of the local runtime: what runs here, and where to go on."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.gateway import Reply
from infra.local.materialise import Stack
from infra.local.seed import MEMBERS, SECRET
from infra.local.story import StoryResult

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'",
    ),
)

_STYLE = """
:root { color-scheme: light dark; --edge: #8884; --soft: #8882; --link: #0b62c4; }
@media (prefers-color-scheme: dark) { :root { --link: #7db7ff; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.9rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } a { color: var(--link); }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: .1em .3em;
  border-radius: .25em; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.2rem 0; }
nav a { border: 1px solid var(--edge); border-radius: .5rem; padding: .45rem .9rem;
  text-decoration: none; }
nav a:hover, nav a:focus { background: var(--soft); }
.columns { display: grid; gap: 0 2rem;
  grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--edge); }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.whole { white-space: nowrap; }
@media (max-width: 30rem) {
  body { font-size: 15px; margin-top: 1.5rem; } th, td { padding: .3rem .2rem; }
}
footer { margin-top: 2.5rem; opacity: .75; font-size: .9rem; }
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, by short name: items in tables, messages in queues."""

    tables: Mapping[str, int]
    queues: Mapping[str, int]


def counts(stack: Stack) -> Counts:
    """Ask the emulator how much there is."""
    tables = stack.template.of_type("AWS::DynamoDB::Table")
    queues = stack.template.of_type("AWS::SQS::Queue")
    return Counts(
        {
            _short(stack.made[name].ref, stack): _items(stack.dynamodb, stack.made[name].ref)
            for name in tables
        },
        {
            _short(stack.made[name].attributes["QueueName"], stack): _messages(
                stack.sqs, stack.made[name].ref
            )
            for name in queues
        },
    )


def _short(name: str, stack: Stack) -> str:
    return name.removeprefix(f"{stack.name}-")


def _items(dynamodb: "DynamoDBClient", table: str) -> int:
    return dynamodb.describe_table(TableName=table)["Table"]["ItemCount"]


def _messages(sqs: "SQSClient", url: str) -> int:
    attributes = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )["Attributes"]
    return sum(map(int, attributes.values()))


def page(url: str, found: Counts, story: StoryResult | None) -> Reply:
    """Return the page. It asks nothing of any other host, and runs no script."""
    body = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Packtrail on this machine</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<h1>Packtrail</h1>
<p>Product traceability: serial numbers, custody, verification and recall. It runs whole on this
machine, on an emulated AWS beside it; what you record here stays in <code>.packtrail</code>.</p>
<nav>
<a href="/docs">API documentation</a>
<a href="/openapi.json">OpenAPI document</a>
<a href="/healthz">Health</a>
</nav>
{_story(url, story)}
<h2>Who is there</h2>
<p>Clients are called <code>organisation-role</code>, for instance <code>acme-quality</code>; roles
are line, warehouse, quality, partner, auditor and admin. Every secret is
<code>{SECRET}</code>.</p>
{_members()}
<div class="columns">
<div><h2>Tables</h2>{_numbers("items", found.tables)}</div>
<div><h2>Queues</h2>{_numbers("messages", found.queues)}</div>
</div>
<footer>Local mode: the token issuer and the secrets above exist on this machine only.</footer>
</body>
</html>
"""
    return Reply(200, _HEADERS, body.encode())


def _story(url: str, story: StoryResult | None) -> str:
    if story is None:
        return "<h2>The story</h2><p>Not played yet: <code>make demo</code> plays it.</p>"
    told = ", ".join(f"{name} ({units} units)" for name, units in story.told.items())
    paths = (
        ("the unit that was dispensed", f"/v1/units/{story.gtin}/{story.dispensed}/history"),
        ("the pallet", f"/v1/containers/{story.pallet}"),
        ("who received the lot", f"/v1/lots/{story.gtin}/{story.lot}/deliveries"),
        ("the recall", f"/v1/recalls/{story.recall}"),
        ("its notices", f"/v1/recalls/{story.recall}/notices"),
    )
    token = f"curl -s -u acme-quality:{SECRET} -d grant_type=client_credentials {url}/oauth/token"
    return f"""<h2>The last story</h2>
<p>Lot {_code(story.lot)}: {len(story.serials)} units in {len(story.cases)} cases on a pallet,
shipped, verified, received, one dispensed; then recalled. Told: {html.escape(told)}.
<code>make demo</code> plays it again with fresh goods.</p>
{_table(("what", "where"), ((what, _code(path)) for what, path in paths))}
<p>These want a token: {_code(token)}</p>"""


def _members() -> str:
    rows = ((_whole(each.id), f"{each.name}, {each.role}", _whole(each.gln)) for each in MEMBERS)
    return _table(("id", "organisation", "GLN"), rows)


def _numbers(unit: str, numbers: Mapping[str, int]) -> str:
    rows = ((name, f"{number:,}") for name, number in numbers.items())
    return _table(("", unit), rows, last="n")


def _table(heads: tuple[str, ...], rows: Iterable[Iterable[str]], *, last: str = "") -> str:
    *others, end = heads
    head = "".join(f"<th>{each}</th>" for each in others) + f'<th class="{last}">{end}</th>'
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str) -> str:
    numeric = text.replace(",", "").isdigit()
    return f'<td class="n">{text}</td>' if numeric else f"<td>{text}</td>"


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _whole(text: str) -> str:
    """Return code that is never broken over lines."""
    return f'<span class="whole">{_code(text)}</span>'
