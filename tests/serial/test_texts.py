"""Numbers become text under the key of their epoch, for ever the same."""

import json
import re

import pytest

from chalicelib.gs1.keys import Gtin
from chalicelib.serial.model import DEFAULT, Epoch, Format
from chalicelib.serial.texts import invert, permutation, spell
from tests.harness.aws import forget
from tests.serial.orders import GTIN
from tests.serial.test_permutation import VECTORS

EPOCH = Epoch(0, DEFAULT, DEFAULT.capacity)


def test_numbers_of_an_epoch_are_inverted() -> None:
    assert invert(GTIN, EPOCH, spell(GTIN, EPOCH, [7, 0, 10**9])) == [7, 0, 10**9]


def test_numbers_are_those_of_the_frozen_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    for vector in json.loads(VECTORS.read_text())["serials"]:
        root = bytes.fromhex(vector["root"])
        monkeypatch.setattr("chalicelib.keys._root", lambda root=root: root)
        forget()
        spelled = Format(vector["characters"], vector["length"])
        epoch = Epoch(vector["epoch"], spelled, 10**6)

        found = spell(Gtin(vector["gtin"]), epoch, [int(index) for index in vector["texts"]])

        assert found == list(vector["texts"].values())


def test_the_document_shows_the_frozen_vectors() -> None:
    document = (VECTORS.parents[3] / "docs" / "serial-numbers.md").read_text()
    vectors = {
        (str(Format(each["characters"], each["length"])), each["epoch"]): each
        for each in json.loads(VECTORS.read_text())["serials"]
    }
    rows = re.findall(r"\| `(\w+:\d+)` \| (\d) \| `(\w+)` \| `(\w+)` \| `(\w+)` \|", document)

    assert len(rows) >= 4
    for spelled, epoch, *texts in rows:
        vector = vectors[spelled, int(epoch)]
        assert vector["root"] in document
        assert texts == [vector["texts"][index] for index in ("0", "1", "123456")]


def test_permutations_are_made_once() -> None:
    assert permutation(GTIN, 0, DEFAULT) is permutation(GTIN, 0, DEFAULT)
