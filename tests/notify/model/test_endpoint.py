"""What an endpoint wants to hear, what signs it, and what is forgotten."""

from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.notify.model.endpoint import OVERLAP, REMEMBERED, Endpoint, Seed, added, changed

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def an_endpoint(**changes: object) -> Endpoint:
    endpoint = Endpoint(
        id="e1",
        organisation="meddist",
        url="https://meddist.example/hook",
        types=("recall.notice",),
        seeds=(Seed("s1"),),
        created=AT,
        fingerprint="f",
    )
    return replace(endpoint, **changes)


def test_an_endpoint_wants_what_it_subscribed_to_while_it_works() -> None:
    assert an_endpoint().wants("recall.notice")
    assert not an_endpoint().wants("unit.shipped")
    assert not an_endpoint().without("it answered 410 Gone").wants("recall.notice")
    assert not an_endpoint().taken_away().wants("recall.notice")


def test_a_new_secret_signs_beside_the_old_one_for_a_day() -> None:
    rotated = an_endpoint().rotated("s2", AT)

    assert rotated.signing(AT) == ("s2", "s1")
    assert rotated.signing(AT + OVERLAP) == ("s2",)
    assert rotated.rotated("s2", AT) is rotated
    assert rotated.rotated("s3", AT + OVERLAP).seeds == (
        Seed("s3"),
        Seed("s2", AT + 2 * OVERLAP),
    )


def test_deleted_endpoints_are_forgotten_in_the_end() -> None:
    endpoints: list[Endpoint] = []
    for number in range(REMEMBERED + 10):
        endpoints = [*added(endpoints, an_endpoint(id=f"e{number}"))]
        endpoints = [*changed(endpoints, endpoints[-1].taken_away())]

    endpoints = [*added(endpoints, an_endpoint(id="last"))]

    assert len(endpoints) == REMEMBERED + 1
    assert endpoints[0].id == "e10"
    assert endpoints[-1].id == "last"
