"""The permutation is one, goes both ways, and never changes."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.serial.permutation import CHUNK, NARROW, Permutation
from tests.serial import reference

VECTORS = Path(__file__).parent / "vectors" / "serials.json"
FROZEN = "056b3a9d1915532d3fd7e2c5e51b7598d947fb561f6f2bd9b816008f7d6e672c"

KEY = bytes(range(32))
SMALL = [(10, 4), (10, 5), (28, 3), (32, 3), (7, 6), (2, 2), (3, 3), (2, 13), (82, 2)]

shapes = st.tuples(st.integers(2, 82), st.integers(2, 20))


@pytest.mark.parametrize(("radix", "length"), SMALL)
def test_every_number_of_a_domain_has_one_image(radix: int, length: int) -> None:
    permutation = Permutation(KEY, radix, length)

    images = permutation.encrypt_many(0, permutation.size)

    assert sorted(images) == list(range(radix**length))
    assert permutation.decrypt_many(images) == list(range(radix**length))


@pytest.mark.parametrize(("radix", "length"), [(10, 3), (2, 8), (3, 5)])
def test_the_batch_is_what_single_calls_give(radix: int, length: int) -> None:
    permutation = Permutation(KEY, radix, length)

    images = permutation.encrypt_many(0, permutation.size)

    assert images == [permutation.encrypt(n) for n in range(permutation.size)]
    assert [permutation.decrypt(n) for n in images] == list(range(permutation.size))


@given(shapes, st.binary(min_size=32, max_size=32), st.data())
@settings(deadline=None)
def test_what_is_encrypted_is_decrypted(
    shape: tuple[int, int], key: bytes, data: st.DataObject
) -> None:
    permutation = Permutation(key, *shape)
    number = data.draw(st.integers(0, permutation.size - 1))

    image = permutation.encrypt(number)

    assert image == reference.encrypt(key, *shape, number)
    assert permutation.decrypt(image) == number
    assert permutation.encrypt_many(number, 1) == [image]
    assert permutation.decrypt_many([image]) == [number]


@pytest.mark.parametrize(("radix", "length"), [(10, 12), (82, 20), (31, 20)])
def test_a_batch_of_several_chunks_goes_on_where_the_last_one_ended(
    radix: int, length: int
) -> None:
    permutation = Permutation(KEY, radix, length)
    start = permutation.b - CHUNK - 7

    images = permutation.encrypt_many(start, 2 * CHUNK + 9)

    for at in (0, CHUNK - 1, CHUNK, CHUNK + 6, CHUNK + 7, 2 * CHUNK + 8):
        assert images[at] == permutation.encrypt(start + at)
    assert permutation.decrypt_many(images) == list(range(start, start + 2 * CHUNK + 9))


@given(shapes, st.data())
def test_numbers_in_a_row_are_split_like_any_others(
    shape: tuple[int, int], data: st.DataObject
) -> None:
    permutation = Permutation(KEY, *shape)
    edge = st.integers(max(0, permutation.b - 5), min(permutation.b + 5, permutation.size))
    start = data.draw(edge | st.integers(0, permutation.size))
    row = range(start, start + data.draw(st.integers(0, 20)))

    assert permutation.split(row) == permutation.split(list(row))


def test_another_key_is_another_permutation() -> None:
    one = Permutation(KEY, 10, 12).encrypt_many(0, 1000)
    other = Permutation(KEY[::-1], 10, 12).encrypt_many(0, 1000)

    assert not set(one) & set(other)


def test_wide_halves_take_ninety_six_bits() -> None:
    assert not Permutation(KEY, 2, 20).wide
    assert Permutation(KEY, 21, 20).b <= NARROW < Permutation(KEY, 22, 20).b
    assert Permutation(KEY, 22, 20).wide


def test_an_empty_batch_is_empty() -> None:
    assert Permutation(KEY, 10, 12).encrypt_many(5, 0) == []
    assert Permutation(KEY, 10, 12).decrypt_many([]) == []


@pytest.mark.parametrize(
    ("key", "radix", "length"),
    [(KEY[1:], 10, 12), (KEY, 1, 12), (KEY, 83, 12), (KEY, 10, 1), (KEY, 10, 21)],
)
def test_what_is_no_permutation_is_refused(key: bytes, radix: int, length: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Permutation(key, radix, length)


def test_frozen_vectors_hold() -> None:
    for vector in json.loads(VECTORS.read_text())["permutations"]:
        permutation = Permutation(bytes.fromhex(vector["key"]), vector["radix"], vector["length"])
        for number, image in vector["images"]:
            assert permutation.encrypt(int(number)) == int(image)
            assert permutation.decrypt(int(image)) == int(number)


def test_the_vectors_themselves_are_frozen() -> None:
    """Whoever changes them changes every pack in the field; see docs/serial-numbers.md."""
    assert hashlib.sha256(VECTORS.read_bytes()).hexdigest() == FROZEN
