import pytest

from chalicelib.errors import Busy, NotFound, PacktrailError, Unauthenticated
from chalicelib.http.problem import refusal
from tests.http.private import ask_refusal


def test_a_refusal_is_a_problem_document(door):
    answered = ask_refusal(door, NotFound("There is no lot L1", facts={"lot": "L1"}))

    assert (answered.status, answered.headers["Content-Type"]) == (404, "application/problem+json")
    assert answered.json == {
        "type": "urn:packtrail:problem:not_found",
        "title": "There is no such resource",
        "status": 404,
        "detail": "There is no lot L1",
        "code": "not_found",
        "instance": "/v1/refusals",
        "requestId": "request-1",
        "facts": {"lot": "L1"},
    }


def test_busy_says_when_to_come_back(door):
    answered = ask_refusal(door, Busy("Throttled", retry_after=7))

    assert (answered.status, answered.headers["Retry-After"]) == (503, "7")


def kinds(of: type[PacktrailError] = PacktrailError) -> list[type[PacktrailError]]:
    return [kind for each in of.__subclasses__() for kind in (each, *kinds(each))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_refusal_there_is_has_a_status_a_title_and_a_code(door, kind):
    answered = ask_refusal(door, kind("No"))

    assert answered.status == kind.status == answered.json["status"]
    assert 400 <= kind.status < 600
    assert answered.json["title"]
    assert answered.json["code"] == kind.code


def test_half_a_surrogate_pair_in_a_refusal_is_no_bug(door):
    answered = ask_refusal(door, NotFound("There is no \ud800"))

    assert (answered.status, answered.json["detail"]) == (404, "There is no \ud800")


def test_a_public_route_asks_for_client_credentials():
    answer = refusal(Unauthenticated("No"), instance="/", request_id="1", public=True)

    assert answer.headers["WWW-Authenticate"] == 'Basic realm="packtrail"'
