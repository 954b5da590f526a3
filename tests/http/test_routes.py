import hashlib
import json
import re
from pathlib import Path

import pytest

from chalicelib.http import routes as module
from tests.http.door import Answered, Door

SWAGGER = Path(module.__file__).with_name("swagger")


@pytest.fixture(scope="module")
def door() -> Door:
    return Door(module.routes)


def test_health_is_public(door):
    answered = door.ask("GET", "/healthz", token=None)

    assert (answered.status, answered.json) == (200, {"status": "ok"})


def test_the_document_names_the_stage_that_it_is_served_behind(door):
    plain = door.ask("GET", "/openapi.json", token=None)
    staged = door.ask("GET", "/openapi.json", token=None, stage="/api")

    assert plain.headers["Content-Type"] == "application/json"
    assert plain.json["servers"] == [{"url": "/"}]
    assert staged.json["servers"] == [{"url": "/api"}]


def test_the_page_may_ask_no_other_host(door):
    page = door.ask("GET", "/docs", token=None)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(
        part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; ")
    )
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert policy["default-src"] == "'none'"


def file_of(door: Door, file: str) -> Answered:
    return door.ask("GET", "/docs/{file}", path={"file": file}, token=None)


def test_the_page_names_only_what_is_served_beside_it(door):
    page = door.ask("GET", "/docs", token=None).text

    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named == ["data:,", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"]
    for address in named[1:]:
        assert file_of(door, address.removeprefix("docs/")).status == 200
    assert "<script>" not in page


def test_the_script_asks_for_our_document_and_no_validator(door):
    script = file_of(door, "start.js").text

    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script


@pytest.mark.parametrize("file", ["README.md", "..%2Froutes.py", "%2Fetc%2Fpasswd", "LICENSE"])
def test_nothing_else_is_served(door, file):
    assert file_of(door, file).status == 404


def test_swagger_ui_is_as_it_was_published(door):
    told = (SWAGGER / "README.md").read_text()
    sums = dict(re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", told))

    assert set(sums) == set(module._FILES)
    for file, expected in sums.items():
        assert hashlib.sha256((SWAGGER / file).read_bytes()).hexdigest() == expected
        assert file_of(door, file).headers["Cache-Control"] == "public, max-age=86400"


def test_its_licences_are_beside_it():
    assert "Apache License" in (SWAGGER / "LICENSE").read_text()
    assert (SWAGGER / "swagger-ui-bundle.js.LICENSE.txt").exists()
    assert "SmartBear" in (SWAGGER / "NOTICE").read_text()


def test_an_answer_fits_what_lambda_may_return(door):
    assert len(json.dumps(file_of(door, "swagger-ui-bundle.js").text)) < 6 * 1024 * 1024
