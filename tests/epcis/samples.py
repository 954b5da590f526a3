"""Published JSON documents, as events that stand alone, read without any of our own readers."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.shared_data import FOLDER, path

SETS = (
    "dscsa-epcis-samples",
    "eecc-sanitisation",
    "event-hash-openepcis",
    "event-hash-ralphtro",
    "evrythng-epcis2js",
    "fastnt",
    "fsma204-dpp",
    "gdst-opentraceability",
    "gs1-epcis-examples",
    "openepcis-misc",
    "openepcis-test-resources",
)
"""Folders of the shared data that hold EPCIS 2.0 documents in JSON."""

NO_JSON = {
    "gdst-opentraceability/tests/EPCISQUERYDOCUMENT_advanced_5.jsonld",
    "openepcis-misc/event-sentry/data/schema/fishingEventProfile.json",
    "openepcis-misc/event-sentry/json-schema-snippets/quantity-uom-volume-0.1.0.json",
}
"""Files that are none in spite of their names: a trailing comma, several documents in one."""

json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=12)
    | st.sampled_from(["urn:epc:id:sgtin:0614141.812345.1", "https://id.gs1.org/01/1", "ADD"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
"""Whatever a parser may hand over."""


@cache
def events() -> dict[str, dict[str, Any]]:
    """Return every event of the published documents by `{file}#{index}`; skips without data."""
    found = {}
    for folder in SETS:
        for file in sorted([*path(folder).rglob("*.json"), *path(folder).rglob("*.jsonld")]):
            name = str(file.relative_to(FOLDER))
            if name in NO_JSON:
                continue
            document = json.loads(file.read_text("utf-8-sig"))
            for index, event in enumerate(_events(document)):
                found[f"{name}#{index}"] = event
    assert len(found) > 400, "the shared data have lost their documents"
    return found


def _events(document: Any) -> Iterator[dict[str, Any]]:
    """Yield events, each with the prefixes of its document."""
    if not isinstance(document, dict):
        return
    if str(document.get("type", "")).endswith("Event"):
        yield document
        return
    body = document.get("epcisBody")
    if not isinstance(body, dict):
        return
    results = body.get("queryResults", {}).get("resultsBody", {})
    bound = _prefixes(document.get("@context"))
    for event in body.get("eventList") or results.get("eventList") or ():
        yield {**event, "@context": {**bound, **_prefixes(event.get("@context"))}}


def _prefixes(context: Any) -> dict[str, Any]:
    parts = context if isinstance(context, list) else [context]
    return {name: uri for part in parts if isinstance(part, dict) for name, uri in part.items()}


def resolves(pointer: str, event: Any) -> bool:
    """Return whether a JSON pointer leads to a value, or at least to the parent of one."""
    steps = [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]
    for number, name in enumerate(steps, start=1):
        if isinstance(event, list) and name.isdigit() and int(name) < len(event):
            event = event[int(name)]
        elif isinstance(event, dict) and name in event:
            event = event[name]
        else:
            return number == len(steps) and isinstance(event, dict | list)
    return True
