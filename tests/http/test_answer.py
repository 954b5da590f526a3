from tests.http.private import GTIN


def test_an_answer_carries_its_version_and_that_it_is_a_repeat(door):
    answered = door.ask(
        "PUT", "/v1/things/{name}", {"gtin": GTIN}, path={"name": "x"}, if_match='"7"'
    )

    assert answered.json == {"expected": 7}
    assert answered.headers["ETag"] == '"3"'
    assert answered.headers["Idempotency-Replayed"] == "true"


def test_no_body_no_content(door):
    answered = door.ask("DELETE", "/v1/things/{name}", path={"name": "x"})

    assert (answered.status, answered.text) == (204, "")
    assert "Content-Type" not in answered.headers


def test_an_answer_that_is_not_what_is_documented_is_a_bug(door):
    assert door.ask("GET", "/v1/documented").status == 500
