import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gs1.keyboards import LAYOUTS, typed_back

printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E))


def _typed(text: str, layout: str) -> str:
    return text.translate(
        {ord(scanned): chr(arrived) for arrived, scanned in LAYOUTS[layout].items()}
    )


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_whatever_is_typed_on_a_keyboard_comes_back(layout: str) -> None:
    @given(printable)
    def comes_back(text: str) -> None:
        assert typed_back(_typed(text, layout), layout=layout) == text

    comes_back()


@given(printable)
def test_caps_lock_turns_letters_around_and_back(text: str) -> None:
    assert typed_back(typed_back(text, caps_lock=True), caps_lock=True) == text


@pytest.mark.parametrize(
    ("arrived", "layout", "scanned"),
    [
        ("+d2", "de", "]d2"),
        ("zZyY", "de", "yYzZ"),
        ("ß?=(", "de", "-_)*"),
        ("$dé", "fr", "]d2"),
        ("àéè&", "fr", "0271"),
        ("aqzw", "fr", "qawz"),
        ("QW_Ü", "us", "QW_Ü"),
    ],
)
def test_keys_of_real_keyboards(arrived: str, layout: str, scanned: str) -> None:
    assert typed_back(arrived, layout=layout) == scanned
