"""The parts of the API document that no route says: what holds for all of them."""

from typing import Any

from chalicelib.http import identity

DESCRIPTION = """\
Serial numbers, custody, verification and recall of goods, by the GS1 standards.

**Identity.** Every route but the public ones takes an access token of the client-credentials
grant: `Authorization: Bearer …`. `x-scopes` and `x-roles` say who may try; whether an organisation
may do it to these goods depends on what it is to them. What it may not see is answered as not
found.

**Retries.** A POST that changes something takes an `Idempotency-Key` of your choice. After a lost
answer or a 503, send the same request again under the same key, as often as you like: it is done
once, and answered as the first time with `Idempotency-Replayed: true`. Another request under a
used key is refused.

**Refusals** are problem documents (RFC 9457). Branch on `code`; `errors[].pointer` names the field.

**Keys** are accepted in any GS1 spelling: Digital Link, EPC URN, element string, scan. EPCs are
answered as canonical Digital Links. HEAD is answered wherever GET is.
"""

TAGS: list[dict[str, str]] = [
    {"name": "directory", "description": "Organisations, clients, products, parties, places"},
    {"name": "lots", "description": "Lots of a product: expiry, manufacture, status"},
    {"name": "serial", "description": "Serial numbers, issued in blocks"},
    {"name": "scans", "description": "What barcodes say, as scanners send them"},
    {"name": "goods", "description": "What happens to goods, and what is true of them"},
    {"name": "capture", "description": "EPCIS 2.0: documents of events, and what became of them"},
    {"name": "query", "description": "EPCIS 2.0: finding events, named queries, subscriptions"},
    {"name": "trace", "description": "Where goods have been and who got them"},
    {"name": "shipments", "description": "What was shipped to whom, and what came of it"},
    {"name": "recall", "description": "Recalls, from the scope to the acknowledgement"},
    {"name": "alerts", "description": "That something may be wrong, and what came of it"},
    {"name": "resolver", "description": "Where scanned GS1 Digital Links lead"},
    {"name": "labels", "description": "Labels for packs and pallets"},
    {"name": "packs", "description": "Packs in the states of the EU (2016/161)"},
    {"name": "returns", "description": "What customers bring back: verified, accepted, set apart"},
    {"name": "suspicions", "description": "Suspect and illegitimate product (DSCSA)"},
    {"name": "vrs", "description": "Verification between trading partners (GS1 US, DSCSA)"},
    {"name": "notify", "description": "Webhooks"},
    {"name": "service", "description": "This document and the service's health"},
]

PARAMETERS: dict[str, Any] = {
    identity.HEADER: {
        "name": identity.HEADER,
        "in": "header",
        "required": True,
        "description": "Of your choice, such as a UUID; new for every new request, the same for "
        "every retry of one. Kept for as long as what was made by it.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the version that you change; refused with 412 when it is "
        "another by now.",
        "schema": {"type": "string", "examples": ['"3"']},
    },
}

ANSWER_HEADERS: dict[str, Any] = {
    "Idempotency-Replayed": {
        "description": "`true` when this repeats the answer to an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}

SECURITY_SCHEMES: dict[str, Any] = {
    "clientCredentials": {
        "type": "oauth2",
        "description": "The built-in issuer of a local network. On AWS, ask the Cognito domain.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
    },
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}

_FIELD_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["pointer", "code", "message"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON pointer into the body, or `#/query/…`, `#/path/…`, `#/header/…`.",
            "examples": ["/serials/3"],
        },
        "code": {"type": "string", "description": "For machines.", "examples": ["check_digit"]},
        "message": {"type": "string", "description": "What was found and what was expected."},
    },
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "instance", "requestId"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "examples": ["urn:packtrail:problem:malformed"],
        },
        "title": {"type": "string", "description": "The same for all refusals of this kind."},
        "status": {"type": "integer", "examples": [400]},
        "detail": {"type": "string", "description": "One sentence for people."},
        "code": {"type": "string", "description": "For machines; stable."},
        "instance": {"type": "string", "format": "uri-reference"},
        "requestId": {"type": "string", "description": "Quote it when you ask about a request."},
        "errors": {"type": "array", "maxItems": 100, "items": _FIELD_ERROR},
        "facts": {"type": "object", "description": "What a machine may want to know of the state."},
    },
}
