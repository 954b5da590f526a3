"""Serial numbers of an epoch as text, and the way back: its permutation, in its format."""

from collections.abc import Sequence
from functools import lru_cache

from chalicelib.gs1.keys import Gtin
from chalicelib.serial.model import Epoch, Format
from chalicelib.serial.permutation import Permutation


@lru_cache(maxsize=256)
def permutation(gtin: Gtin, number: int, spelled: Format) -> Permutation:
    """Return the permutation of an epoch; its key is derived from all that it depends on."""
    # Imported here: cold start; a request about other goods derives no key.
    from chalicelib.keys import derive  # noqa: PLC0415

    key = derive("serial", gtin.digits, str(number), spelled.characters, str(spelled.length))
    return Permutation(key, spelled.radix, spelled.length)


def spell(gtin: Gtin, epoch: Epoch, indexes: Sequence[int]) -> list[str]:
    """Return the serial numbers of many indexes of an epoch."""
    turned = permutation(gtin, epoch.number, epoch.format)
    return epoch.format.texts(*turned.encrypt_halves(*turned.split(indexes)))


def invert(gtin: Gtin, epoch: Epoch, texts: Sequence[str]) -> list[int]:
    """Return the indexes of many serial numbers, each of which the epoch's format spells."""
    turned = permutation(gtin, epoch.number, epoch.format)
    high, low = turned.decrypt_halves(*epoch.format.halves(texts))
    return [h * turned.b + v for h, v in zip(high, low, strict=True)]
