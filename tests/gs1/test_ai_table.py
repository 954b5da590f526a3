from chalicelib.gs1.ai_table import ROWS
from scripts.generate_ai_table import rows
from tests.shared_data import path


def test_the_table_is_what_the_dictionary_says() -> None:
    dictionary = path("gs1-syntax-dictionary/gs1-syntax-dictionary.txt").read_text("utf-8")

    assert tuple(rows(dictionary)) == ROWS


def test_the_table_is_whole() -> None:
    assert len(ROWS) > 200
    assert (ROWS[0][0], ROWS[-1][:2]) == ("00", ("91", "99"))
