"""Keys come from one root: the same for ever, independent of each other, and nobody else's."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chalicelib import keys
from chalicelib.errors import Busy, PacktrailError
from chalicelib.keys import RootUnusable, derive
from tests.harness.aws import Aws
from tests.harness.faults import Kind, injected

Environment = Callable[..., None]


@pytest.fixture
def key_file(tmp_path: Path, environment: Environment) -> Path:
    path = tmp_path / "state" / "root.key"
    environment(PACKTRAIL_KEY_FILE=str(path))
    return path


@pytest.fixture
def kms_key(aws: Aws, environment: Environment) -> str:
    kms = aws.client("kms")
    made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    key_id: str = made["KeyMetadata"]["KeyId"]
    environment(PACKTRAIL_KEY_ID=key_id)
    return key_id


@pytest.mark.parametrize("length", [1, 16, 32, 33, 64, 100])
def test_keys_are_those_of_hkdf(key_file: Path, length: int) -> None:
    made = derive("serial", "09506000134352", "é", length=length)

    root = bytes.fromhex(key_file.read_text())
    info = b"\0\0\0\x06serial\0\0\0\x0e09506000134352\0\0\0\x02\xc3\xa9"
    assert made == HKDF(SHA256(), length, b"packtrail-derive/1", info).derive(root)


def test_a_key_is_the_same_after_a_restart(key_file: Path, environment: Environment) -> None:
    before = derive("cursor")

    environment(PACKTRAIL_KEY_FILE=str(key_file))

    assert derive("cursor") == before


@pytest.mark.usefixtures("key_file")
def test_purposes_and_contexts_have_keys_of_their_own() -> None:
    asked = [("a",), ("a", ""), ("a", "b"), ("a", "b", ""), ("ab",), ("a", "bc"), ("a", "b", "c")]

    assert len({derive(*parts) for parts in asked}) == len(asked)


@pytest.mark.parametrize("length", [0, 8161])
def test_a_length_that_hkdf_has_not_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to 8160"):
        derive("serial", length=length)


def test_the_key_file_is_readable_by_nobody_else(key_file: Path) -> None:
    before = os.umask(0)
    try:
        derive("serial")
    finally:
        os.umask(before)

    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in key_file.parent.iterdir()] == ["root.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_that_others_may_read_is_refused(
    key_file: Path, environment: Environment, mode: int
) -> None:
    derive("serial")
    key_file.chmod(mode)

    environment(PACKTRAIL_KEY_FILE=str(key_file))

    with pytest.raises(RootUnusable, match="chmod 600"):
        derive("serial")


@pytest.mark.parametrize("content", ["", "ab" * 31, "xy" * 32, "ab" * 33, "é" * 32])
def test_a_damaged_key_file_is_refused_and_kept(key_file: Path, content: str) -> None:
    key_file.parent.mkdir()
    key_file.write_text(content)
    key_file.chmod(0o600)

    with pytest.raises(RootUnusable, match="damaged"):
        derive("serial")

    assert key_file.read_text() == content


def test_without_a_root_there_is_a_bug_and_not_a_refusal(environment: Environment) -> None:
    environment(PACKTRAIL_KEY_FILE="")

    with pytest.raises(RootUnusable, match="PACKTRAIL_KEY_ID") as raised:
        derive("serial")

    assert not isinstance(raised.value, PacktrailError)


def test_of_two_processes_that_start_at_once_one_makes_the_file(tmp_path: Path) -> None:
    path, barrier = tmp_path / "root.key", threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        keys._make(path)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [found.name for found in tmp_path.iterdir()] == ["root.key"]
    assert len(bytes.fromhex(path.read_text())) == 32


def test_threads_ask_for_the_root_once(kms_key: str) -> None:
    found: set[bytes] = set()
    threads = [threading.Thread(target=lambda: found.add(derive("serial"))) for _ in range(8)]

    with injected() as calls:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(found) == 1
    assert calls.made == ["kms.GenerateMac"]


def test_kms_gives_the_same_root_each_time(kms_key: str, environment: Environment) -> None:
    before = derive("serial")

    environment(PACKTRAIL_KEY_ID=kms_key)

    assert derive("serial") == before


def test_another_kms_key_is_another_root(aws: Aws, kms_key: str, environment: Environment) -> None:
    before = derive("serial")
    other = aws.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")

    environment(PACKTRAIL_KEY_ID=other["KeyMetadata"]["KeyId"])

    assert derive("serial") != before


@pytest.mark.parametrize("kind", [Kind.REFUSED, Kind.LOST, Kind.THROTTLED, Kind.FAILED_AFTER])
def test_kms_may_be_busy(kms_key: str, kind: Kind) -> None:
    with injected({1: kind}), pytest.raises(Busy):
        derive("serial")

    assert len(derive("serial")) == 32


def test_a_kms_key_that_does_not_exist_is_a_bug(aws: Aws, environment: Environment) -> None:
    environment(PACKTRAIL_KEY_ID="11111111-1111-1111-1111-111111111111")

    with pytest.raises(Exception, match="NotFound"):
        derive("serial")
