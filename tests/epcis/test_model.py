"""The words of events: every step has its type, action and disposition in the CBV's language."""

import pytest

from chalicelib.epcis.model import DISPOSITIONS, DOCUMENT_TYPES, Action, BizStep, EventType
from tests.builders import event
from tests.epcis.schemas import words

ADDED = {BizStep.COMMISSIONING, BizStep.PACKING}
OBSERVED = {
    BizStep.SHIPPING,
    BizStep.VOIDING,
    BizStep.RECEIVING,
    BizStep.DISPENSING,
    BizStep.REACTIVATING,
    BizStep.OBSERVING,
}


@pytest.mark.parametrize("step", BizStep)
def test_every_step_has_a_type_an_action_and_a_disposition(step: BizStep) -> None:
    found = event(step, "acme")

    links = step in (BizStep.PACKING, BizStep.UNPACKING)
    assert found.type is (EventType.AGGREGATION if links else EventType.OBJECT)
    wanted = Action.ADD if step in ADDED else Action.DELETE
    assert found.action is (Action.OBSERVE if step in OBSERVED else wanted)
    assert found.disposition == DISPOSITIONS[step]


@pytest.mark.parametrize("step", BizStep)
def test_steps_and_dispositions_are_words_of_the_vocabulary_or_uris_of_ours(step: BizStep) -> None:
    assert step in words("bizStep") or step.startswith("urn:packtrail:bizstep:")
    assert DISPOSITIONS[step] in words("disposition")


def test_the_types_of_documents_are_those_of_the_vocabulary() -> None:
    assert words("bizTransaction-type") == DOCUMENT_TYPES
