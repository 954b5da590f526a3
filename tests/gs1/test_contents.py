import re

import pytest

from chalicelib.gs1.ai_table import ROWS
from chalicelib.gs1.contents import CONTENTS
from tests.shared_data import cases

NOT_CARRIED = {
    "couponcode", "couponposoffer", "iso3166", "iso3166999", "iso3166alpha2", "iso4217",
    "packagetype",
}  # fmt: skip
SHAPES = {"N": "[0-9]", "X": "[!-?A-Z_a-z]", "Y": "[#-/0-9A-Z]", "Z": "[-0-9=A-Z_a-z]"}


def _shapes(name: str) -> list[re.Pattern[str]]:
    """The lengths and characters that reach a test; what has others is refused before it."""
    components = [part for row in ROWS for part in row[4].split() if name in part.split(",")]
    found = [re.match(r"\[?([NXYZ])(\.\.)?(\d+)", part) for part in components]
    return [
        re.compile(f"{SHAPES[match[1]]}{{{1 if match[2] else match[3]},{match[3]}}}")
        for match in found
        if match
    ]


def test_every_test_of_the_dictionary_is_carried_or_known_not_to_be() -> None:
    named = {name for row in ROWS for part in row[4].split() for name in part.split(",")[1:]}

    assert {name.rstrip("]") for name in named} == set(CONTENTS) | NOT_CARRIED


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_the_vectors_of_the_syntax_dictionary_agree(name: str) -> None:
    shapes = _shapes(name)
    assert shapes
    for case in cases("gs1-syntax-dictionary/linter_vectors.json"):
        if case["linter"] == name and any(shape.fullmatch(case["input"]) for shape in shapes):
            assert bool(CONTENTS[name].holds(case["input"])) == case["valid"], case
