import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Malformed
from chalicelib.gs1.ai_table import ROWS
from chalicelib.gs1.digitallink import link, parse_link
from chalicelib.gs1.elements import parse_bracketed
from chalicelib.gs1.identifiers import check_association, known
from chalicelib.gs1.keys import Elements, Key
from tests.gs1.strategies import attempt, hostile, keys, value_of
from tests.shared_data import cases, load


@given(keys, st.sampled_from(["https://id.gs1.org", "http://a.example:8080/some/stem"]))
def test_a_key_reads_back_from_its_link(key: Key, domain: str) -> None:
    assert parse_link(key.digital_link(domain)) == (key.elements(), ())
    assert link(key.elements(), domain) == key.digital_link(domain)


@given(hostile)
def test_whatever_is_read_reads_back_or_is_refused(text: str) -> None:
    parts, _ = attempt(parse_link, text)

    if parts:
        path, attributes = parts
        again, more = parse_link(link(path + attributes))
        assert dict(again + more) == dict(path + attributes)


def _refusal(uri: str) -> str | None:
    def judge(uri: str) -> None:
        path, attributes = parse_link(uri)
        check_association(path + attributes)

    _, refusal = attempt(judge, uri)
    return None if refusal is None else refusal.detail


def _legacy(uri: str) -> bool:
    """What the engine reads only with a toggle on: words for AIs, and GTINs cut short."""
    shorts = ("2112345678900", "02345673", "9520123456788")
    return any(word in uri for word in ("/gtin/", "/sscc/")) or any(
        f"{before}{gtin}" in f"{uri}" for gtin in shorts for before in ("/01/", "?01=")
    )


def test_the_engine_judges_links_alike() -> None:
    refused_here = []
    for case in cases("gs1-syntax-engine/dl_uri_parse.json"):
        refusal = _refusal(case["uri"])
        if case["valid"] and _legacy(case["uri"]):
            assert refusal is not None
            refused_here.append(case["uri"])
        else:
            assert (refusal is None) == case["valid"], (case, refusal)

    assert len(refused_here) == 11


def test_the_engine_generates_the_same_links() -> None:
    for case in cases("gs1-syntax-engine/dl_uri_generate.json"):
        if "(89)" in case["bracketed"] and case["valid"]:
            continue  # the engine was told to permit unknown AIs; here they are refused
        if case["valid"]:
            elements = parse_bracketed(case["bracketed"])
            assert link(elements, case["stem"]) == case["uri"], case
        else:
            with pytest.raises(Malformed):
                link(parse_bracketed(case["bracketed"]), case["stem"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://id.gs1.org/01/9506000134352", "length"),
        ("https://id.gs1.org/01/09506000134353", "check_digit"),
        ("https://id.gs1.org/01/09506000134352/21/A/10/B", "syntax"),
        ("https://id.gs1.org/01/09506000134352/21/A/21/A", "syntax"),
        ("https://id.gs1.org/01/09506000134352/21/", "length"),
        ("https://id.gs1.org/01/09506000134352/21/A%20B", "character"),
        ("https://id.gs1.org/01/09506000134352/", "syntax"),
        ("https://id.gs1.org/01/09506000134352?10=A", "syntax"),
        ("https://id.gs1.org/01/09506000134352?21=A", "requisite"),
        ("https://id.gs1.org/01/09506000134352?89=A", "unknown_ai"),
        ("https://id.gs1.org/01/09506000134352?17=281301", "date"),
        ("https://id.gs1.org/01/09506000134352?17", "length"),
        ("https://id.gs1.org/01/09506000134352?99=A+B", "character"),
        ("https://id.gs1.org/17/281231", "syntax"),
        ("HtTps://id.gs1.org/01/09506000134352", "syntax"),
        ("https:///01/09506000134352", "syntax"),
        ("https://me@id.gs1.org/01/09506000134352", "syntax"),
        ("https://[fe80::1%25eth0]/01/09506000134352", "syntax"),
        ("https://id.gs1.org/01/09506000134352\n", "syntax"),
        ("https://id.gs1.org/ü/01/09506000134352", "syntax"),
    ],
)
def test_a_refusal_names_the_fault(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_link(text)

    assert refusal.value.errors[0].code == code


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ((("99", "A"),), "kind"),
        ((("01", "09506000134352"), ("8200", "http://example.com")), "requisite"),
    ],
)
def test_what_has_no_place_in_a_link_is_refused(elements: Elements, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        link(elements)

    assert refusal.value.errors[0].code == code


def test_parameters_that_are_no_ais_are_left_alone() -> None:
    path, attributes = parse_link(
        "https://[2001:db8::1]:8443/x/01/09506000134352?linkType=all&17=281231&lang=en&x#21=B"
    )

    assert path == (("01", "09506000134352"),)
    assert attributes == (("17", "281231"),)


def test_the_toolkit_of_gs1_names_the_same_qualifiers() -> None:
    named = load("digital-link/digital-link-js/identifier-list.json")

    assert len(named) >= 15
    for each in named:
        identifier = known(each["code"])
        assert identifier.qualifiers is not None, each
        if each["keyQualifiers"]:
            assert tuple(each["keyQualifiers"]) in identifier.qualifiers or (
                # (254) and (7040) became alternatives since
                set(each["keyQualifiers"]) <= {ai for one in identifier.qualifiers for ai in one}
            ), each


@given(
    st.sampled_from(sorted(ai for row in ROWS if row[7] is not None for ai in [row[0]])), st.data()
)
def test_every_primary_key_reads_back_from_its_link(ai: str, data: st.DataObject) -> None:
    element = data.draw(value_of(ai).map(lambda value: (ai, value)))

    path, attributes = parse_link(link((element,)))

    assert (path, attributes) == ((element,), ())
