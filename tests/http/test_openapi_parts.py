import json

from chalicelib.errors import Malformed
from chalicelib.http import openapi_parts, problem


def test_a_refusal_has_just_the_members_that_are_told():
    error = Malformed.field("/lot", "missing", "found nothing, expected a lot")
    error.facts = {"state": "active"}

    sent = problem.refusal(error, instance="/v1/x", request_id="1", public=False)

    schema = openapi_parts.PROBLEM_SCHEMA
    sent = json.loads(sent.body)
    assert list(sent) == list(schema["properties"])
    assert set(schema["required"]) == sent.keys() - {"errors", "facts"}
    assert set(sent["errors"][0]) == set(schema["properties"]["errors"]["items"]["properties"])


def test_every_shared_parameter_is_told_under_its_own_name():
    for name, parameter in openapi_parts.PARAMETERS.items():
        assert (parameter["name"], parameter["in"]) == (name, "header")
