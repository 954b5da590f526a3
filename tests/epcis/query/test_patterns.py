import pytest

from chalicelib.epcis.identifiers import canonical_uri
from chalicelib.epcis.query.patterns import Patterns


def fits(uri: str, *patterns: str) -> bool:
    return Patterns(patterns).cover(uri)


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
