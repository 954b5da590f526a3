"""Which shipments are settled by goods that arrive, or that are called back.

The trail of what moved says by which event it was shipped, so the event that settles a shipment
carries how much of it: whoever adds up needs to look nothing up.
"""

from collections.abc import Mapping

from chalicelib.epcis.model import Epc, Event, Fulfilment
from chalicelib.goods.model import Kind, shipped_as, standing
from chalicelib.goods.rules.decision import Decision, quantities, summed
from chalicelib.goods.world import World
from chalicelib.gs1.keys import Lgtin

Sent = Mapping[Epc, tuple[str, str]]
"""Of each thing in transit: what it was shipped as, itself or a container, and by which event."""


def sent(decision: Decision, event: Event) -> Sent:
    """Return how the things of an event, all in transit, were shipped."""
    return {epc: shipped_as(str(epc), decision.world.things) for epc in event.epcs}


def settled(decision: Decision, things: Sent) -> tuple[Fulfilment, ...]:
    """Return what of each shipment is settled by these things, just before they go on.

    A container that goods were taken out of, one after the other, was settled with the last of
    them: when it arrives itself, it counts no more.

    Args:
        decision: in which what goes on alone has left its containers.
        things: as they were shipped.
    """
    world = decision.world
    counts: dict[str, int] = {}
    goods: dict[str, dict[Lgtin, int]] = {}
    opened: dict[str, str] = {}
    for epc, (top, shipment) in things.items():
        here = world.things[str(epc)].goods(epc)
        goods[shipment] = summed(goods.get(shipment, {}), here)
        counts.setdefault(shipment, 0)
        if top != str(epc):
            opened |= {top: shipment} if any(here.values()) else {}
        elif not _used_up(world, top):
            counts[shipment] += 1
    for top, shipment in opened.items():
        counts[shipment] += _used_up(world, top)
    return tuple(Fulfilment(each, counts[each], quantities(goods[each])) for each in counts)


def _used_up(world: World, key: str) -> bool:
    """Whether the last known goods in a container have been taken out since it was shipped."""
    thing = world.things[key]
    counts = standing(thing.trail)
    relieved = bool(counts) and counts[-1].kind is Kind.RELIEVED
    return relieved and not any(thing.goods(world.epc(key)).values())
