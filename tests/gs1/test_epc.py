import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.epc import parse_epc, parse_goods
from chalicelib.gs1.keys import Epc, Gln, Gtin, Key, Lgtin, Sgln, Sgtin, Sscc
from tests.gs1.strategies import attempt, hostile, keys, sgtins, sscc

GTIN = "09506000134352"


@given(keys, st.integers(6, 12))
def test_a_key_is_the_same_in_every_spelling(key: Key, company_prefix_length: int) -> None:
    for spelling in (
        key.digital_link(),
        key.digital_link("http://shop.example/any/stem") + "?utm=x#y",
        key.element_string(),
        key.urn(company_prefix_length),
    ):
        assert parse_epc(spelling) == key


@given(sgtins | sscc)
def test_goods_are_items_and_logistic_units(epc: Epc) -> None:
    assert parse_goods(epc.digital_link()) == epc


@given(hostile)
def test_whatever_is_read_is_a_key_or_refused(text: str) -> None:
    for parse in (parse_epc, parse_goods):
        key, refusal = attempt(parse, text)
        assert key is None or parse(key.element_string()) == key
        assert refusal is None or len(refusal.errors) == 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"]d201{GTIN}17281231\x1d10A1\x1d21S1", Sgtin.parse(f"{GTIN}#S1")),
        (f"(01){GTIN}(17)281231(10)A1", Lgtin.parse(f"{GTIN}#A1")),
        (f"https://id.gs1.org/01/{GTIN}/10/A1/21/S1?17=281231", Sgtin.parse(f"{GTIN}#S1")),
        ("]E09506000134352", Gtin(GTIN)),
        ("(414)0614141123452(254)400", Sgln.parse("0614141123452#400")),
        ("urn:epc:id:pgln:0614141.12345", Gln("0614141123452")),
        ("]C100106141412345678908", Sscc("106141412345678908")),
    ],
)
def test_what_else_was_said_is_left_aside(text: str, key: Key) -> None:
    assert parse_epc(text) == key


@pytest.mark.parametrize(
    "text",
    [
        f"(01){GTIN}(00)106141412345678908",
        "(8004)9520614141234567",
        "(91)internal",
        "https://id.gs1.org/8004/9520614141234567?01=09520123456788",
    ],
)
def test_what_names_none_or_two_of_our_keys_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is not one key: expected exactly one of") as refusal:
        parse_epc(text)

    assert refusal.value.errors[0].code == "kind"


@pytest.mark.parametrize(
    "text", [f"(01){GTIN}", f"(01){GTIN}(10)A1", "(414)0614141123452", "(417)0614141123452"]
)
def test_a_class_or_a_place_is_not_goods(text: str) -> None:
    with pytest.raises(Malformed, match="expected a GTIN with serial, or an SSCC") as refusal:
        parse_goods(text)

    assert refusal.value.errors[0].code == "kind"


def test_the_package_needs_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules); import chalicelib.gs1.epc;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )

    assert set(found.stdout.split()) - {"chalicelib"} <= set(sys.stdlib_module_names)
