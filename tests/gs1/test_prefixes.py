import subprocess
import sys

import pytest

from chalicelib.gs1.prefixes import company_prefix_length
from tests.shared_data import path


@pytest.mark.parametrize(
    ("digits", "length"),
    [("061414112345", 7), ("704461087346", 6), ("401234500001", 7), ("9521141", 7)],
)
def test_the_table_of_allocations_tells_the_length(digits: str, length: int) -> None:
    assert company_prefix_length(digits) == length


def test_the_published_table_tells_the_same() -> None:
    lines = path("gs1-prefix-tables/gcp_length.csv").read_text("utf-8").splitlines()[1::37]
    assert len(lines) > 4000
    for line in lines:
        prefix, length = line.split(",")
        digits = prefix.ljust(12, "0")
        if not digits.startswith("00000"):  # a GTIN-8 stands for itself
            expected = max(int(length), 6) if int(length) else None
            assert company_prefix_length(digits) == expected, line


def test_what_stands_behind_the_twelfth_digit_does_not_matter() -> None:
    assert company_prefix_length("0614141123452999") == company_prefix_length("061414112345")


def test_a_gtin_8_has_the_length_that_urns_give_it() -> None:
    assert company_prefix_length("000009501093") == 8


@pytest.mark.parametrize("digits", ["999999999999", "012345678901", "0"])
def test_what_nobody_was_given_has_no_length(digits: str) -> None:
    assert company_prefix_length(digits) is None


def test_the_table_is_not_loaded_before_it_is_asked() -> None:
    code = (
        "import sys, chalicelib.gs1.schemes, chalicelib.epcis.identifiers\n"
        "assert not any(name.startswith('biip') for name in sys.modules)\n"
        "chalicelib.epcis.identifiers.to_urn('https://id.gs1.org/00/106141412345678908')\n"
        "assert 'biip' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
