"""The words of CBV, held against GS1's own lists."""

import pytest

from chalicelib.epcis import words
from chalicelib.epcis.words import Vocabulary
from tests.epcis.schemas import words as published
from tests.shared_data import load


@pytest.mark.parametrize(
    ("vocabulary", "file"),
    [
        (words.BIZ_STEP, "bizStep"),
        (words.DISPOSITION, "disposition"),
        (words.BIZ_TRANSACTION, "bizTransaction-type"),
        (words.SOURCE_DESTINATION, "source-dest-type"),
        (words.ERROR_REASON, "error-reason"),
        (words.COMPONENT, "component"),
    ],
)
def test_a_vocabulary_has_exactly_the_standards_words(vocabulary: Vocabulary, file: str) -> None:
    assert vocabulary.words == published(file)


@pytest.mark.parametrize(
    ("vocabulary", "file", "name"),
    [
        (words.MEASUREMENT, "measurement-type", "measurementType"),
        (words.ALERT, "sensor-alert-type", "sensorAlertType"),
    ],
)
def test_words_for_sensors_are_the_standards(vocabulary: Vocabulary, file: str, name: str) -> None:
    schema = load(f"epcis-artefacts/json-schema/{file}-JSON-Schema.json")
    choices = schema["definitions"][name]["anyOf"]

    assert vocabulary.words == {word for choice in choices for word in choice.get("enum", ())}


def test_there_are_as_many_words_as_the_standard_counts() -> None:
    counts = (words.BIZ_STEP, words.DISPOSITION, words.BIZ_TRANSACTION)

    assert [len(vocabulary.words) for vocabulary in counts] == [41, 33, 13]


@pytest.mark.parametrize(
    "spelt",
    [
        "in_transit",
        " IN_TRANSIT ",
        "urn:epcglobal:cbv:disp:in_transit",
        "URN:epcglobal:cbv:Disp:in_transit",
        "https://ref.gs1.org/cbv/Disp-in_transit",
        "https://ns.gs1.org/cbv/Disp-in_transit",
        "cbv:Disp-in_transit",
    ],
)
def test_every_spelling_of_a_word_has_one_bare_word(spelt: str) -> None:
    assert words.DISPOSITION.bare(spelt) == "in_transit"


@pytest.mark.parametrize(
    "spelt", ["", "lost", "urn:epcglobal:cbv:bizstep:in_transit", "urn:acme:in_transit"]
)
def test_what_is_no_word_of_the_vocabulary_has_no_bare_word(spelt: str) -> None:
    assert words.DISPOSITION.bare(spelt) is None
