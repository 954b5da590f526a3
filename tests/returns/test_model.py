"""What is done with a unit follows from what speaks against it, and only with our own sale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.returns.model import Outcome, Verification, judged
from chalicelib.vrs.model import Info, Reason

DOUBTS = ["lot_mismatch", "expiry_mismatch", "recalled", "quarantined", "locked", "expired"]
VERIFICATIONS = st.builds(
    Verification,
    st.just("u"),
    st.just("g"),
    st.sampled_from([True, False, None]),
    st.sampled_from([None, *Reason]),
    st.sampled_from([None, *Info]),
)
GOOD = Verification("u", "g", verified=True)


@given(st.lists(st.sampled_from(DOUBTS), unique=True), VERIFICATIONS)
def test_only_what_is_verified_and_beyond_doubt_is_accepted(
    doubts: list[str], verification: Verification
) -> None:
    outcome, reasons = judged(doubts, verification, ours=True)

    assert (outcome is Outcome.ACCEPTED) == (not reasons)
    if outcome is Outcome.ACCEPTED:
        assert verification.verified
        assert verification.info in (None, Info.EXTENDED)
        assert set(doubts) <= {"expiry_mismatch"}
    assert judged(doubts, verification, ours=False) == (Outcome.REFUSED, ("not_sold",))


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (Info.ILLEGITIMATE, "illegitimate"), (Info.SUSPECT, "suspect"),
        (Info.RECALLED, "recalled"), (Info.EXPIRED, "expired"),
    ],
)  # fmt: skip
def test_what_the_maker_warns_of_is_set_apart(info: Info, reason: str) -> None:
    warned = Verification("u", "g", verified=True, info=info)

    assert judged((), warned, ours=True) == (Outcome.QUARANTINED, (reason,))


def test_an_expiry_that_was_extended_since_it_was_printed_is_no_doubt() -> None:
    extended = Verification("u", "g", verified=True, info=Info.EXTENDED)

    assert judged(["expiry_mismatch"], extended, ours=True) == (Outcome.ACCEPTED, ())
    assert judged(["expiry_mismatch"], GOOD, ours=True)[0] is Outcome.QUARANTINED
    assert judged((), Verification("u"), ours=True) == (Outcome.QUARANTINED, ("unanswered",))
