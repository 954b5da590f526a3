from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.access.model import Scope
from chalicelib.errors import Malformed
from chalicelib.http import paging
from chalicelib.http.call import Call
from chalicelib.http.fields import AnswerModel
from chalicelib.http.paging import PageQuery, after, next_link, open_cursor, seal
from chalicelib.http.routing import Answer, Routes
from tests.http.door import Answered, Door, actor
from tests.http.test_call import a_call

THINGS = [f"thing-{number}" for number in range(7)]


class ThingQuery(PageQuery):
    colour: str | None = None


class Things(AnswerModel):
    things: list[str]
    next: str | None


routes = Routes("chalicelib.private.routes")


@routes.get("/v1/things/{kind}", scope=Scope.READ_GOODS, query=ThingQuery, answer=Things)
def things(call: Call[None, ThingQuery], kind: str) -> Answer:
    start = after(call)
    rest = [thing for thing in THINGS if start is None or thing > start]
    page = rest[: call.query.limit]
    cursor = seal(call, page[-1]) if len(rest) > len(page) else None
    return Answer(Things(things=page, next=cursor), headers=next_link(call, cursor))


@pytest.fixture
def ask() -> Callable[..., Answered]:
    door = Door(routes)

    def send(cursor: str | None = None, *, organisation="acme", kind="a", **query) -> Answered:
        given = {name: [value] for name, value in {**query, "cursor": cursor}.items() if value}
        path, token = {"kind": kind}, f"{organisation}.line"
        return door.ask("GET", "/v1/things/{kind}", path=path, query=given, token=token)

    return send


def test_pages_follow_each_other_to_the_end(ask):
    seen, cursor = [], None
    for _ in range(3):
        answered = ask(cursor, limit="3").json
        seen += answered["things"]
        cursor = answered["next"]

    assert (seen, cursor) == (THINGS, None)


def test_the_limit_may_change_on_the_way(ask):
    cursor = ask(limit="2").json["next"]

    assert ask(cursor, limit="500").json["things"] == THINGS[2:]


def test_the_link_header_leads_to_the_next_page(ask):
    first = ask(limit="3", colour="red")

    assert first.headers["Link"] == (
        f'<?limit=3&colour=red&cursor={first.json["next"]}>; rel="next"'
    )
    assert "Link" not in ask().headers


@pytest.mark.parametrize(
    "other", [{"organisation": "meddist"}, {"kind": "b"}, {"colour": "red"}], ids=str
)
def test_a_cursor_is_good_for_nobody_and_nothing_else(ask, other):
    cursor = ask(limit="3").json["next"]

    answered = ask(cursor, limit="3", **other)

    assert (answered.status, answered.faults) == (400, {"#/query/cursor": "cursor"})


def test_a_cursor_shows_nothing_of_its_position(ask):
    import base64

    cursor = ask(limit="3").json["next"]

    assert b"thing" not in base64.urlsafe_b64decode(cursor + "==")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5", ""])
def test_a_page_has_one_to_five_hundred_items(ask, limit):
    door = Door(routes)
    answered = door.ask("GET", "/v1/things/{kind}", path={"kind": "a"}, query={"limit": [limit]})

    assert list(answered.faults) == ["#/query/limit"]


@given(st.text(min_size=1).filter(str.isprintable))
def test_what_is_sealed_is_what_is_opened(position):
    call = a_call(actor())

    assert open_cursor(call, seal(call, position)) == position


def test_a_cursor_that_is_altered_anywhere_is_refused():
    call = a_call(actor())
    cursor = seal(call, "position")

    for index, letter in enumerate(cursor):
        damaged = cursor[:index] + ("A" if letter != "A" else "B") + cursor[index + 1 :]
        with pytest.raises(Malformed):
            open_cursor(call, damaged)


@given(st.text())
def test_no_text_whatever_is_a_cursor(text):
    with pytest.raises(Malformed):
        open_cursor(a_call(actor()), text)


def test_a_page_has_a_hundred_items_unless_it_is_said(ask):
    assert PageQuery().limit == 100
    assert paging.MAX_LIMIT == 500
