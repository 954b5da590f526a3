"""The words of events: every step has its type, action and disposition in the CBV's language."""

from dataclasses import replace

import pytest

from chalicelib.epcis.model import (
    DISPOSITIONS,
    DOCUMENT_TYPES,
    Action,
    BizStep,
    Captured,
    EventType,
)
from tests.builders import event, units
from tests.epcis.schemas import words

ADDED = {BizStep.COMMISSIONING, BizStep.PACKING}
OBSERVED = {
    BizStep.SHIPPING,
    BizStep.VOIDING,
    BizStep.RECEIVING,
    BizStep.DISPENSING,
    BizStep.REACTIVATING,
    BizStep.LOCKING,
    BizStep.REPORTING_STOLEN,
    BizStep.OBSERVING,
    BizStep.SUSPECTING,
    BizStep.CONDEMNING,
    BizStep.CLEARING,
}


@pytest.mark.parametrize("step", [each for each in BizStep if each is not BizStep.TRANSFORMING])
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


def test_a_transformation_can_tell_what_it_made_and_not_what_of() -> None:
    found = {
        "type": "TransformationEvent",
        "inputEPCList": ["urn:epc:id:sgtin:9521000.000001.1"],
        "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877"}],
        "transformationID": "urn:x:1",
        "bizStep": "assembling",
    }
    whole = replace(
        event(BizStep.TRANSFORMING, "acme", epcs=units(3)), captured=Captured(found, "urn:x:e")
    )

    part = whole.made(*units(1))

    assert whole.type is EventType.TRANSFORMATION
    assert part.epcs == units(1)
    assert part.captured is not None
    assert dict(part.captured.object) == {"type": found["type"], "bizStep": "assembling"}
    with pytest.raises(ValueError, match="captured"):
        event(BizStep.PACKING, "acme").made()
