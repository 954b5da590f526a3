import json
import logging
from urllib.parse import parse_qs

import pytest
from chalice.test import Client
from openapi_spec_validator import validate

from chalicelib.errors import (
    AlreadyExists,
    Busy,
    NoSuchName,
    NotFound,
    PacktrailError,
    QueryTooLarge,
)
from chalicelib.http import observe
from chalicelib.http.epcis import negotiated
from chalicelib.http.openapi import document
from chalicelib.http.routing import specs_of
from infra.local.gateway import Gateway, Request
from tests.http import epcis_api
from tests.http.door import Door

LINK = "https%3A%2F%2Fid.gs1.org%2F01%2F09506000134352%2F21%2Fa%252Fb"
URI = "https://id.gs1.org/01/09506000134352/21/a%2Fb"
NI = "ni:///sha-256;00?ver=CBV2.0"


@pytest.fixture(scope="module")
def door():
    return Door(epcis_api.routes)


def test_every_answer_says_which_versions_it_is_in(door):
    for answered in (door.ask("GET", "/events"), door.ask("GET", "/events", token=None)):
        assert answered.headers["GS1-EPCIS-Version"] == "2.0"
        assert answered.headers["GS1-CBV-Version"] == "2.0"
        assert answered.headers["GS1-Vendor-Version"]
        assert answered.headers["GS1-Extensions"]


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/xml", "application/xml"),
        ("text/*", "text/xml"),
        ("application/json;q=0.1, text/xml;q=0.9", "text/xml"),
    ],
)
def test_an_answer_has_the_media_type_that_is_liked_best(door, accept, sent):
    answered = door.ask("GET", "/events", **({"accept": accept} if accept else {}))

    assert (answered.status, answered.headers["Content-Type"]) == (200, sent)


def test_an_older_version_is_answered_in_xml_where_it_is_asked_for(door):
    told = {"accept": "application/xml", "GS1_EPCIS_Max": "1.2"}

    answered = door.ask("GET", "/events", **told)

    assert answered.text == "<v>1.2 No_Preference</v>"
    assert answered.headers["GS1-EPCIS-Version"] == answered.headers["GS1-CBV-Version"] == "1.2"


@pytest.mark.parametrize(
    "asked",
    [
        {"accept": "text/csv"},
        {"accept": "application/json;q=0"},
        {"GS1_EPCIS_Max": "1.2"},
        {"GS1_EPCIS_Version": "1.2"},
        {"GS1_CBV_Max": "1.1"},
        {"GS1_EPCIS_Min": "3.0"},
        {"GS1_EPCIS_Min": "2.0", "GS1_CBV_Max": "1.2", "accept": "application/xml"},
    ],
)
def test_what_cannot_be_answered_as_asked_is_not_acceptable(door, asked):
    answered = door.ask("GET", "/events", **asked)

    assert answered.status == 406
    assert answered.json["type"] == "epcisException:NotAcceptableException"
    assert answered.json["code"] == "not_acceptable"


@pytest.mark.parametrize("version", ["2.0", "2.0.0", "2.0.1"])
def test_a_patch_release_is_the_same_version(version):
    headers = {"gs1-epcis-version": version}

    assert negotiated(headers, accepts=(), produces=("application/json",)).version == "2.0"


def test_formats_are_words_of_the_standard_or_refused(door):
    answered = door.ask("GET", "/events", GS1_EPC_Format="Always_EPC_URN")
    refused = door.ask("GET", "/events", GS1_EPC_Format="always_epc_urn")

    assert answered.json["epcs"] == "Always_EPC_URN"
    assert (refused.status, refused.faults) == (400, {"#/header/GS1-EPC-Format": "enum"})
    assert refused.json["type"] == "epcisException:ValidationException"


def test_a_body_is_bytes_with_its_media_type_and_needs_no_key(door):
    answered = door.ask(
        "POST", "/capture", raw="<é/>", content_type="text/xml; charset=utf-8", key=None,
        GS1_EPCIS_Version="1.2", GS1_Capture_Error_Behaviour="proceed",
    )  # fmt: skip

    assert answered.status == 202
    assert answered.json == {
        "type": "text/xml", "version": "1.2", "length": 5, "behaviour": "proceed",
    }  # fmt: skip
    assert answered.headers["Location"].startswith("/capture/")
    assert answered.headers["GS1-EPCIS-Capture-Limit"] == "1000"
    assert answered.headers["GS1-EPCIS-Capture-File-Size-Limit"] == "5000000"


def test_a_key_is_taken_where_one_is_sent(door):
    first, second = (door.ask("POST", "/capture", {}, key="k").headers for _ in range(2))

    assert first["Location"] == second["Location"]


def test_a_body_of_another_media_type_or_version_is_refused(door):
    csv = door.ask("POST", "/capture", raw="a", content_type="text/csv")
    old = door.ask("POST", "/capture", {}, GS1_EPCIS_Version="1.2")

    assert (csv.status, csv.json["type"]) == (415, "epcisException:UnsupportedMediaTypeException")
    assert old.status == 406


def test_parameters_with_patterned_names_reach_the_view_each_once(door):
    query = {"EQ_example:a": ["x|y"], "GE_ILMD_ex:b": ["1"]}

    assert door.ask("GET", "/events", query=query).json["asked"] == {
        "EQ_example:a": "x|y",
        "GE_ILMD_ex:b": "1",
    }


def test_a_query_that_cannot_be_read_is_a_query_parameter_exception(door):
    twice = door.ask("GET", "/events", query={"a": ["1", "2"]})
    unknown = door.ask("GET", "/events/{event_id}", path={"event_id": "x"}, query={"a": ["1"]})

    for answered, code in ((twice, "duplicate"), (unknown, "unknown_field")):
        assert (answered.status, answered.faults) == (400, {"#/query/a": code})
        assert answered.json["type"] == "epcisException:QueryParameterException"


def test_a_uri_may_not_be_too_long(door):
    answered = door.ask("GET", "/events", query={"MATCH_epc": ["x" * 8000]})

    assert (answered.status, answered.json["type"]) == (414, "epcisException:URITooLongException")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (NoSuchName("No"), "NoSuchNameException"),
        (NotFound("No"), "NoSuchResourceException"),
        (AlreadyExists("No"), "ResourceAlreadyExistsException"),
        (QueryTooLarge("No"), "QueryTooLargeException"),
        (RuntimeError("bug"), "ImplementationException"),
    ],
)
def test_a_problem_has_the_name_that_epcis_gives_it(door, error, name):
    epcis_api.raised.append(error)
    answered = door.ask("GET", "/queries/{name}", path={"name": "q"})

    assert answered.json["type"] == f"epcisException:{name}"
    assert answered.json["code"]
    assert answered.json["requestId"] == "request-1"
    if isinstance(error, PacktrailError):
        assert answered.status == error.status


def test_what_epcis_has_no_name_for_keeps_ours(door):
    epcis_api.raised.append(Busy("Later"))

    answered = door.ask("GET", "/queries/{name}", path={"name": "q"})

    assert answered.json["type"] == "urn:packtrail:problem:busy"


def test_options_tells_without_a_token_what_a_resource_can_do(door):
    capture = door.ask("OPTIONS", "/capture", token=None)
    queries = door.ask("OPTIONS", "/queries/{name}", path={"name": "q"}, token=None)

    assert (capture.status, capture.text) == (204, "")
    assert set(capture.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert capture.headers["GS1-EPCIS-Capture-Limit"] == "1000"
    assert capture.headers["GS1-EPCIS-Min"] == "1.1"
    assert capture.headers["GS1-Capture-Error-Behaviour"] == "rollback, proceed"
    assert set(queries.headers["Allow"].split(", ")) == {"GET", "HEAD", "DELETE", "OPTIONS"}
    assert queries.headers["GS1-EPCIS-Min"] == "2.0"


PATHS = [
    (f"/epcs/{LINK}/events", {"eventsOf": URI}),
    (f"/epcs/{LINK}", {"epc": URI}),
    (f"/epcs/{URI}/events", {"eventsOf": URI}),
    (
        "/epcs/urn:epc:id:sgtin:9506000.013435.a%252Fb",
        {"epc": "urn:epc:id:sgtin:9506000.013435.a%2Fb"},
    ),
]


@pytest.mark.parametrize(("path", "answer"), PATHS)
def test_a_whole_uri_may_stand_in_a_path_of_the_local_gateway(door, path, answer):
    headers = [("Authorization", "Bearer acme.line")]

    reply = Gateway(door.app).answer(Request("GET", path, headers))

    assert (reply.status, json.loads(reply.body)) == (200, answer)


@pytest.mark.parametrize("proxy", [f"{LINK}/events", f"{URI}/events"])
def test_a_greedy_resource_is_understood_whether_it_was_decoded_or_not(door, proxy):
    route = "/epcs/{proxy+}"
    event_of = {"GET": 200, "HEAD": 200, "OPTIONS": 204, "PUT": 405}

    for method, status in event_of.items():
        assert door.ask(method, route, path={"proxy": proxy}).status == status
    assert door.ask("GET", route, path={"proxy": proxy}).json == {"eventsOf": URI}


def test_the_log_line_names_the_declared_route(door, capsys):
    level = observe.log.log_level
    observe.log.setLevel(logging.INFO)

    door.ask("GET", "/epcs/{proxy+}", path={"proxy": f"{LINK}/events"})

    observe.log.setLevel(level)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["route"] == "/epcs/{epc}/events"


def test_behind_a_greedy_resource_there_is_not_everything(door):
    answered = door.ask("GET", "/queries/{proxy+}", path={"proxy": ""})

    assert answered.status == 404
    assert answered.json["type"] == "epcisException:NoSuchResourceException"


def test_a_whole_uri_may_stand_in_a_path_of_the_test_client(door):
    with Client(door.app) as client:
        token = {"Authorization": "Bearer acme.line"}
        event = client.http.get("/events/ni%3A%2F%2F%2Fsha-256%3B00%3Fver%3DCBV2.0", headers=token)
        found = client.http.request("OPTIONS", f"/epcs/{LINK}/events")

    assert event.json_body["id"] == NI
    assert found.status_code == 204


def test_pages_follow_each_other_by_token(door, monkeypatch):
    monkeypatch.setattr("chalicelib.keys.derive", lambda _name: bytes(range(64)))
    query, seen = {"perPage": ["40"]}, []

    while query:
        answered = door.ask("GET", "/capture", query=query)
        seen.append(answered.json["first"])
        target = answered.headers.get("Link", "").partition(">")[0].removeprefix("<?")
        query = parse_qs(target)

    assert seen == [0, 40, 80]


def test_the_document_tells_of_epcis_routes(door):
    told = document(door.app)

    validate(told)
    assert len(specs_of(door.app)) == len(epcis_api.routes.specs)
    capture = told["paths"]["/capture"]["post"]
    assert set(capture["requestBody"]["content"]) == {
        "application/json", "application/ld+json", "application/xml", "text/xml",
    }  # fmt: skip
    assert "options" in told["paths"]["/capture"]
    assert "406" in capture["responses"]
    names = [each.get("$ref", "").rpartition("/")[2] for each in capture["parameters"]]
    assert "GS1-EPCIS-Version" in names
