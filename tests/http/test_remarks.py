from chalicelib.gs1.scan import Remark
from chalicelib.http.remarks import MOST, listening, note

PREFIX, LOST = Remark("prefix", "found A"), Remark("separator_lost", "found none")


def test_who_listens_hears_each_remark_once() -> None:
    with listening() as heard:
        note((PREFIX,))
        note((PREFIX, LOST))

    assert heard == [PREFIX, LOST]


def test_nobody_need_listen() -> None:
    note((PREFIX,))
    with listening() as heard:
        pass

    assert heard == []


def test_an_inner_listener_hears_its_own() -> None:
    with listening() as outer:
        with listening() as inner:
            note((LOST,))
        note((PREFIX,))

    assert (outer, inner) == ([PREFIX], [LOST])


def test_remarks_have_a_bound() -> None:
    with listening() as heard:
        note([Remark("prefix", f"found {number}") for number in range(2 * MOST)])
        note((LOST,))

    assert len(heard) == MOST
