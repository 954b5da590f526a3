"""Which rule each step follows."""

from collections.abc import Callable, Mapping

from chalicelib.epcis.model import BizStep, Event
from chalicelib.goods.rules.commissioning import commission, return_numbers
from chalicelib.goods.rules.decision import Decision
from chalicelib.goods.rules.ending import end, reactivate
from chalicelib.goods.rules.moving import observe, receive, ship, void
from chalicelib.goods.rules.packing import pack, unpack
from chalicelib.goods.rules.suspecting import clear, suspect
from chalicelib.goods.rules.transforming import transform

_STEPS: Mapping[BizStep, Callable[[Decision, Event, str], None]] = {
    BizStep.COMMISSIONING: commission,
    BizStep.PACKING: pack,
    BizStep.UNPACKING: unpack,
    BizStep.SHIPPING: ship,
    BizStep.RECEIVING: receive,
    BizStep.DISPENSING: end,
    BizStep.SAMPLING: end,
    BizStep.DESTROYING: end,
    BizStep.DECOMMISSIONING: end,
    BizStep.EXPORTING: end,
    BizStep.FREE_SAMPLING: end,
    BizStep.LOCKING: end,
    BizStep.REPORTING_STOLEN: end,
    BizStep.CHECKING_OUT: end,
    BizStep.REACTIVATING: reactivate,
    BizStep.SUSPECTING: suspect,
    BizStep.CONDEMNING: suspect,
    BizStep.CLEARING: clear,
    BizStep.RETURNING_NUMBERS: return_numbers,
    BizStep.VOIDING: void,
    BizStep.OBSERVING: observe,
    BizStep.TRANSFORMING: transform,
}


def take(decision: Decision, event: Event, pointer: str = "") -> None:
    """Let one event take effect.

    Args:
        decision: of the request; what it noted before, happened before.
        event: what happened, as it was asked for.
        pointer: where in the request body the event stands, such as `/items/3`.

    Raises:
        Conflict: the state of goods forbids it; every EPC at fault is named with its reason.
        NotFound: the goods do not exist for this organisation.
        Malformed: the event contradicts itself.
        TooLarge: more events than one record holds.
    """
    _STEPS[event.biz_step](decision, event, pointer)
