from random import Random

from infra.local.faults import Disturbance


def calls(disturbance, batches):
    seen = []
    for batch in batches:
        disturbance.invoke(seen.append, batch)
    return seen


BATCHES = [[{"n": n}] for n in range(50)]


def test_without_a_share_nothing_is_repeated():
    assert calls(Disturbance(Random(1)), BATCHES) == BATCHES


def test_a_lost_answer_means_the_same_batch_at_once_again():
    seen = calls(Disturbance(Random(1), duplicates=1.0), BATCHES)

    assert seen[::2] == seen[1::2] == BATCHES


def test_batches_long_done_come_again():
    seen = calls(Disturbance(Random(1), revenants=0.5), BATCHES)

    assert len(seen) > len(BATCHES)
    assert [batch for n, batch in enumerate(seen) if batch not in seen[:n]] == BATCHES


def test_the_answer_is_that_of_the_last_call():
    answers = iter(["lost", "kept"])
    disturbance = Disturbance(Random(1), duplicates=1.0)

    assert disturbance.invoke(lambda records: next(answers), []) == "kept"


def test_the_same_seed_does_the_same():
    first, second = (
        calls(Disturbance(Random(7), duplicates=0.3, revenants=0.3), BATCHES) for _ in range(2)
    )

    assert first == second


def test_order_loses_nothing():
    assert sorted(Disturbance(Random(1)).order([1, 2, 3, 4])) == [1, 2, 3, 4]
