from chalicelib.gs1 import ai_table
from chalicelib.gs1.ai_table import ROWS
from scripts.generate_ai_table import TARGET, module
from tests.shared_data import path


def test_the_table_is_what_the_dictionary_makes_of_it() -> None:
    dictionary = path("gs1-syntax-dictionary/gs1-syntax-dictionary.txt").read_text("utf-8")

    assert module(dictionary) == TARGET.read_text("utf-8")


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 200
    assert (ROWS[0][0], ROWS[-1][:2]) == ("00", ("91", "99"))
    # The dictionary gives coupons no title.
    assert {row[0] for row in ROWS if not row[8]} == {"8110", "8112"}


def test_the_table_names_its_source() -> None:
    assert "SHA-256" in (ai_table.__doc__ or "")
