"""Every use case on goods, disturbed at every call to AWS in every way.

Nothing is lost, nothing doubled, nothing half-written, and nobody is told of a conflict that there
is not: see `tests.harness.faults.survives`. The requests go through the API, so that what a client
sees of it is judged too, and are repeated word for word under their idempotency key.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.faults import Case, injected, survives_everything
from tests.harness.network import GTIN, LOT, Network, gln, serial_of

Post = tuple[str, str, dict[str, Any]]
"""Who, where and what; see `Network.same`."""


def commissioning_issued(network: Network) -> Post:
    body = {"gtin": GTIN, "lot": LOT, "serials": network.serials(600)}
    return "acme-line", "/v1/commissioning", body


def commissioning_foreign(network: Network) -> Post:
    body = {"gtin": GTIN, "lot": LOT, "serials": ["other-1", "other-2", "other-3"]}
    return "acme-line", "/v1/commissioning", body


def packing_one(network: Network) -> Post:
    body = {"parent": network.sscc(), "children": network.commissioned(3)}
    return "acme-line", "/v1/packing", body


def packing_several(network: Network) -> Post:
    units, cases = network.commissioned(6), [network.sscc(), network.sscc()]
    items = [
        {"parent": cases[0], "children": units[:3]},
        {"parent": cases[1], "children": units[3:]},
        {"parent": network.sscc(), "children": cases},
    ]
    return "acme-line", "/v1/packing", {"items": items}


def unpacking_some(network: Network) -> Post:
    units = network.commissioned(3)
    body = {"parent": network.packed(units), "children": units[:1]}
    return "acme-warehouse", "/v1/unpacking", body


def unpacking_all(network: Network) -> Post:
    case = network.packed(network.commissioned(3))
    pallet = network.packed([case])
    network.delivered([pallet], "acme", "meddist")
    return "meddist-warehouse", "/v1/unpacking", {"parent": case}


def shipping_a_pallet(network: Network) -> Post:
    pallet = network.packed([network.packed(network.commissioned(3))])
    documents = [{"type": "desadv", "id": "DN-1"}]
    body = {"epcs": [pallet], "to": gln("meddist"), "documents": documents}
    return "acme-warehouse", "/v1/shipping", body


def shipping_out_of_a_case(network: Network) -> Post:
    units = network.commissioned(3)
    network.packed(units)
    return "acme-warehouse", "/v1/shipping", {"epcs": units[:2], "to": gln("citypharm")}


def shipping_several(network: Network) -> Post:
    cases = [network.packed(network.commissioned(2)) for _ in range(2)]
    network.packed(cases)
    items = [
        {"epcs": [cases[0]], "to": gln("citypharm")},
        {"epcs": [cases[1]], "to": gln("ruralpharm")},
    ]
    return "acme-warehouse", "/v1/shipping", {"items": items}


def receiving(network: Network) -> Post:
    case = network.packed(network.commissioned(3))
    network.shipped([case], "acme", "meddist")
    return "meddist-warehouse", "/v1/receiving", {"epcs": [case], "from": gln("acme")}


def dispensing_out_of_a_case(network: Network) -> Post:
    units = network.commissioned(3)
    network.delivered([network.packed(units)], "acme", "citypharm")
    return "citypharm-warehouse", "/v1/dispensing", {"epcs": units[:2]}


def sampling(network: Network) -> Post:
    body = {"epcs": network.commissioned(2)[:1], "reason": "retain sample"}
    return "acme-quality", "/v1/sampling", body


def destroying_a_case(network: Network) -> Post:
    case = network.packed(network.commissioned(3))
    return "acme-warehouse", "/v1/destroying", {"epcs": [case], "reason": "damaged"}


def decommissioning(network: Network) -> Post:
    return "acme-line", "/v1/decommissioning", {"epcs": network.commissioned(3)[1:]}


def reactivation(network: Network) -> Post:
    units = network.commissioned(2)
    network.delivered(units, "acme", "citypharm")
    network.post("citypharm-warehouse", "/v1/dispensing", {"epcs": units})
    return "citypharm-warehouse", "/v1/reactivation", {"epcs": units[:1]}


def returning_numbers(network: Network) -> Post:
    serials = network.serials(4)
    path = f"/v1/products/{GTIN}/serials/returns"
    return "acme-line", path, {"serials": serials[1:3], "reason": "line stopped"}


def corrections_of_a_shipment(network: Network) -> Post:
    case = network.packed(network.commissioned(3))
    network.packed([case])
    body = {"epcs": [case], "to": gln("meddist")}
    shipped = network.post("acme-warehouse", "/v1/shipping", body)
    body = {"event": shipped["eventId"], "reason": "did_not_occur"}
    return "acme-warehouse", "/v1/corrections", body


def corrections_of_an_unpacking(network: Network) -> Post:
    case = network.packed(network.commissioned(3))
    emptied = network.post("acme-line", "/v1/unpacking", {"parent": case})
    more = {"correctiveEvents": ["urn:uuid:7a0c1ad0-8bd4-4c5e-9a0a-7d2f7e1e5a11"]}
    body = {"event": emptied["eventId"], "reason": "incorrect_data", **more}
    return "acme-line", "/v1/corrections", body


def verification(network: Network) -> Post:
    units = network.commissioned(2)
    items = [{"gtin": GTIN, "serial": serial_of(unit)} for unit in units]
    return "citypharm-warehouse", "/v1/verifications", {"items": items}


EVERY = [
    commissioning_issued,
    commissioning_foreign,
    packing_one,
    packing_several,
    unpacking_some,
    unpacking_all,
    shipping_a_pallet,
    shipping_out_of_a_case,
    shipping_several,
    receiving,
    dispensing_out_of_a_case,
    sampling,
    destroying_a_case,
    decommissioning,
    reactivation,
    returning_numbers,
    corrections_of_a_shipment,
    corrections_of_an_unpacking,
    verification,
]


@pytest.mark.parametrize("arranged", EVERY, ids=lambda each: each.__name__)
def test_every_use_case_survives_every_fault_at_every_call(
    network: Network, arranged: Callable[[Network], Post]
) -> None:
    post = arranged(network)
    case = Case(arranged.__name__, network.same(*post))

    assert survives_everything(case, network.aws) >= 10


@pytest.mark.parametrize("arranged", EVERY, ids=lambda each: each.__name__)
def test_every_use_case_writes_in_one_request(
    network: Network, arranged: Callable[[Network], Post]
) -> None:
    act = network.same(*arranged(network))

    with injected() as calls:
        reply = act()

    assert reply.status in {200, 201}, reply
    writes = [name for name in calls.made if "Get" not in name and "Query" not in name]
    assert len(writes) == (0 if arranged is verification else 1)


def test_every_route_that_changes_goods_is_disturbed() -> None:
    from chalicelib.goods.routes import routes

    disturbed = {arranged.__name__.partition("_")[0] for arranged in EVERY}
    posts = {spec.path.rpartition("/")[2] for spec in routes.specs if spec.method == "POST"}

    named = {"returns": "returning", "verifications": "verification"}
    assert {named.get(name, name) for name in posts} == disturbed
