from chalicelib.gs1.code_lists import COUNTRIES, COUNTRIES_BY_LETTERS, CURRENCIES, PACKAGE_TYPES

# The vectors of the syntax dictionary are in `test_contents`.


def test_every_country_has_a_number_and_letters() -> None:
    assert len(COUNTRIES) == len(COUNTRIES_BY_LETTERS) == 249


def test_codes_have_their_shapes() -> None:
    assert all(len(code) == 3 and code.isdecimal() for code in COUNTRIES | CURRENCIES)
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES_BY_LETTERS)
    assert all(1 <= len(code) <= 3 and code.isalnum() for code in PACKAGE_TYPES)
