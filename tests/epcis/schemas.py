"""GS1's own JSON Schema for EPCIS 2.0, as judge of what we render."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT7

from tests.shared_data import load, path

_FOLDER = "epcis-artefacts/json-schema"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

_formats = FormatChecker()


@_formats.checks("uri")
def _is_uri(value: object) -> bool:
    """RFC 3986, as far as a regular expression goes; the schema alone checks nothing here."""
    if not isinstance(value, str):
        return True
    text = re.sub(r"%[0-9A-Fa-f]{2}", "", value)
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*:[!#$&-;=?-\[\]_a-z~]+", text) is not None


@_formats.checks("date-time")
def _is_instant(value: object) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


@lru_cache(maxsize=1)
def _validator() -> Draft7Validator:
    files = path(_FOLDER).glob("*-Schema.json")
    schemas = [load(f"{_FOLDER}/{file.name}") for file in files]
    resources = [(schema["$id"], DRAFT7.create_resource(schema)) for schema in schemas]
    # One file refers to the others beside it, the rest to those in `schemas/`.
    beside = [(uri.replace("/schemas/", "/"), resource) for uri, resource in resources]
    registry = Registry().with_resources(resources + beside)
    document = load(f"{_FOLDER}/EPCIS-Document-JSON-Schema.json")
    return Draft7Validator(document, registry=registry, format_checker=_formats)


def breaches(event: Mapping[str, Any]) -> list[str]:
    """Return what the standard's schema has against an event; skips where it is not here."""
    document = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-23T09:30:00.000Z",
        "epcisBody": {"eventList": [dict(event)]},
    }
    return breaches_of(document)


def breaches_of(document: Mapping[str, Any]) -> list[str]:
    """Return what the standard's schema has against a document; skips where it is not here."""
    return [f"{list(error.path)}: {error.message}" for error in _validator().iter_errors(document)]


def words(vocabulary: str) -> set[str]:
    """Return the standard's words: `bizStep`, `disposition`, `bizTransaction-type`."""
    schema = load(f"{_FOLDER}/{vocabulary}-JSON-Schema.json")
    choices = schema["definitions"][vocabulary]["anyOf"]
    return {word for choice in choices for word in choice.get("enum", ())}
