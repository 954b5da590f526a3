import pytest

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.query.patterns import Patterns, is_pattern


def fits(uri: str, *patterns: str) -> bool:
    return Patterns(patterns).cover(uri)


MEMBERS = [
    ("sgtin:0614141.812345.*", "sgtin:0614141.812345.A"),
    ("sgtin:0614141.*.*", "sgtin:0614141.912345.A.B"),
    ("sscc:0614141.*", "sscc:0614141.1234567890"),
    ("sgln:0614141.00777.*", "sgln:0614141.00777.0"),
    ("sgln:0614141.*.*", "sgln:0614141.00777.A"),
    ("pgln:0614141.*", "pgln:0614141.00777"),
    ("grai:0614141.12345.*", "grai:0614141.12345.7"),
    ("giai:0614141.*", "giai:0614141.12345A"),
    ("giai:0614141.*", "giai:0614141.12.345"),
    ("gdti:0614141.12345.*", "gdti:0614141.12345.7"),
    ("sgcn:4012345.67890.*", "sgcn:4012345.67890.04711"),
    ("gsrn:0614141.*", "gsrn:0614141.1234567890"),
    ("gsrnp:0614141.*", "gsrnp:0614141.1234567890"),
    ("gsin:0614141.*", "gsin:0614141.123456789"),
    ("ginc:0614141.*", "ginc:0614141.xyz"),
    ("cpi:0614141.123ABC.*", "cpi:0614141.123ABC.7"),
    ("cpi:0614141.*.*", "cpi:0614141.123ABC.7"),
    ("itip:4012345.012345.01.02.*", "itip:4012345.012345.01.02.7"),
    ("itip:4012345.012345.*.*.*", "itip:4012345.012345.01.02.7"),
    ("upui:1234567.089456.*", "upui:1234567.089456.51qIgY"),
    ("upui:1234567.*.*", "upui:1234567.089456.51qIgY"),
    ("upui:*.*.*", "upui:1234567.089456.51qIgY"),
    ("gid:95100000.*.*", "gid:95100000.12345.400"),
    ("usdod:CAGEY.*", "usdod:CAGEY.5678"),
]


@pytest.mark.parametrize(("pattern", "member"), MEMBERS)
def test_a_pattern_covers_its_members_in_either_spelling(pattern: str, member: str) -> None:
    pattern, member = f"urn:epc:idpat:{pattern}", f"urn:epc:id:{member}"

    assert is_pattern(pattern)
    assert fits(member, pattern)
    assert fits(canonical_uri(member), pattern)


@pytest.mark.parametrize(("pattern", "member"), MEMBERS)
def test_a_pattern_covers_no_members_of_other_schemes(pattern: str, member: str) -> None:
    scheme = pattern.partition(":")[0]
    others = [f"urn:epc:id:{each}" for _, each in MEMBERS if not each.startswith(f"{scheme}:")]

    covers = Patterns([f"urn:epc:idpat:{pattern}"]).cover
    assert not any(covers(each) or covers(canonical_uri(each)) for each in others)


@pytest.mark.parametrize(
    ("member", "of_class"),
    [
        ("urn:epc:id:sgtin:0614141.812345.A", "https://id.gs1.org/01/80614141123458"),
        ("https://id.gs1.org/01/81234567894564/21/x", "https://id.gs1.org/01/81234567894564"),
        ("urn:epc:id:grai:0614141.12345.7", "https://id.gs1.org/8003/00614141123452"),
        ("urn:epc:id:gdti:0614141.12345.7", "https://id.gs1.org/253/0614141123452"),
        ("urn:epc:id:cpi:0614141.123ABC.7", "https://id.gs1.org/8010/0614141123ABC"),
    ],
)
def test_a_class_by_its_digital_link_covers_its_members(member: str, of_class: str) -> None:
    assert fits(member, of_class)
    assert fits(canonical_uri(member), of_class)
    assert not fits(member, of_class[:-1])
    assert not fits(of_class, of_class)


def test_a_class_by_its_digital_link_has_no_lots() -> None:
    link = "https://id.gs1.org/01/80614141123458"

    assert not fits(f"{link}/10/L1", link)
    assert not fits(f"{link}/235/P1", link)


@pytest.mark.parametrize(
    "wrong",
    [
        "urn:epc:idpat:sgtin:0614141.*.5",
        "urn:epc:idpat:sgtin:0614141.8*.*",
        "urn:epc:idpat:sgtin:0614141.*",
        "urn:epc:idpat:sgtin:061.*.*",
        "urn:epc:idpat:sgtin:0614141..*",
        "urn:epc:idpat:sscc:0614141.*.*",
        "urn:epc:idpat:unheard:*.*",
        "urn:epc:idpat:",
        "urn:epc:id:sgtin:0614141.812345.5",
    ],
)
def test_what_is_no_pattern_is_told(wrong: str) -> None:
    assert not is_pattern(wrong)


ITEM = "urn:epc:id:sgtin:0614141.812345.6789"


@pytest.mark.parametrize(
    "pattern",
    [
        "urn:epc:idpat:sgtin:0614141.812345.*",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "urn:epc:idpat:sgtin:*.*.*",
        "urn:epc:idpat:sgtin:0614141.812345.6789",
    ],
)
def test_a_pattern_covers_an_item_in_either_spelling(pattern: str) -> None:
    assert fits(ITEM, pattern)
    assert fits(canonical_uri(ITEM), pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "urn:epc:idpat:sgtin:0614141.812346.*",
        "urn:epc:idpat:sgtin:0614142.*.*",
        "urn:epc:idpat:sscc:*.*",
        "urn:epc:idpat:grai:*.*.*",
        "urn:epc:idpat:",
    ],
)
def test_a_pattern_covers_nothing_else(pattern: str) -> None:
    assert not fits(ITEM, pattern)
    assert not fits("https://example.com/thing", pattern)


def test_a_serial_may_contain_dots() -> None:
    assert fits("urn:epc:id:sgtin:0614141.812345.1.2", "urn:epc:idpat:sgtin:0614141.812345.*")


def test_a_class_is_covered_by_a_star_only() -> None:
    whole = "urn:epc:idpat:sgtin:0614141.812345.*"

    assert fits(whole, "urn:epc:idpat:sgtin:0614141.*.*")
    assert not fits(whole, "urn:epc:idpat:sgtin:0614141.812345.1")


def test_one_of_several_patterns_is_enough() -> None:
    others = [f"urn:epc:idpat:sgtin:0614141.{number:06}.*" for number in range(50)]

    assert not fits(ITEM, *others)
    assert fits(ITEM, *others, "urn:epc:idpat:sgtin:*.812345.*")
    assert fits("urn:epc:id:sscc:0614141.1234567890", *others, "urn:epc:idpat:sscc:0614141.*")
