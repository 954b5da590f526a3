"""Things of the stories that rules are tested with."""

from typing import Any

from chalicelib.errors import PacktrailError
from chalicelib.goods.model import Status
from chalicelib.gs1.keys import Sgtin
from tests.builders import (
    Scene,
    gtin,
    refused,
    sscc,
)

CASE, OTHER, PALLET, TOP = sscc(1), sscc(2), sscc(10), sscc(11)
FOREIGN = Sgtin.of(gtin(), "from-elsewhere")

ENDS = {
    "dispense": Status.DISPENSED,
    "sample": Status.SAMPLED,
    "destroy": Status.DESTROYED,
    "decommission": Status.INACTIVE,
    "export": Status.EXPORTED,
    "free_sample": Status.FREE_SAMPLE,
    "lock": Status.LOCKED,
    "report_stolen": Status.STOLEN,
    "check_out": Status.CHECKED_OUT,
}


def unchanged(scene: Scene, verb: Any, *args: Any, **more: Any) -> PacktrailError:
    """Return the refusal, having seen that nothing changed."""
    before = dict(scene.things)
    refusal = refused(verb, *args, **more)
    assert scene.things == before
    return refusal


def attempt(scene: Scene, verb: str, who: str, *epcs: Any) -> PacktrailError:
    if verb == "ship":
        to = "meddist" if who == "ruralpharm" else "ruralpharm"
        return unchanged(scene, scene.ship, who, to, *epcs)
    if verb == "pack":
        return unchanged(scene, scene.pack, who, sscc(77, who), *epcs)
    return unchanged(scene, getattr(scene, verb), who, *epcs)
