import pytest

from chalicelib.errors import Malformed
from chalicelib.gs1.ai_table import ROWS
from chalicelib.gs1.elements import parse_bracketed
from chalicelib.gs1.identifiers import check_association, find, known, starting
from tests.gs1.strategies import attempt
from tests.shared_data import cases


def _read(bracketed: str) -> None:
    check_association(parse_bracketed(bracketed))


def test_every_row_compiles_and_no_ai_begins_another() -> None:
    ais = [
        f"{number:0{len(row[0])}}" for row in ROWS for number in range(int(row[0]), int(row[1]) + 1)
    ]

    assert len(ais) == len(set(ais)) > 500
    for ai in ais:
        identifier = known(ai)
        assert starting(f"x{ai}data", 1) is identifier
        assert not identifier.predefined or identifier.shortest == identifier.longest


def test_an_ai_that_gs1_has_not_assigned_is_unknown() -> None:
    assert find("89") is None
    assert starting("89", 0) is None
    with pytest.raises(Malformed, match="'89' is not an application identifier") as refusal:
        known("89")

    assert refusal.value.errors[0].code == "unknown_ai"


def test_the_engine_judges_associations_alike() -> None:
    for case in cases("gs1-syntax-engine/ai_relationships.json"):
        _, refusal = attempt(_read, case["bracketed"])
        assert (refusal is None) == case["valid"], (case, refusal)
        # The engine was told to permit unknown AIs; where it refuses for another reason, so do we.
        assert refusal is None or refusal.errors[0].code in {"requisite", "unknown_ai"}, case


def test_the_engine_judges_values_alike() -> None:
    for case in cases("gs1-syntax-engine/ai_linter_errors.json"):
        if case["result"] == "GS1_LINTER_OK":
            parse_bracketed(case["bracketed"])
        else:
            with pytest.raises(Malformed):
                parse_bracketed(case["bracketed"])


@pytest.mark.parametrize(
    ("bracketed", "message"),
    [
        ("(10)A1", "expected AI 01 or 02 or 03 or 8006 or 8026 beside it"),
        ("(01)09506000134352(250)A", "expected AI 01+21 or 03+21 or 8006+21 beside it"),
        ("(01)09506000134352(37)5", "is not allowed beside AI (01)"),
        ("(01)09506000134352(10)A(10)B", "'B' is not a second AI (10): expected the first, 'A'"),
        ("(253)1234567890128(8030)ABC", "expected a serial"),
    ],
)
def test_a_refusal_names_what_is_missing_or_too_much(bracketed: str, message: str) -> None:
    with pytest.raises(Malformed) as refusal:
        _read(bracketed)

    assert message in refusal.value.detail
