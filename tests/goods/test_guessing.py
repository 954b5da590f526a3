"""Guessing serial numbers teaches nothing, is stopped, and is told to who answers for the goods."""

import random
from datetime import timedelta
from itertools import islice

import pytest

from chalicelib.alerts import store as alerts
from chalicelib.alerts.model import Alert
from chalicelib.errors import Busy, TooMany
from chalicelib.goods import guessing
from chalicelib.goods.guessing import (
    BUDGET,
    FEW,
    PRODUCT_BUDGET,
    TIGHT_BUDGET,
    Guesser,
    verify_within_budget,
)
from chalicelib.goods.verification import Claim, Verdict
from chalicelib.gs1.keys import Sgtin
from chalicelib.serial.model import DEFAULT
from tests.builders import START as AT
from tests.builders import Stage, gtin
from tests.harness.aws import Aws, forget
from tests.harness.costs import counted
from tests.harness.faults import Kind, injected

HOUR = timedelta(hours=1)


@pytest.fixture
def stage(aws: Aws) -> Stage:
    return Stage()


def guesser(number: int = 1) -> Guesser:
    return Guesser(f"client#stranger-{number}", "meddist", f"stranger-{number}")


def made_up(count: int, seed: int = 1, product: int = 1) -> list[Claim]:
    """Return claims of the right form about packs that do not exist."""
    chance = random.Random(seed)
    letters = DEFAULT.alphabet
    texts = ("".join(chance.choices(letters, k=DEFAULT.length)) for _ in range(count))
    return [Claim(Sgtin.of(gtin(product), text), "L1") for text in texts]


def ask(
    stage: Stage, claims: list[Claim], number: int = 1, at: timedelta = timedelta()
) -> list[Verdict]:
    return verify_within_budget(guesser(number), claims, stage.numbers(), at=AT + at)


def told(organisation: str = "acme") -> list[Alert]:
    found, _ = alerts.page(organisation, after=None, limit=500)
    return found


def test_a_hundred_thousand_guesses_teach_nothing(stage: Stage) -> None:
    made = stage.made(512)
    guesses = iter(made_up(100_000))
    answered = refused = 0

    while claims := list(islice(guesses, 1000)):
        try:
            verdicts = ask(stage, claims)
        except TooMany:
            refused += len(claims)
            continue
        answered += len(claims)
        assert {verdict.reasons for verdict in verdicts} == {("unknown",)}

    assert (answered, refused) == (BUDGET, 100_000 - BUDGET)
    with pytest.raises(TooMany):  # a right guess now looks like a wrong one
        ask(stage, [Claim(made[0], "L1")])


def test_a_spent_budget_is_answered_without_any_work_hit_or_miss(aws: Aws, stage: Stage) -> None:
    (made,) = stage.made(1)
    with pytest.raises(TooMany):
        ask(stage, made_up(BUDGET + 1))

    for claim in (Claim(made, "L1"), *made_up(1, seed=2)):
        with counted(aws) as spent, pytest.raises(TooMany):
            ask(stage, [claim])
        assert spent.round_trips == 0


def test_every_kind_of_miss_is_the_same_work(aws: Aws, stage: Stage) -> None:
    made, issued = stage.made(2), stage.issue(2)
    stage.return_numbers("acme", issued[0])
    ask(stage, made_up(1))
    kinds = [
        Claim(issued[1], "L1"),
        Claim(issued[0], "L1"),
        Claim(Sgtin.of(gtin(), made[0].serial[::-1]), "L1"),
    ]

    work = []
    for claim in kinds:
        with counted(aws) as spent:
            ask(stage, [claim])
        work.append((spent.round_trips, spent.read_units, spent.write_units))

    assert work == [work[0]] * len(kinds)


def test_who_finds_packs_pays_nothing(aws: Aws, stage: Stage) -> None:
    (made,) = stage.made(1)
    ask(stage, [Claim(made, "L1")])

    with counted(aws) as spent:
        ask(stage, [Claim(made, "L1")])

    assert (spent.round_trips, spent.write_units) == (1, 0)


def test_the_refusal_says_when_to_come_again_and_then_it_is_answered(stage: Stage) -> None:
    (made,) = stage.made(1)
    with pytest.raises(TooMany) as refusal:
        ask(stage, made_up(BUDGET + 1), at=timedelta(minutes=-AT.minute))

    assert refusal.value.retry_after == 3601
    assert ask(stage, [Claim(made, "L1")], at=HOUR)[0].verified
    assert ask(stage, made_up(BUDGET), at=HOUR)[0].reasons == ("unknown",)


def test_another_process_learns_of_a_spent_budget_before_it_answers(stage: Stage) -> None:
    (made,) = stage.made(1)
    with pytest.raises(TooMany):
        ask(stage, made_up(BUDGET + 1))

    forget()

    with pytest.raises(TooMany):
        ask(stage, [Claim(made, "L1")])


def test_one_budget_is_not_another_ones(stage: Stage) -> None:
    (made,) = stage.made(1)
    with pytest.raises(TooMany):
        ask(stage, made_up(BUDGET + 1), number=1)

    assert ask(stage, [Claim(made, "L1")], number=2)[0].verified


def test_the_owner_is_told_of_a_guesser_once_an_hour(stage: Stage) -> None:
    for hour in (0, 1):
        for _ in range(3):
            forget()
            with pytest.raises(TooMany):
                ask(stage, made_up(BUDGET + 1), at=hour * HOUR)

    assert len(told()) == 2
    assert {(alert.code, alert.gtin, alert.owner) for alert in told()} == {
        ("guessing", gtin(), "acme")
    }
    assert told("meddist") == told()


def test_many_guessers_at_one_product_are_stopped_and_nobody_else(stage: Stage) -> None:
    (made,) = stage.made(1)
    each = 600
    for number in range(PRODUCT_BUDGET // each):
        ask(stage, made_up(each, seed=number), number=number)
    with pytest.raises(TooMany):
        ask(stage, made_up(each, seed=98), number=49)

    with pytest.raises(TooMany):
        ask(stage, made_up(1, seed=99), number=0)
    with pytest.raises(TooMany):  # right or wrong
        ask(stage, [Claim(made, "L1")], number=0)
    # Who does not guess is not touched, and neither is another product.
    assert ask(stage, [Claim(made, "L1")], number=50)[0].verified
    assert ask(stage, made_up(1), number=50)[0].reasons == ("unknown",)
    assert ask(stage, made_up(1, product=9), number=0)[0].reasons == ("unknown",)
    assert [alert.detail.startswith("Several clients") for alert in told()] == [True]


def test_a_few_misses_do_not_weigh_on_the_product(aws: Aws, stage: Stage) -> None:
    for number in range(3):
        ask(stage, made_up(FEW, seed=number), number=number)

    kept = [item["pk"] for item in aws.items("directory") if item["pk"].startswith("misses#")]
    assert len(kept) == 3
    assert sorted(kept) == [f"misses#client#stranger-{number}" for number in range(3)]
    assert FEW < TIGHT_BUDGET < BUDGET < PRODUCT_BUDGET


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_what_could_not_be_counted_is_not_answered(stage: Stage, kind: Kind) -> None:
    stage.made(1)
    ask(stage, made_up(1))

    with injected({2: kind}) as calls, pytest.raises(Busy):
        ask(stage, made_up(1, seed=2))

    assert calls.hit == [f"dynamodb.UpdateItem: {kind}"]
    assert ask(stage, made_up(1, seed=2))[0].reasons == ("unknown",)


def test_an_alert_that_a_crash_kept_from_being_raised_is_raised_by_the_next_process(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_: object) -> None:
        raise KeyboardInterrupt

    stage.register()
    with monkeypatch.context() as patch:
        patch.setattr(guessing, "raise_alerts", dies)
        with pytest.raises(KeyboardInterrupt):
            ask(stage, made_up(BUDGET + 1))
    assert told() == []

    forget()
    with pytest.raises(TooMany):
        ask(stage, made_up(1))

    assert len(told()) == 1


def test_a_process_remembers_only_so_many_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "_KEPT", 3)
    heard = guessing._Heard()

    for number in range(5):
        heard.hear(str(number), "h", number)

    assert [heard.count(str(number), "h") for number in range(5)] == [None, None, 2, 3, 4]
    assert heard.hear("4", "h", 1) == 4
