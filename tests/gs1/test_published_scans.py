"""Every row of the published sets of scans, read by the door through which scans come.

What is read otherwise here stands in a list with its reason.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from chalicelib.errors import Malformed
from chalicelib.gs1 import dates
from chalicelib.gs1.checkdigit import check_digit
from chalicelib.gs1.digitallink import parse_link
from chalicelib.gs1.elements import parse_bracketed, parse_raw
from chalicelib.gs1.identifiers import find, known, starting
from chalicelib.gs1.keys import Gln, Gtin, Sscc
from chalicelib.gs1.prefixes import company_prefix_length
from chalicelib.gs1.scan import Scan
from chalicelib.gs1.scanners import read_scan
from tests.gs1.strategies import attempt
from tests.shared_data import cases, load


def _read(text: str) -> Scan | None:
    scan, _ = attempt(read_scan, text)
    return scan


# --- the reference engine


def test_the_engine_and_this_door_judge_every_random_scan_alike() -> None:
    mended = []
    for case in cases("gs1-engine-oracle/scan_verdicts.json"):
        scan = _read(case["scan"])
        if case.get("error") == "Missing symbology identifier":
            continue  # scanners are often set to leave it out
        if case["valid"] and case["ai"] is not None:
            assert scan is not None, case
            assert scan.element_string() == case["ai"], case
            # What may be a whole pack without separator is taken literally, and remarked upon.
            codes = {each.code for each in scan.remarks}
            assert codes <= {"repeat", "separator_doubtful"}, case
        elif scan is not None:
            mended.append((case["scan"], [each.code for each in scan.remarks]))

    # Plain symbols are valid there and say nothing in GS1 terms; here they are refused. A scan that
    # is too long for one value and reads in one way without separator is taken, with a remark.
    assert mended == [(']e0019811101157716221Y/z"+c10CJ69-pt2p0dC4', ["separator_lost"])]


NOT_READ_HERE = {
    "]Q1TESTING": "plain data",
    "]Q1\\^TESTING": "plain data",
    "]Q1HtTps://example.com/01/12312312312333?99=TEST": "plain data: the scheme is in mixed case",
    "]d1": "no data",
    "]d1\\^TESTING": "plain data",
    "]J0": "no data",
    "]J0^TESTING": "plain data",
}
"""Scans that the engine takes for what they are, plain data; here they name nothing."""


def test_the_engine_reads_every_symbol_alike() -> None:
    for case in cases("gs1-syntax-engine/scandata_parse.json"):
        text = case["scan_data"]
        scan = _read(text)
        if case["valid"] and text not in NOT_READ_HERE:
            assert scan is not None, case
            assert scan.remarks == (), case
        else:
            assert scan is None, case


def test_what_the_engine_sends_is_read() -> None:
    for case in cases("gs1-syntax-engine/scandata_generate.json"):
        text = case["scan_data"]
        if text is None or text[:3] in ("]Q1", "]d1", "]J0"):
            continue  # what the engine refuses to write, and plain data
        assert _read(text) is not None, case


# --- packs of the European Medicines Verification System


def test_every_medicine_pack_is_read_alike() -> None:
    for case in cases("eu-fmd-emvs-barcodes/emvs_pack_barcodes.json"):
        scan = _read(case["barcode"])
        if case["expect_errors"]:
            assert scan is None, case
        elif "pack" in case:
            pack = case["pack"]
            assert scan is not None, case
            assert scan.sgtin is not None
            assert (scan.sgtin.gtin.digits, scan.serial) == (
                pack["ProductCode"],
                pack["SerialNumber"],
            )
            assert (scan.lot, scan.expiry) == (pack["BatchIdentifier"], pack["Expiry"])
        else:
            # Half of them are parts of a pack, read without the companions that AIs must have.
            assert dict(parse_raw(case["barcode"])) == case["elements"], case


# --- biip


def _biip(*files: str) -> Iterator[tuple[str, dict[str, Any]]]:
    found = cases("biip/biip_parametrized.json")
    chosen = [case for case in found if any(case["file"].endswith(each) for each in files)]
    assert chosen
    for case in chosen:
        yield case["test"], case["params"]


def test_biip_reads_the_same_gtins() -> None:
    for test, params in _biip("gtin/test_encode.py", "gtin/test_parse.py"):
        value = params["value"]
        if test == "test_parse_nonnumeric_value":
            assert attempt(Gtin.parse, value)[0] is None
            continue
        gtin = Gtin.parse(value.rjust(14, "0"))
        if "expected" in params:
            assert gtin.digits == params["expected"].rjust(14, "0")


def test_biip_computes_the_same_check_digits() -> None:
    for test, params in _biip("tests/test_checksums.py"):
        if test == "test_gs1_standard_check_digit":
            assert check_digit(params["value"]) == str(params["expected"])
        # Price and weight digits are inside numbers that a shop gives out for itself.


def test_biip_knows_the_same_application_identifiers() -> None:
    for identifier in load("biip/_application_identifiers.json"):
        ours = find(identifier["ai"])
        assert ours is not None, identifier
        assert ours.predefined != identifier["separator_required"], identifier


def test_biip_reads_the_same_elements() -> None:
    for test, params in _biip("test_gs1_element_strings.py", "test_gs1_application_identifiers.py"):
        value = params.get("value")
        if test == "test_extract_gs1_ai":
            found = starting(value, 0)
            assert found is not None
            assert found.ai == params["expected"]["ai"]
        elif test == "test_extract_unknown_gs1_ai":
            assert starting(params["unknown_ai"], 0) is None
        elif test == "test_extract" and value != "800307071324001022085952":
            (element,) = parse_raw(value)
            assert element == (params["expected"]["ai"]["ai"], params["expected"]["value"])
        elif test == "test_extract_with_nested_error":
            assert attempt(parse_raw, value)[0] is None
        elif test == "test_extract_handles_zero_day_as_last_day_of_month":
            found_day = dates.parse(value[2:], this_year=2026)
            assert found_day == date.fromisoformat(params["expected"])
        elif test == "test_extract_handles_min_and_max_year_correctly":
            found_day = dates.parse(value[2:], this_year=2026)
            assert found_day.isoformat() == params["expected"]["date"]
        elif test == "test_extract_date_and_datetime" and not value.endswith("9999"):
            (element,) = parse_raw(value)
            digits = known(element[0]).day(element[1])
            assert digits is not None
            found_day = dates.parse(digits, this_year=2026)
            assert found_day.isoformat() == params["expected_date"]
        elif test == "test_extract_fails_with_invalid_date":
            assert attempt(parse_raw, params["ai_code"] + params["bad_value"])[0] is None


def test_biip_reads_the_same_messages() -> None:
    for test, params in _biip("test_gs1_messages.py"):
        if test in (
            "test_parse_with_separator_char",
            "test_parse_ignores_redundant_separator_chars",
        ):
            elements = parse_raw(params["value"])
            assert "".join(f"({ai}){value}" for ai, value in elements) == params["expected_hri"]
        elif test == "test_as_hri":
            scan = read_scan(params["value"])
            assert scan.element_string() == params["expected"]
        elif test == "test_as_gs1_digital_link_uri":
            assert read_scan(params["value"]).digital_link() == params["expected"]
        elif test.endswith(("_not_starting_with_parenthesis", "_if_ai_is_unknown")):
            assert attempt(parse_bracketed, params["value"])[0] is None
        elif test == "test_parse_fails_if_unparsed_data_left":
            assert attempt(parse_raw, params["value"])[0] is None


def test_biip_writes_the_same_links() -> None:
    for test, params in _biip("test_gs1_digital_link_uris.py"):
        if test == "test_as_canonical_uri":
            # biip reads GTINs of 12 digits in a link, which the standard allows no more.
            text = params["value"].replace("/01/614141123452", "/01/00614141123452")
            expected = params["expected"]
            assert dict(sum(parse_link(text), ())) == dict(sum(parse_link(expected), ()))
            if "37=" not in expected:  # biip sorts parameters; the engine leaves them in order
                assert read_scan(text).digital_link() == expected
        elif test == "test_parse_error":
            assert attempt(parse_link, params["value"])[0] is None


def test_biip_reads_the_same_texts_by_their_look() -> None:
    for _, params in _biip("tests/test_parse.py"):
        expected, value = params["expected"], params["value"]
        scan = _read(value)
        if len(value) < 8:
            continue  # UPC-E with its zeros left out: scanners send all 13 digits
        if len(value) <= 14 and expected.get("gtin"):
            assert scan is not None
            assert scan.gtin == Gtin.parse(expected["gtin"]["value"]), value
        elif message := expected.get("gs1_message"):
            ais = [element["ai"]["ai"] for element in message["element_strings"]]
            alone = ais == ["15"]  # a date without what it is the date of
            wrong = {"gtin_error", "sscc_error"}  # a check digit
            if alone or any(wrong & element.keys() for element in message["element_strings"]):
                assert scan is None, value
            else:
                assert scan is not None, value
                assert [ai for ai, _ in scan.elements] == ais


def test_biip_knows_the_same_company_prefixes() -> None:
    for test, params in _biip("tests/test_gs1_prefixes.py"):
        if test != "test_gs1_company_prefix":
            continue
        digits = params["value"].rjust(12, "0")
        expected = params["expected"]
        if digits.startswith("00000"):
            assert company_prefix_length(digits) == 8  # a GTIN-8 stands for itself
        else:
            found = company_prefix_length(digits)
            assert found == (len(expected["value"]) if expected else None), params


def test_biip_reads_the_same_ssccs_and_glns() -> None:
    for test, params in _biip("tests/test_sscc.py", "tests/test_gln.py"):
        if test == "test_as_hri":
            assert Sscc(params["value"])
        elif test == "test_parse_nonnumeric_value":
            assert attempt(Gln.parse, params["value"])[0] is None


NOT_FROM_BIIP = {
    "rcn/": "numbers that a shop prints for itself, with weight or price in them",
    "upc/": "UPC-E with its zeros left out; scanners send all 13 digits",
    "test_checksums.py::test_gs1_price_weight": "check digits within numbers of a shop",
    "test_checksums.py::test_gs1_standard_check_digit_with": "asked of digits only, by contract",
    "test_symbology.py": "biip takes any identifier apart; here those that are read are listed",
    "test_gs1_prefixes.py::test_gs1_prefix": "names of the organisations that give out prefixes",
    "test_gs1_prefixes.py::test_gs1_8_prefix": "the same for GTIN-8",
    "test_gs1_prefixes.py::test_invalid": "asked of digits only, by contract",
    "::test_parse_with_invalid_element_values": "biip told to let wrong dates pass",
    "::test_filter_element": "ways to look into biip's own results",
    "::test_get_element": "the same",
    "::test_list_": "the same",
    "::test_as_gs1_message": "the same, of a GTIN of 12 digits in a link",
    "::test_as_uri": "the same, of a GTIN of 12 digits in a link",
    "::test_extract_variable": "amounts as decimal numbers: here values are told as they are",
    "::test_extract_amount": "the same",
    "::test_extract_percentage": "the same",
}
"""Rows that are not ours to read, by how their names go, and why."""

READ_FROM_BIIP = {
    "test_encode.py", "test_parse.py", "test_checksums.py", "test_gs1_element_strings.py",
    "test_gs1_application_identifiers.py", "test_gs1_messages.py", "test_gs1_digital_link_uris.py",
    "test_gs1_prefixes.py", "test_sscc.py", "test_gln.py",
}  # fmt: skip
"""Files whose other rows are read above."""


def test_every_row_of_biip_is_read_or_said_not_to_be() -> None:
    names = {f"{case['file']}::{case['test']}" for case in cases("biip/biip_parametrized.json")}
    left_out = {name for name in names if any(part in name for part in NOT_FROM_BIIP)}

    assert {name.split("::")[0].rpartition("/")[2] for name in names - left_out} <= READ_FROM_BIIP
    assert all(any(part in name for name in names) for part in NOT_FROM_BIIP)
    for test, params in _biip("test_gs1_element_strings.py"):
        if test.startswith(("test_extract_variable", "test_extract_amount", "test_extract_perc")):
            assert parse_raw(params["value"])


# --- Solidsoft


def test_solidsoft_judges_the_same_values() -> None:
    counted = 0
    for name in ("ai_Iban.json", "ai_PatternBounds.json"):
        for case in cases(f"solidsoft-gs1/{name}"):
            row, fine = case["row"], "And there should be no errors" in case["steps"]
            value = row["invexporseq"] + row["countvalue"]
            found, refusal = attempt(parse_raw, row["ai"] + value)
            counted += 1
            if (row["ai"], value) in REFUSED_BY_THE_DICTIONARY:
                assert found is None, case
            else:
                assert (found is not None) == fine, (case, refusal)

    assert counted == 409


_PERCENT = "1234567890!\"%&'()*"
REFUSED_BY_THE_DICTIONARY = {
    ("8011", "0"),  # nozeroprefix
    ("4324", "9912319999"),  # hhmi
    ("8001", "0" * 14),  # nonzero
    ("7007", "9912312359"),  # N6 [N6]
    ("4300", "jklmnopqrstuvwxyz" + _PERCENT),  # pcenc
    ("4302", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + _PERCENT),  # pcenc
    ("8010", "0"),  # gcppos1
    ("8010", "9"),  # gcppos1
    ("8010", "#-/0123456789ABCDEFGHIJKLMNOPQ"),  # gcppos1
    ("8010", "RSTUVWXYZ"),  # gcppos1
    ("8030", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="),  # cset64
}
"""Solidsoft looks at lengths and characters alone; these fail the test of the dictionary named."""


def test_solidsoft_tells_the_same_of_every_application_identifier() -> None:
    for case in cases("solidsoft-gs1/dl_the_accuracy_and_completeness_of_the_AI_table.json"):
        identifier = find(case["ai"])
        assert identifier is not None, case
        assert identifier.predefined == (case["predefinedLength"] == "TRUE"), case


def test_solidsoft_tells_the_same_lengths() -> None:
    for case in cases("solidsoft-gs1/dl_accuracy_and_completeness_of_the_Format_table.json"):
        identifier = known(case["ai"])
        lengths = [int(case[f"length{n}"]) for n in (1, 2, 3) if case[f"length{n}"]]
        assert identifier.longest == sum(lengths), case


def test_solidsoft_tells_the_same_predefined_lengths() -> None:
    ais = [f"{number:0{size}}" for size in (2, 3, 4) for number in range(10**size)]
    assigned = [identifier for ai in ais if (identifier := find(ai))]
    for case in cases("solidsoft-gs1/dl_defined_length_fields_are_correctly_specified.json"):
        for identifier in assigned:
            if identifier.ai.startswith(case["aiFirstTwoDigits"]):
                whole = len(identifier.ai) + identifier.longest
                assert identifier.predefined
                assert whole == int(case["numberOfCharacters"]), case


def test_solidsoft_tells_the_same_lengths_of_application_identifiers() -> None:
    ais = [f"{number:0{size}}" for size in (2, 3, 4) for number in range(10**size)]
    for case in cases("solidsoft-gs1/dl__prefix_length_fields_are_correctly_specified.json"):
        sizes = {len(ai) for ai in ais if ai.startswith(case["aiFirstTwoDigits"]) and find(ai)}
        if case["aiFirstTwoDigits"] != "23":  # only (235) is assigned
            assert sizes == {int(case["lengthOfAi"])}, case


@pytest.mark.parametrize("name", ["dl_e_optimisation_values_are_correctly_specified.json"])
def test_solidsoft_optimises_only_what_is_assigned(name: str) -> None:
    for case in cases(f"solidsoft-gs1/{name}"):
        for ai in filter(None, (case[f"ai{n}"] for n in (1, 2, 3, 4))):
            assert find(ai), case


def test_nothing_but_a_refusal_comes_of_any_row() -> None:
    """Whatever a set holds as text goes in, whole and cut."""
    texts = [case["scan"] for case in cases("gs1-engine-oracle/scan_verdicts.json")[:300]]
    for text in texts:
        for cut in (text[1:], text[:-1], text[3:], text + "|"):
            found, refusal = attempt(read_scan, cut)
            assert found or isinstance(refusal, Malformed)
