from datetime import date

import pytest
from hypothesis import given

from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Elements, Key, Lgtin, Sgtin, Sscc
from chalicelib.gs1.scan import LONGEST, parse_scan
from tests.gs1.strategies import attempt, hostile, keys
from tests.shared_data import cases

SCAN = "]d2010950600013435217280200\x1d10A/1\x1d21S1"


@given(keys)
def test_every_spelling_of_a_key_is_one_scan(key: Key) -> None:
    elements = parse_scan(key.element_string()).elements

    assert elements == key.elements()
    for spelling in (key.digital_link(), key.urn(9)):
        assert parse_scan(spelling).elements == elements
    for symbology in ("", "]d2", "]C1", "]Q3", "]e0", "]J1"):
        scan = parse_scan(symbology + parse_scan(key.element_string()).data())
        assert (scan.elements, scan.symbology) == (elements, symbology or None)


@given(hostile)
def test_whatever_is_read_reads_back_or_is_refused(text: str) -> None:
    scan, refusal = attempt(parse_scan, text)

    if refusal:
        assert len(refusal.errors) == 1
        assert refusal.detail.isprintable()
    if scan:
        assert parse_scan(scan.element_string()).elements == scan.elements
        assert parse_scan(scan.data()).elements == scan.elements


@pytest.mark.parametrize("text", ["", "1" * (LONGEST + 1), "]d2" + "\x1d" * LONGEST])
def test_a_scan_has_a_length(text: str) -> None:
    with pytest.raises(Malformed, match="expected 1 to 8000 characters"):
        parse_scan(text)


@pytest.mark.parametrize("unit", ["(", "\\(", "(10)", "/01", "%41", "\x1d", "urn:epc:id:", "&1=1"])
@pytest.mark.parametrize("start", ["", "(10)", "https://a/", "]d2", "urn:epc:id:sgtin:0614141."])
def test_a_long_scan_is_refused_and_not_pondered(start: str, unit: str) -> None:
    text = (start + unit * LONGEST)[:LONGEST]

    with pytest.raises(Malformed):
        parse_scan(text)


def test_the_reference_engine_judges_scans_alike() -> None:
    checked = 0
    for case in cases("gs1-engine-oracle/scan_verdicts.json"):
        if case.get("error") == "Missing symbology identifier":
            continue  # scanners are often set to leave it out; the data must be right all the same
        checked += 1
        if not case["valid"] or case["ai"] is None:  # plain symbols are valid there, not GS1 here
            with pytest.raises(Malformed):
                parse_scan(case["scan"])
            continue
        scan = parse_scan(case["scan"])
        assert scan.element_string() == case["ai"], case
        if case["dl"] is None:
            with pytest.raises(Malformed):
                scan.digital_link()
        else:
            assert scan.digital_link() == case["dl"], case

    assert checked > 1400


def test_the_engine_reads_symbols_alike() -> None:
    for case in cases("gs1-syntax-engine/scandata_parse.json"):
        plain = case["scan_data"][:3] in ("]Q1", "]d1", "]J0") and not case["data"].startswith(
            ("http", "HTTP")
        )
        if case["valid"] and not plain:
            parse_scan(case["scan_data"])
        else:
            with pytest.raises(Malformed):
                parse_scan(case["scan_data"])


def test_a_scan_answers_by_name() -> None:
    scan = parse_scan(SCAN)

    assert scan.sgtin == Sgtin.parse("09506000134352#S1")
    assert (scan.gtin, scan.serial, scan.lot) == (scan.sgtin.gtin, "S1", "A/1")
    assert scan.expiry == "280200"
    assert scan.expiry_date(this_year=2026) == date(2028, 2, 29)
    assert scan.sscc is None
    assert scan.value("37") is None
    assert scan.symbology == "]d2"


def test_a_scan_renders_every_form() -> None:
    scan = parse_scan(SCAN)

    assert scan.digital_link() == "https://id.gs1.org/01/09506000134352/10/A%2F1/21/S1?17=280200"
    assert scan.element_string() == "(01)09506000134352(17)280200(10)A/1(21)S1"
    assert scan.data() == "01095060001343521728020010A/1\x1d21S1"


def test_what_was_not_read_is_none() -> None:
    scan = parse_scan("(00)106141412345678908")

    assert scan.sscc == Sscc.parse("106141412345678908")
    assert (scan.gtin, scan.sgtin, scan.serial, scan.lot, scan.expiry) == (None,) * 5
    assert scan.expiry_date(this_year=2026) is None


def test_the_expiry_may_come_with_a_time() -> None:
    scan = parse_scan("(01)09506000134352(7003)2812312359")

    assert scan.expiry == "281231"


def test_an_attribute_of_a_link_says_something_and_names_nothing() -> None:
    scan = parse_scan(
        "https://id.gs1.org/00/106141412345678908?02=09506000134352&37=5&10=A1&17=281231"
    )
    other = parse_scan("https://id.gs1.org/8004/9520614141234567?01=09520123456788")

    assert (scan.sscc, scan.gtin, scan.lot) == (Sscc("106141412345678908"), None, "A1")
    assert other.gtin is None


@pytest.mark.parametrize(
    ("scan", "gtin"),
    [
        ("]E09506000134352", "09506000134352"),
        ("]E402345673", "00000002345673"),
        ("]Q1https://a.example/01/09506000134352", "09506000134352"),
        ("]d1https://a.example/01/09506000134352", "09506000134352"),
        ("]J0HTTPS://A.EXAMPLE/01/09506000134352", "09506000134352"),
        ("]I109506000134352", "09506000134352"),
        ("9506000134352", "09506000134352"),
        ("09506000134352", "09506000134352"),
        ("02345673", "00000002345673"),
        ("614141123452", "00614141123452"),
        ("]Q1urn:epc:id:sgtin:0614141.812345.6789", "80614141123458"),
    ],
)
def test_a_retail_symbol_or_a_link_in_a_plain_one_names_a_gtin(scan: str, gtin: str) -> None:
    assert str(parse_scan(scan).gtin) == gtin


@pytest.mark.parametrize(
    ("scan", "code"),
    [
        ("]d10109506000134352", "symbology"),
        ("]Q10109506000134352", "symbology"),
        ("]C00109506000134352", "symbology"),
        ("]XX0109506000134352", "symbology"),
        ("]", "symbology"),
        ("]d2", "unknown_ai"),
        ("]d2https://a.example/01/09506000134352", "unknown_ai"),
        ("]d2(01)09506000134352", "unknown_ai"),
        ("]E0950600013435", "length"),
        ("]E09506000134353", "check_digit"),
        ("(10)A1", "requisite"),
        ("hello", "unknown_ai"),
        ("09506000134353", "check_digit"),
        ("9506000134353", "check_digit"),
        ("106141412345678900", "check_digit"),
        ("09506000134352#a b", "character"),
        ("]E09506000134352|]e0", "unknown_ai"),
        ("]I19506000134352", "length"),
        ("urn:epc:id:gid:95100000.12345.400", "syntax"),
        ("urn:epc:id:sgcn:4012345.67890.A", "syntax"),
    ],
)
def test_a_refusal_names_the_fault(scan: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_scan(scan)

    assert refusal.value.errors[0].code == code


def test_a_lot_in_any_form_is_one_lot() -> None:
    lot = Lgtin.parse("09506000134352#a+b")

    for spelling in (lot.digital_link(), lot.element_string(), lot.urn(7)):
        assert parse_scan(spelling).lot == "a+b"


def test_a_plain_key_names_its_thing() -> None:
    assert parse_scan("106141412345678908").sscc == Sscc("106141412345678908")
    assert parse_scan("09506000134352#A/1").sgtin == Sgtin.parse("09506000134352#A/1")


def test_a_retail_symbol_may_have_a_composite_component() -> None:
    scan = parse_scan("]E02112345678900|]e099COMPOSITE\x1d98XYZ")

    assert scan.elements == (("01", "02112345678900"), ("99", "COMPOSITE"), ("98", "XYZ"))


@pytest.mark.parametrize(
    ("urn", "elements"),
    [
        ("urn:epc:id:grai:0614141.12345.AB%2F1", (("8003", "00614141123452AB/1"),)),
        ("urn:epc:id:cpi:0614141.12-456.1", (("8010", "061414112-456"), ("8011", "1"))),
        (
            "urn:epc:id:itip:4012345.011111.01.02.987",
            (("8006", "040123451111180102"), ("21", "987")),
        ),
    ],
)
def test_a_urn_of_any_scheme_is_read(urn: str, elements: Elements) -> None:
    assert parse_scan(urn).elements == elements


def test_the_same_element_twice_is_remarked_upon() -> None:
    scan = parse_scan("(01)09506000134352(10)A(10)A")

    (remark,) = scan.remarks
    assert remark.code == "repeat"
    assert remark.message == "found AI (10) 2 times with the same value, expected it once"
