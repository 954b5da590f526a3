"""What anybody who scans a pack is told."""

import pytest

from chalicelib.goods.verification import Claim, Verdict
from chalicelib.gs1.keys import Gtin, Sgtin
from chalicelib.resolver import page
from chalicelib.resolver.model import Link, Links
from chalicelib.resolver.usecases import Seen

UNIT = Sgtin.of(Gtin("09521000000018"), "S")


def seen(*reasons: str) -> Seen:
    return Seen("Examplin", "acme", verdict=Verdict(Claim(UNIT), reasons))


@pytest.mark.parametrize(
    ("reasons", "word"),
    [
        ((), page.GENUINE),
        (("dispensed",), page.GENUINE),
        (("recalled",), page.RECALLED),
        (("recalled", "expired"), page.RECALLED),
        (("expired", "dispensed"), page.EXPIRED),
        (("unknown",), page.UNCONFIRMED),
        (("lot_mismatch",), page.UNCONFIRMED),
        (("destroyed",), page.UNCONFIRMED),
        (("quarantined",), page.UNCONFIRMED),
        (("lot_mismatch", "recalled"), page.UNCONFIRMED),
    ],
)
def test_a_pack_is_genuine_recalled_expired_or_cannot_be_confirmed(
    reasons: tuple[str, ...], word: page.Word
) -> None:
    assert page.word(seen(*reasons)) == word


def test_of_a_product_alone_nothing_is_judged_and_of_a_lot_its_recall() -> None:
    assert page.word(Seen("Examplin", "acme")) is None
    assert page.word(Seen("Examplin", "acme", lot_recalled=True)) == page.RECALLED


def test_every_text_of_others_is_escaped() -> None:
    evil = '<script>"&'
    link = Link("https://ref.gs1.org/voc/pip", "https://a.example/?a=1&b='", evil)

    for text in (
        page.verdict("https://id.gs1.org/01/1", Seen(evil, "acme")),
        page.several(evil, [link]),
        page.everything([Links("01/1", "acme", evil, (link,))]),
    ):
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


def test_the_page_may_load_nothing_and_its_style_is_the_one_it_names() -> None:
    from base64 import b64encode
    from hashlib import sha256

    text = page.verdict("https://id.gs1.org/01/1", Seen("Examplin", "acme"))
    style = text.partition("<style>")[2].partition("</style>")[0]

    assert b64encode(sha256(style.encode()).digest()).decode() in page.POLICY
    assert "default-src 'none'" in page.POLICY
    assert "http" not in text.replace("https://id.gs1.org/01/1", "")
