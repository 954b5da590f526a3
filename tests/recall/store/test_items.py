"""Notices are stored whole and small."""

import pytest

from chalicelib.epcis.model import Document
from chalicelib.recall.model.notice import Acknowledgement, Notice
from chalicelib.recall.store.items import NoticeItem, StandingItem, to_item, to_notice
from chalicelib.table.items import Key
from tests.recall.builders import ACME, AT, CITYPHARM, SECOND_LOT, a_notice, affected

DOCUMENTS = (Document("desadv", "D1"), Document("inv", "ä"))
NOTICES = [
    a_notice(),
    a_notice(CITYPHARM, organisation="", lots=(affected(documents=DOCUMENTS),)),
    a_notice(lots=(affected(), affected(2, 1, SECOND_LOT, serials=("A", "B")))),
    a_notice().delivered(AT),
    a_notice().failed("gave up"),
    a_notice().unreachable("no webhook", "qa@meddist.example"),
    a_notice().acknowledged(Acknowledgement(AT, "meddist-quality", None, "none left", "o", "f")),
]


def key_of(notice: Notice) -> Key:
    return Key(NoticeItem, f"notices#{notice.recall}#3", f"{notice.shipper}#{notice.id}")


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_comes_back_as_it_was(notice: Notice) -> None:
    raw = to_item(notice, key_of(notice)).raw()

    assert to_notice(NoticeItem.from_raw_data(raw)) == notice


def test_how_far_a_notice_is_can_be_read_alone() -> None:
    raw = to_item(a_notice().delivered(AT), key_of(a_notice())).raw()

    standing = StandingItem.from_raw_data(raw)

    assert (standing.status, int(standing.tier), int(standing.quantity)) == ("delivered", 1, 10)
    assert standing.sk.startswith(f"{ACME}#")


def test_a_usual_notice_is_one_write_unit() -> None:
    raw = to_item(a_notice(lots=(affected(documents=DOCUMENTS),)), key_of(a_notice())).raw()

    size = sum(len(name) + len(str(value)) for name, value in raw.items())

    assert size < 1024
