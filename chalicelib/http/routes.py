"""The service's own routes: its health, its API document, and the page that shows it.

Swagger UI is in `swagger/`, so that reading the documentation asks no other host, and the page's
policy forbids it to.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from chalice.app import Chalice
from pydantic_core import to_json

from chalicelib.errors import NotFound
from chalicelib.http.answer import JSON
from chalicelib.http.fields import AnswerModel
from chalicelib.http.observe import current
from chalicelib.http.routing import Call, Routes, Text

routes = Routes(__name__)

_SWAGGER = Path(__file__).with_name("swagger")
_HTML, _CSS, _SCRIPT = (f"text/{kind}; charset=utf-8" for kind in ("html", "css", "javascript"))
_FILES = {"swagger-ui.css": _CSS, "swagger-ui-bundle.js": _SCRIPT}
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
# Addresses are relative: behind API Gateway the first step of the path is the stage.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Packtrail API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""
_DAY = {"Cache-Control": "public, max-age=86400"}


class Health(AnswerModel):
    """That the service answers."""

    status: Literal["ok"]


@routes.get("/healthz", scope=None, answer=Health)
def health(call: Call) -> Health:
    """Say that the service answers.

    Nothing else is asked: a dependency that is down shows in the routes that need it, as 503.
    """
    return Health(status="ok")


@routes.get("/openapi.json", scope=None, produces=(JSON,))
def api_document(call: Call) -> Text:
    """Return this document."""
    # The stage behind API Gateway stands before every path; elsewhere there is none.
    stage = current().path.removesuffix("/openapi.json")
    return Text(_document_text(current().app, stage), JSON)


@routes.get("/docs", scope=None, produces=("text/html",))
def docs(call: Call) -> Text:
    """Return the page that shows this document."""
    return Text(_PAGE, _HTML, {"Content-Security-Policy": _POLICY})


@routes.get("/docs/{file}", scope=None, produces=("text/css", "text/javascript"))
def docs_file(call: Call, file: str) -> Text:
    """Return a part of the page."""
    if file == "start.js":
        return Text(_START, _SCRIPT)
    if file not in _FILES:
        raise NotFound(f"There is no {file!r} here")
    return Text(_text_of(file), _FILES[file], _DAY)


@lru_cache(maxsize=2)
def _text_of(file: str) -> str:
    return (_SWAGGER / file).read_text(encoding="utf-8")


@lru_cache(maxsize=4)
def _document_text(app: Chalice, stage: str) -> str:
    # Imported here: only who reads the documentation pays for making it (cold start).
    from chalicelib.http.openapi import document  # noqa: PLC0415

    return to_json({**document(app), "servers": [{"url": stage or "/"}]}).decode()
