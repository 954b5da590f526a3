"""numpy and plain Python give the same numbers, bit for bit."""

import pytest

np = pytest.importorskip("numpy")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from chalicelib.serial import permutation_numpy  # noqa: E402
from chalicelib.serial.permutation import Permutation  # noqa: E402

KEY = bytes(range(32))


def joined(permutation: Permutation, halves: tuple[np.ndarray, np.ndarray]) -> list[int]:
    high, low = (half.tolist() for half in halves)
    return [h * permutation.b + v for h, v in zip(high, low, strict=True)]


@pytest.mark.parametrize(("radix", "length"), [(10, 4), (28, 3), (7, 6), (2, 2), (82, 2)])
def test_whole_domains_are_alike(radix: int, length: int) -> None:
    permutation = Permutation(KEY, radix, length)

    halves = permutation_numpy.encrypt_halves(permutation, 0, permutation.size)

    assert joined(permutation, halves) == permutation.encrypt_many(0, permutation.size)
    back = permutation_numpy.decrypt_halves(permutation, *halves)
    assert joined(permutation, back) == list(range(permutation.size))


@pytest.mark.parametrize(
    ("radix", "length"),
    [(10, 12), (25, 12), (10, 20), (21, 20), (22, 20), (31, 20), (64, 20), (81, 20), (82, 20)],
)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_stretch_is_alike(radix: int, length: int, data: st.DataObject) -> None:
    permutation = Permutation(data.draw(st.binary(min_size=32, max_size=32)), radix, length)
    count = data.draw(st.integers(1, 300))
    edges = st.sampled_from([0, permutation.b - 100, permutation.size - count])
    start = data.draw(edges | st.integers(0, permutation.size - count))

    halves = permutation_numpy.encrypt_halves(permutation, start, count)

    assert joined(permutation, halves) == permutation.encrypt_many(start, count)
    back = permutation_numpy.decrypt_halves(permutation, *halves)
    assert joined(permutation, back) == list(range(start, start + count))


@pytest.mark.parametrize("radix", [10, 82])
def test_chunks_join(radix: int) -> None:
    permutation = Permutation(KEY, radix, 20)
    start, count = permutation.b - 9000, 2 * permutation_numpy.CHUNK + 5

    halves = permutation_numpy.encrypt_halves(permutation, start, count)

    assert joined(permutation, halves) == permutation.encrypt_many(start, count)


def test_remainders_of_ninety_six_bits_are_exact_at_the_edges() -> None:
    for modulus in (2**44 + 1, 22**10, 31**10, 2**53 - 1, 2**62 + 9, 82**10):
        near = [
            n * modulus + d for n in (0, 1, 2, 2**96 // modulus - 1) for d in (0, 1, modulus - 1)
        ]
        values = [n for n in [*near, 2**96 - 1, 2**64 - 1, 2**64, 0] if 0 <= n < 2**96]
        low = np.array([n & (2**64 - 1) for n in values], np.uint64)
        high = np.array([n >> 64 for n in values], np.uint64)

        found = permutation_numpy._wide_remainder(low, high, modulus)

        assert found.tolist() == [n % modulus for n in values]
