"""Answers keep what each side may not know."""

from chalicelib.recall.model.notice import Acknowledgement
from chalicelib.recall.wire.answers import NoticeAnswer
from tests.recall.builders import AT, a_notice, affected


def test_whom_to_call_is_the_shippers_own_knowledge() -> None:
    notice = a_notice().unreachable("no webhook", "qa@meddist.example")

    assert NoticeAnswer.of(notice, "acme").contact == "qa@meddist.example"
    assert NoticeAnswer.of(notice, "meddist").contact is None


def test_who_answered_for_the_party_is_not_told() -> None:
    answer = Acknowledgement(AT, "meddist-anna", 0, "", "op", "f")

    shown = NoticeAnswer.of(a_notice().acknowledged(answer), "acme").model_dump_json()

    assert "meddist-anna" not in shown
    assert '"quantityOnHand":0' in shown
    assert '"comment":null' in shown


def test_serials_are_listed_only_where_the_recall_is_partial() -> None:
    lots = (affected(2, serials=("A", "B")), affected(3))

    shown = NoticeAnswer.of(a_notice(lots=lots), "acme")

    assert [lot.serials for lot in shown.lots] == [("A", "B"), None]
