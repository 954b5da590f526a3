from infra.local.story import Goods, freshness, link


def test_goods_of_two_stories_share_nothing():
    one, other = Goods("0000001"), Goods("0000002")

    assert one.lot != other.lot
    assert not {one.sscc(n) for n in range(100)} & {other.sscc(n) for n in range(100)}


def test_logistic_units_are_valid_ssccs():
    from chalicelib.gs1.keys import Sscc

    assert all(str(Sscc(Goods("1234567").sscc(n))) for n in range(100))


def test_what_is_fresh_is_seven_digits():
    fresh = {freshness() for _ in range(50)}

    assert len(fresh) > 1
    assert all(len(each) == 7 and each.isdigit() for each in fresh)


def test_units_are_named_by_digital_links():
    assert link("ABC") == "https://id.gs1.org/01/09521000123458/21/ABC"
