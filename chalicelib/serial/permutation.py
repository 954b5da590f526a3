"""The keyed permutation that turns a counter into serial numbers, and back.

A generalised Feistel network over Z_a x Z_b (Black and Rogaway, "Ciphers with Arbitrary Finite
Domains", CT-RSA 2002) with a * b equal to the domain exactly: every number has an image, no image
is out of range, and nothing is ever tried twice. Rounds are AES-256, whole batches at a time.

**Frozen.** A pack is printed once: should one bit of this change, every pack in the field becomes
unknown. `docs/serial-numbers.md` states the construction, `tests/serial/vectors` hold it fixed, and
`permutation_numpy` must agree to the bit.
"""

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import CipherContext

ROUNDS = 12
NARROW = 2**44
"""Halves up to this take 64 bits of each round, wider ones 96: the bias stays below 2^-20."""

CHUNK = 4096
"""Numbers at a time in a batch: what a round touches stays in the cache."""

# Both architectures of Lambda are; on another the batch would have to swap bytes.
assert sys.byteorder == "little"  # noqa: S101

Halves = tuple[list[int], list[int]]


class Permutation:
    """One permutation of 0 … radix**length - 1.

    A number is two halves, `high * b + low`; in text of that radix, `high` is the first
    floor(length / 2) characters. Threads may share a permutation: each call opens its own cipher
    context, which is not safe to share.

    Attributes:
        a: size of the high half.
        b: size of the low half.
    """

    __slots__ = ("_cipher", "a", "b")

    def __init__(self, key: bytes, radix: int, length: int) -> None:
        """Make it.

        Args:
            key: 32 bytes.
            radix: 2 to 82.
            length: 2 to 20 digits.
        """
        if len(key) != 32:
            raise ValueError(f"a key of {len(key)} bytes: expected 32")
        if not (2 <= radix <= 82 and 2 <= length <= 20):
            raise ValueError(f"radix {radix}, length {length}: expected 2 to 82, 2 to 20")
        # Imported here: cold start; few requests deal with serial numbers.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415

        # ECB is the bare block cipher, as a round function needs it; no message is encrypted.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
        self.a: int = radix ** (length // 2)
        self.b: int = radix ** (length - length // 2)

    @property
    def size(self) -> int:
        """How many numbers it permutes."""
        return self.a * self.b

    @property
    def wide(self) -> bool:
        """Whether rounds take 96 bits instead of 64."""
        return self.b > NARROW

    def encryptor(self) -> "CipherContext":
        """Return a fresh cipher context, for one thread."""
        return self._cipher.encryptor()

    def encrypt(self, number: int) -> int:
        """Return the image of one number."""
        encryptor, taken = self.encryptor(), 12 if self.wide else 8
        high, low = divmod(number, self.b)
        for j in range(ROUNDS):
            block = encryptor.update(j.to_bytes(8, "little") + low.to_bytes(8, "little"))
            mask = int.from_bytes(block[:taken], "little")
            high, low = low, (high + mask) % (self.b if j % 2 else self.a)
        return high * self.b + low

    def decrypt(self, number: int) -> int:
        """Return the number whose image this is."""
        encryptor, taken = self.encryptor(), 12 if self.wide else 8
        high, low = divmod(number, self.b)
        for j in reversed(range(ROUNDS)):
            block = encryptor.update(j.to_bytes(8, "little") + high.to_bytes(8, "little"))
            mask = int.from_bytes(block[:taken], "little")
            high, low = (low - mask) % (self.b if j % 2 else self.a), high
        return high * self.b + low

    def encrypt_many(self, start: int, count: int) -> list[int]:
        """Return the images of `count` numbers from `start` on."""
        high, low = self.encrypt_halves(*self.split(range(start, start + count)))
        return [h * self.b + v for h, v in zip(high, low, strict=True)]

    def decrypt_many(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers whose images these are."""
        high, low = self.decrypt_halves(*self.split(numbers))
        return [h * self.b + v for h, v in zip(high, low, strict=True)]

    def split(self, numbers: Sequence[int]) -> Halves:
        """Return the high and the low halves of many numbers."""
        b = self.b
        if isinstance(numbers, range) and numbers.step == 1 and numbers:
            high, start = divmod(numbers[0], b)
            if start + len(numbers) <= b:  # what a block mostly is: nothing to divide
                return [high] * len(numbers), list(range(start, start + len(numbers)))
        return [n // b for n in numbers], [n % b for n in numbers]

    def encrypt_halves(self, high: list[int], low: list[int]) -> Halves:
        """Return the images of many numbers, all as halves."""
        return self._in_chunks(self._encrypt_chunk, high, low)

    def decrypt_halves(self, high: list[int], low: list[int]) -> Halves:
        """Return the numbers whose images these are, all as halves."""
        return self._in_chunks(self._decrypt_chunk, high, low)

    def _in_chunks(
        self, turn: Callable[[list[int], list[int]], Halves], high: list[int], low: list[int]
    ) -> Halves:
        if len(high) <= CHUNK:
            return turn(high, low)
        done: Halves = [], []
        for at in range(0, len(high), CHUNK):
            part = turn(high[at : at + CHUNK], low[at : at + CHUNK])
            done[0].extend(part[0])
            done[1].extend(part[1])
        return done

    def _encrypt_chunk(self, high: list[int], low: list[int]) -> Halves:
        for j in range(ROUNDS):
            modulus, masks = self.b if j % 2 else self.a, self._masks(j, low)
            high, low = low, [(h + m) % modulus for h, m in zip(high, masks, strict=True)]
        return high, low

    def _decrypt_chunk(self, high: list[int], low: list[int]) -> Halves:
        for j in reversed(range(ROUNDS)):
            modulus, masks = self.b if j % 2 else self.a, self._masks(j, high)
            high, low = [(v - m) % modulus for v, m in zip(low, masks, strict=True)], high
        return high, low

    def _masks(self, j: int, halves: list[int]) -> Sequence[int]:
        """Return the round function of many halves: one call of AES for all of them."""
        blocks = array("Q", [j]) * (2 * len(halves))
        blocks[1::2] = array("Q", halves)
        words = array("Q", self.encryptor().update(memoryview(blocks).cast("B")))
        if not self.wide:
            return words[::2]
        return [
            low + ((high & 0xFFFFFFFF) << 64)
            for low, high in zip(words[::2], words[1::2], strict=True)
        ]
