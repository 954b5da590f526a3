import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.elements import GS
from chalicelib.gs1.keyboards import LAYOUTS
from chalicelib.gs1.keys import Elements, Key
from chalicelib.gs1.scan import LONGEST, parse_scan
from chalicelib.gs1.scanners import Profile, read_scan
from tests.gs1.strategies import attempt, gtins, hostile, keys, texts

GTIN = "0109506000134352"
PACK = f"{GTIN}17280200{'10A1'}{GS}21S1"
READ = (("01", "09506000134352"), ("17", "280200"), ("10", "A1"), ("21", "S1"))


def _codes(text: str, **known: object) -> tuple[Elements, list[str]]:
    scan = read_scan(text, **known)  # type: ignore[arg-type]
    return scan.elements, [remark.code for remark in scan.remarks]


def _refused(text: str, **known: object) -> tuple[str, str]:
    with pytest.raises(Malformed) as refusal:
        read_scan(text, **known)  # type: ignore[arg-type]
    return refusal.value.errors[0].code, refusal.value.detail


def _typed(text: str, layout: str) -> str:
    return text.translate(
        {ord(scanned): chr(arrived) for arrived, scanned in LAYOUTS[layout].items()}
    )


# --- what is right


@given(keys)
def test_every_spelling_of_a_key_comes_through_without_remark(key: Key) -> None:
    # A serial may look like what a scanner does, such as `<GS>`; the stories below have those.
    for spelling in (key.digital_link(), key.urn(9)):
        assert _codes(spelling) == (key.elements(), [])


@given(hostile)
def test_nothing_but_a_refusal_comes_of_anything(text: str) -> None:
    scan, refusal = attempt(read_scan, text)

    assert scan or refusal
    if refusal:
        assert len(refusal.errors) == 1
        assert refusal.detail.isprintable()
        assert "expected" in refusal.detail


@given(hostile)
def test_what_reads_as_the_standards_say_is_never_read_otherwise(text: str) -> None:
    scan, _ = attempt(parse_scan, text)
    tolerant, refusal = attempt(read_scan, text)

    if scan and tolerant and "<" not in text and "{" not in text and "[" not in text:
        assert tolerant.elements == scan.elements
    if scan and not tolerant:
        assert refusal
        assert refusal.errors[0].code == "ambiguous"


@pytest.mark.parametrize("frame", ["{}\r\n", "{}\t", "\x02{}\x03", " {} ", "\n{}"])
def test_line_ends_and_the_like_are_no_part_of_a_scan(frame: str) -> None:
    assert _codes(frame.format(PACK)) == (READ, [])


# --- separators


@pytest.mark.parametrize(
    "sent",
    [
        "|", "~", "#", "^", "$", "@", "\\", "{", "}", "[", "]", "\x1e", "\x1c", "\t", " ",
        "<GS>", "{GS}", "[GS]", "<gs>", "<FNC1>", "{FNC1}", "[FNC1]", "<F8>", "{F8}", "<0x1D>",
        "^]", "\\x1d", "\\u001d", "_x001D_", "␝", "↔",
    ],
)  # fmt: skip
def test_another_sign_for_the_separator_is_taken_with_a_remark(sent: str) -> None:
    for start in ("", "]d2", "]C1"):
        assert _codes(start + PACK.replace(GS, sent)) == (READ, ["separator"]), start


@pytest.mark.parametrize(
    "text",
    [GS + PACK, PACK + GS + GS, PACK.replace(GS, GS + GS), "]d2" + GS + PACK],
)
def test_a_separator_too_many_is_remarked_upon(text: str) -> None:
    assert _codes(text) == (READ, ["separator"])


@pytest.mark.parametrize("text", [PACK + GS, f"{GTIN}{GS}17280200{GS}10A1{GS}21S1"])
def test_a_separator_that_is_not_needed_is_allowed(text: str) -> None:
    assert _codes(text) == (READ, [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PACK + "|", "character"),  # at the end it may be spoilt data
        (PACK.replace("A1", "A|1"), "character"),  # this scanner sends separators
        (f"{GTIN}10A|B~21S", "character"),  # two strange signs
        (f"]d1{PACK}", "symbology"),
        (f"]C0{PACK}", "symbology"),
        (f"]zz{PACK}", "symbology"),
        ("0109506000134353" + "21S1", "check_digit"),  # no prefix, though (01) comes again
        (f"10ABC{GTIN[:-1]}3", "requisite"),
    ],
)
def test_what_could_mean_anything_is_not_mended(text: str, code: str) -> None:
    assert _refused(text)[0] == code


# --- lost separators


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (
            f"{GTIN}17280200" + "10ABCDEFGHIJ" + "21ABCDEFGHIJKLM",
            (*READ[:2], ("10", "ABCDEFGHIJ"), ("21", "ABCDEFGHIJKLM")),
        ),
        (
            f"]d2{GTIN}" + "21ABCDEFGHIJKLM" + "17280200" + "10ABCDEF",
            (READ[0], ("21", "ABCDEFGHIJKLM"), READ[1], ("10", "ABCDEF")),
        ),
    ],
)
def test_the_one_way_to_read_without_separators_is_taken(text: str, elements: Elements) -> None:
    assert _codes(text) == (elements, ["separator_lost"])


def test_two_ways_to_read_without_separators_are_refused_and_told() -> None:
    code, detail = _refused(f"{GTIN}10ABCDEFGHIJKL21MNO21PQRSTUVW")

    assert code == "ambiguous"
    assert "(10)ABCDEFGHIJKL(21)MNO21PQRSTUVW" in detail
    assert "(10)ABCDEFGHIJKL21MNO(21)PQRSTUVW" in detail
    assert "expected one reading, found 2" in detail


def test_more_ways_than_can_be_counted_are_refused() -> None:
    code, detail = _refused(GTIN + "9091929394959697" * 5)

    assert code == "ambiguous"
    assert "too many ways" in detail


def test_a_pack_that_may_have_lost_its_separator_is_refused() -> None:
    text = f"{GTIN}1728020010A121S1"
    code, detail = _refused(text)

    assert code == "ambiguous"
    assert "(10)A121S1 or " in detail
    assert "(10)A1(21)S1" in detail


@pytest.mark.parametrize(
    ("text", "known", "codes"),
    [
        (f"{GTIN}{GS}1728020010A121S1", {}, []),
        (f"{GTIN}1728020010A121S1", {"profile": Profile()}, []),
        (f"{GTIN}1728020010A121S1", {"symbology": "]d2"}, ["separator_doubtful"]),
        (f"]d2{GTIN}1728020010A121S1", {}, ["separator_doubtful"]),
    ],
)
def test_who_vouches_for_the_scanner_is_believed(
    text: str, known: dict[str, object], codes: list[str]
) -> None:
    assert _codes(text, **known) == ((*READ[:2], ("10", "A121S1")), codes)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_nothing_vouches_for_a_scanner_on_another_keyboard(layout: str) -> None:
    code, detail = _refused(_typed(f"]d2{GTIN}1728020010A121S1", layout))

    assert code == "ambiguous"
    assert "(10)A1(21)S1" in detail


def test_a_separator_of_another_keyboard_is_no_part_of_a_lot() -> None:
    # On a German keyboard `|` becomes an apostrophe, which a lot could have.
    assert _refused(_typed(f"{GTIN}10ABCDEFGHIJ|21ABCDEFGHIJ", "de"))[0] == "ambiguous"


@pytest.mark.parametrize(
    ("text", "elements", "codes"),
    [
        (f"{GTIN}10ABC21XYZ", (READ[0], ("10", "ABC21XYZ")), ["separator_doubtful"]),
        (f"{GTIN}21SER10LOT", (READ[0], ("21", "SER10LOT")), ["separator_doubtful"]),
        (f"]d2{GTIN}10ABC21XYZ", (READ[0], ("10", "ABC21XYZ")), []),
        (f"{GTIN}21123459012", (READ[0], ("21", "123459012")), []),
        (f"{GTIN}2117991332", (READ[0], ("21", "17991332")), []),
    ],
)
def test_what_may_tell_more_than_it_says_is_taken_literally(
    text: str, elements: Elements, codes: list[str]
) -> None:
    assert _codes(text) == (elements, codes)


def test_a_doubt_says_what_else_there_may_be() -> None:
    (remark,) = read_scan(f"{GTIN}10ABC21XYZ").remarks

    assert "may be (01)09506000134352(10)ABC(21)XYZ as well" in remark.message


@given(gtins, texts, texts)
def test_a_pack_without_its_separator_is_read_right_or_refused(
    gtin: object, lot: str, serial: str
) -> None:
    right = (("01", str(gtin)), ("17", "280200"), ("10", lot), ("21", serial))
    scan, refusal = attempt(read_scan, f"01{gtin}1728020010{lot}21{serial}")

    if scan:
        assert scan.elements == right
    else:
        assert refusal
        assert refusal.errors[0].code == "ambiguous"


# --- prefixes


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        (f"SCAN:{PACK}", None),
        (f"X]d2{PACK}", "]d2"),
        (f"7]C1{PACK}", "]C1"),
        (f"A{PACK.replace(GS, '|')}", None),
    ],
)
def test_a_prefix_is_taken_off_with_a_remark(text: str, symbology: str | None) -> None:
    scan = read_scan(text)

    assert (scan.elements, scan.symbology) == (READ, symbology)
    assert scan.remarks[0].code == "prefix"


def test_a_prefix_before_a_link_is_taken_off() -> None:
    elements, codes = _codes("QR:https://id.gs1.org/01/09506000134352")

    assert (elements, codes) == (READ[:1], ["prefix"])


# --- keyboards


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize(
    "scanned",
    [
        f"]d2{GTIN}10zY-1",
        "https://id.gs1.org/01/09506000134352/10/zY-1",
        "(01)09506000134352(10)zY-1",
    ],
)
def test_a_foreign_keyboard_is_recognised(layout: str, scanned: str) -> None:
    elements, codes = _codes(_typed(scanned, layout))

    assert elements == (READ[0], ("10", "zY-1"))
    assert codes == ["layout"]


def test_digits_of_a_french_keyboard_are_recognised_without_symbology_identifier() -> None:
    assert _codes(_typed(f"{GTIN}21S1", "fr")) == ((READ[0], ("21", "S1")), ["layout"])


def test_a_caps_lock_is_recognised_by_the_symbology_identifier() -> None:
    assert _codes(f"]D2{GTIN}21aBc") == ((READ[0], ("21", "AbC")), ["caps_lock"])


def test_what_a_foreign_keyboard_cannot_have_spoilt_is_left_alone() -> None:
    assert _codes(f"{GTIN}21YZyz") == ((READ[0], ("21", "YZyz")), [])


@given(texts)
def test_letters_of_a_german_keyboard_come_back(serial: str) -> None:
    elements, codes = _codes(_typed(f"]d2{GTIN}21{serial}", "de"))

    assert elements == (READ[0], ("21", serial))
    assert codes == ["layout"]


# --- profiles


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (PACK.replace(GS, "F8"), Profile(separator="F8")),
        (PACK.replace(GS, "%"), Profile(separator="%")),
        (f"PRE{PACK}#", Profile(prefix="PRE", suffix="#")),
        (_typed(f"]d2{PACK}", "de"), Profile(layout="de")),
        (_typed(f"]d2{PACK}", "fr"), Profile(layout="fr")),
        (PACK.swapcase(), Profile(caps_lock=True)),
        (PACK.replace(GS, ""), Profile(separator="", carries=frozenset({"01", "10", "17", "21"}))),
    ],
)
def test_what_a_profile_says_is_undone_without_remark(text: str, profile: Profile) -> None:
    assert _codes(text + "\r", profile=profile) == (READ, [])


def test_with_a_profile_nothing_else_is_tried() -> None:
    assert _refused(PACK.replace(GS, "|"), profile=Profile())[0] == "character"


def test_a_scanner_without_separators_may_leave_several_readings() -> None:
    code, detail = _refused(PACK.replace(GS, ""), profile=Profile(separator=""))

    assert code == "ambiguous"
    assert "found 2" in detail


@pytest.mark.parametrize(
    "text", ["https://id.gs1.org/01/09506000134352", "]E09506000134352", "9506000134352"]
)
def test_a_scanner_without_separators_may_send_what_has_none(text: str) -> None:
    assert _codes(text, profile=Profile(separator=""))[0] == READ[:1]


def test_a_scanner_without_separators_is_told_what_is_wrong() -> None:
    assert _refused(f"{GTIN[:-1]}3", profile=Profile(separator=""))[0] == "check_digit"


# --- symbology identifiers beside the data


def test_a_symbology_identifier_may_come_beside_the_data() -> None:
    assert read_scan(PACK, symbology="]d2").symbology == "]d2"
    assert read_scan("]d2" + PACK, symbology="]d2").symbology == "]d2"


@pytest.mark.parametrize(
    ("text", "symbology"), [(PACK, "]d1"), (PACK, "]zz"), ("]C1" + PACK, "]d2"), (PACK, "")]
)
def test_a_symbology_identifier_that_does_not_fit_is_refused(text: str, symbology: str) -> None:
    assert _refused(text, symbology=symbology)[0] == "symbology"


# --- bounds


@pytest.mark.parametrize("text", ["", " \r\n", "1" * (LONGEST + 1)])
def test_a_scan_has_a_length(text: str) -> None:
    code, detail = _refused(text)

    assert code == "length"
    assert "expected 1 to 8000 characters" in detail


@pytest.mark.parametrize(
    "unit", ["(01", "|", "<GS>", "21", "]d2", "%1D", "9091", GTIN, "ß", "é&", "http", "x"]
)
@pytest.mark.parametrize("start", ["", "]d2", GTIN, "X"])
def test_a_long_scan_is_judged_within_bounds(start: str, unit: str) -> None:
    attempt(read_scan, (start + unit * LONGEST)[:LONGEST])


@given(st.sampled_from(["(01) 09506000134352 (10) A1 (21) S1", "( 01 )09506000134352(10)A1(21)S1"]))
def test_blanks_of_the_human_readable_form_are_taken_out(text: str) -> None:
    assert _codes(text) == ((READ[0], READ[2], READ[3]), ["blanks"])
