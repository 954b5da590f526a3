"""Every step has a rule."""

from chalicelib.epcis.model import BizStep
from chalicelib.goods.rules.steps import _STEPS


def test_every_step_has_a_rule() -> None:
    assert set(_STEPS) == set(BizStep)
