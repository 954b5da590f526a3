import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln, Gtin, Key, Lgtin, Sgln, Sgtin, Sscc
from tests.gs1.strategies import attempt, glns, gtins, hostile, keys, sgtins, texts

GTIN = Gtin.parse("09506000134352")
CLASSES = (Gtin, Sgtin, Lgtin, Sscc, Gln, Sgln)


@given(keys)
def test_a_key_reads_back_from_its_plain_form(key: Key) -> None:
    again = type(key).parse(str(key))  # type: ignore[attr-defined]

    assert again == key
    assert hash(again) == hash(key)
    assert pickle.loads(pickle.dumps(key)) == copy.deepcopy(key) == key


@given(st.sampled_from(CLASSES), hostile)
def test_whatever_is_read_is_valid_or_refused(of: type[Gtin], text: str) -> None:
    key, refusal = attempt(of.parse, text)

    if refusal:
        assert refusal.errors[0].code in {"length", "character", "check_digit"}
    else:
        assert of.parse(str(key)) == key


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("02345673", "00000002345673"),
        ("416000336108", "00416000336108"),
        ("9506000134352", "09506000134352"),
        ("95012345678903", "95012345678903"),
    ],
)
def test_a_gtin_of_any_length_has_fourteen_digits(text: str, digits: str) -> None:
    assert Gtin.parse(text).digits == digits


@pytest.mark.parametrize(
    ("of", "text", "code", "message"),
    [
        (Gtin, "9506000134353", "check_digit", "expected check digit 2, found 3"),
        (Gtin, "950600013435", "check_digit", "expected check digit 9, found 5"),
        (Gtin, "95060001343", "length", "expected 8, 12, 13 or 14 digits, found 11 characters"),
        (Gtin, "+9506000134352", "character", "expected 14 digits"),
        (Gtin, "950600013435２", "character", "expected 14 digits"),
        (Gtin, " 9506000134352", "character", "expected 14 digits"),
        (Sscc, "106141412345678900", "check_digit", "expected check digit 8, found 0"),
        (Sscc, "10614141234567890", "length", "expected 18 digits, found 17 characters"),
        (Gln, "0614141123453", "check_digit", "expected check digit 2, found 3"),
        (Gln, "0614141123452\n", "length", "expected 13 digits, found 14 characters"),
        (Sgtin, "9506000134352", "length", "expected 1 to 20 characters"),
        (Sgtin, "9506000134352#a b", "character", "of GS1 character set 82"),
        (Lgtin, "9506000134352#" + "1" * 21, "length", "set 82, found 21"),
        (Sgln, "0614141123452#", "length", "expected 1 to 20 characters"),
    ],
)
def test_a_refusal_names_the_fault(of: type[Gtin], text: str, code: str, message: str) -> None:
    with pytest.raises(Malformed) as refusal:
        of.parse(text)

    assert refusal.value.errors[0].code == code
    assert message in refusal.value.detail


@given(gtins, texts, texts)
def test_items_of_one_gtin_are_equal_and_ordered_by_serial(gtin: Gtin, a: str, b: str) -> None:
    one, other = Sgtin.of(gtin, a), Sgtin.of(gtin, b)

    assert (one == other) == (a == b)
    assert (one < other) == (a < b)
    assert sorted({one, other}) == [Sgtin.of(gtin, serial) for serial in sorted({a, b})]


def test_a_serial_and_a_lot_keep_their_case() -> None:
    assert Sgtin.of(GTIN, "abc") != Sgtin.of(GTIN, "ABC")
    assert Lgtin.of(GTIN, "abc").lot == "abc"


@given(glns, texts)
def test_a_place_without_extension_comes_before_its_parts(gln: Gln, extension: str) -> None:
    whole, part = Sgln(gln), Sgln.of(gln, extension)

    assert sorted([part, whole]) == [whole, part]
    assert whole <= part


@pytest.mark.parametrize("text", ["0614141123452", "0614141123452#0"])
def test_the_extension_zero_means_none(text: str) -> None:
    place = Sgln.parse(text)

    assert place == Sgln(Gln("0614141123452"))
    assert place.digital_link() == "https://id.gs1.org/414/0614141123452"
    assert place.urn(7) == "urn:epc:id:sgln:0614141.12345.0"


def test_a_key_cannot_be_changed_or_made_wrong() -> None:
    with pytest.raises(AttributeError):
        GTIN.digits = "09506000134353"  # type: ignore[misc]
    with pytest.raises(Malformed):
        Gtin("9506000134352")


def test_each_key_renders_every_form() -> None:
    item = Sgtin.parse('80614141123458#6789/&%"!?()')

    assert item.digital_link() == (
        "https://id.gs1.org/01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29"
    )
    assert item.digital_link("https://shop.example/p") == (
        "https://shop.example/p/01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29"
    )
    assert item.element_string() == '(01)80614141123458(21)6789/&%"!?\\()'
    assert item.urn(7) == "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()"


@given(sgtins, st.integers(-20, 40).filter(lambda length: not 6 <= length <= 12))
def test_a_company_prefix_has_six_to_twelve_digits(item: Sgtin, length: int) -> None:
    with pytest.raises(Malformed) as refusal:
        item.urn(length)

    assert refusal.value.errors[0].code == "company_prefix"


def test_a_key_itself_leaves_its_spelling_to_its_kind() -> None:
    with pytest.raises(NotImplementedError):
        Key().elements()
    with pytest.raises(NotImplementedError):
        Key().urn(7)
