"""The construction of docs/serial-numbers.md, written down a second time, slowly and plainly.

It shares no code with the product. The frozen vectors were made with it.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def encrypt(key: bytes, radix: int, length: int, number: int) -> int:
    """Return the image of one number."""
    a, b = radix ** (length // 2), radix ** (length - length // 2)
    left, right = number // b, number % b
    octets = 8 if b <= 2**44 else 12
    for j in range(12):
        block = j.to_bytes(8, "little") + right.to_bytes(8, "little")
        cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        mask = int.from_bytes(cipher.update(block)[:octets], "little")
        left, right = right, (left + mask) % (a if j % 2 == 0 else b)
    return left * b + right


def text(number: int, characters: str, length: int) -> str:
    """Return a number in base `len(characters)`, leading zeros kept."""
    found = ""
    for _ in range(length):
        number, digit = divmod(number, len(characters))
        found = characters[digit] + found
    return found


def serial_key(root: bytes, gtin: str, epoch: int, characters: str, length: int) -> bytes:
    """Return the key of an epoch: HKDF-SHA256 (RFC 5869) with one block of output."""
    parts = ["serial", gtin, str(epoch), characters, str(length)]
    info = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in parts)
    extracted = hmac.new(b"packtrail-derive/1", root, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()
