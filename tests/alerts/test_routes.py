"""Alerts over HTTP."""

from itertools import pairwise

import pytest

from chalicelib.access.model import ROLES, Scope
from chalicelib.alerts import store
from chalicelib.alerts.model import State
from chalicelib.alerts.routes import routes
from tests.alerts.builders import a_note, an_alert
from tests.harness.aws import Aws
from tests.notify.client import Http, actors

PATH = f"/v1/alerts/{an_alert().id}"
NOTE = {"state": "closed", "finding": "nothing_found", "text": "a training scan"}


@pytest.fixture(scope="module")
def http() -> Http:
    return Http(routes)


@pytest.fixture(autouse=True)
def _alerts(aws: Aws) -> None:
    store.create([an_alert(number) for number in (1, 2, 3)])


def test_alerts_are_listed_newest_first_over_pages(http: Http) -> None:
    ids, path = [], "/v1/alerts?limit=2"
    while path:
        page = http.ask("acme-auditor", "GET", path).body
        ids += [each["id"] for each in page["alerts"]]
        path = page["next"] and f"/v1/alerts?limit=2&cursor={page['next']}"

    assert ids == [an_alert(number).id for number in (3, 2, 1)]
    assert all(newer > older for newer, older in pairwise(ids))


def test_alerts_of_one_state_are_listed_alone(http: Http) -> None:
    store.replace(an_alert(2).noted(a_note(1, State.CLOSED)))

    closed = http.ask("acme-quality", "GET", "/v1/alerts?state=closed").body["alerts"]
    opened = http.ask("acme-quality", "GET", "/v1/alerts?state=open").body["alerts"]

    assert [each["id"] for each in closed] == [an_alert(2).id]
    assert [each["id"] for each in opened] == [an_alert(3).id, an_alert(1).id]


def test_an_alert_is_looked_into_and_closed(http: Http) -> None:
    noted = http.ask("acme-quality", "POST", f"{PATH}/notes", NOTE, key="k")
    again = http.ask("acme-quality", "POST", f"{PATH}/notes", NOTE, key="k")
    seen = http.ask("citypharm-warehouse", "GET", PATH)

    assert (noted.status, again.status) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert noted.body == again.body == seen.body | {"reporter": None}
    assert (seen.body["state"], seen.body["finding"]) == ("closed", "nothing_found")


def test_closing_takes_a_finding(http: Http) -> None:
    answer = http.ask("acme-quality", "POST", f"{PATH}/notes", {"state": "closed", "text": "?"})

    assert (answer.status, answer.body["errors"][0]["pointer"]) == (400, "/finding")
    assert "expected" in answer.body["errors"][0]["message"]


def test_for_everybody_else_there_is_no_alert(http: Http) -> None:
    for who in ("meddist-quality", "stranger-quality"):
        assert http.ask(who, "GET", PATH).status == 404
        assert http.ask(who, "POST", f"{PATH}/notes", NOTE).status == 404
        assert http.ask(who, "GET", "/v1/alerts").body["alerts"] == []


@pytest.mark.parametrize("who", actors(["acme"]))
def test_each_role_may_what_the_table_says(http: Http, who: str) -> None:
    role = who.partition("-")[2]
    reads = role in {each.value for each in ROLES[Scope.READ_ALERTS]}
    writes = role in {each.value for each in ROLES[Scope.INVESTIGATE]}

    assert (http.ask(who, "GET", PATH).status == 200) is reads
    assert (http.ask(who, "POST", f"{PATH}/notes", NOTE).status == 201) is writes
