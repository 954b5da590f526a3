"""What captured events mean: which step, which goods, between whom; and nothing of them is lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.interpretation import interpret, restored, thing_of
from chalicelib.epcis.model import BizStep
from chalicelib.errors import Malformed
from chalicelib.gs1.keys import Gln, Gtin, Sgtin, Sscc
from tests.builders import EXPIRY, event, gln, sscc, units
from tests.goods.captures import commissioning, found, packing, shipping

ME = gln("acme")
UNIT = Sgtin.of(Gtin("09521000000018"), "A-1")


@pytest.mark.parametrize(
    ("kind", "action", "step", "effect"),
    [
        ("ObjectEvent", "ADD", "commissioning", BizStep.COMMISSIONING),
        ("ObjectEvent", "ADD", "encoding", BizStep.OBSERVING),
        ("ObjectEvent", "OBSERVE", "shipping", BizStep.SHIPPING),
        ("ObjectEvent", "OBSERVE", "void_shipping", BizStep.VOIDING),
        ("ObjectEvent", "OBSERVE", "receiving", BizStep.RECEIVING),
        ("ObjectEvent", "OBSERVE", "dispensing", BizStep.DISPENSING),
        ("ObjectEvent", "OBSERVE", "storing", BizStep.OBSERVING),
        ("ObjectEvent", "DELETE", "destroying", BizStep.DESTROYING),
        ("ObjectEvent", "DELETE", "sampling", BizStep.SAMPLING),
        ("ObjectEvent", "DELETE", "shipping", BizStep.DECOMMISSIONING),
        ("TransactionEvent", "ADD", "shipping", BizStep.OBSERVING),
        ("AssociationEvent", "ADD", "assembling", BizStep.OBSERVING),
    ],
)
def test_type_and_action_decide_the_step_before_its_name_does(
    kind: str, action: str, step: str, effect: BizStep
) -> None:
    meant = interpret(found(kind, step, action=action, epcList=[UNIT.urn(7)]), "urn:x:1", ME)

    assert meant.biz_step is effect


def test_part_of_a_pack_dispensed_leaves_the_pack() -> None:
    some = {"disposition": "partially_dispensed", "epcList": [UNIT.urn(7)]}

    meant = interpret(found("ObjectEvent", "dispensing", action="OBSERVE", **some), "urn:x:1", ME)

    assert meant.biz_step is BizStep.OBSERVING


def test_lot_and_expiry_are_read_under_any_prefix() -> None:
    own = {"@context": {"m": "urn:epcglobal:cbv:mda"}}
    plain = commissioning([UNIT])
    other = plain | own | {"ilmd": {"m:lotNumber": "L9", "m:itemExpirationDate": "2030-01-31"}}

    assert interpret(plain, "urn:x:1", ME).expiry == EXPIRY
    assert interpret(other, "urn:x:1", ME).lot == "L9"


def test_an_expiry_that_is_no_date_is_refused() -> None:
    sent = commissioning([UNIT], expiry="soon")

    with pytest.raises(Malformed) as refused:
        interpret(sent, "urn:x:1", ME)

    assert refused.value.errors[0].pointer == "/ilmd"


def test_who_has_the_goods_goes_before_whose_they_are() -> None:
    to = [
        {"type": "owning_party", "destination": gln(1).digital_link()},
        {"type": "possessing_party", "destination": "urn:epc:id:sgln:9529000.00002.0"},
    ]
    meant = interpret(shipping([UNIT], ME, gln("meddist")) | {"destinationList": to}, "urn:x:1", ME)

    assert meant.destination == Gln("9529000000021")


def test_unpacking_of_all_names_no_children_and_of_quantities_changes_no_contents() -> None:
    all_out = found("AggregationEvent", "unpacking", action="DELETE", parentID=sscc(1).urn(7))
    some = all_out | {"childQuantityList": [{"epcClass": "urn:x:c", "quantity": 1}]}

    assert interpret(all_out, "urn:x:1", ME).biz_step is BizStep.UNPACKING
    assert interpret(some, "urn:x:1", ME).biz_step is BizStep.OBSERVING


def test_the_time_keeps_the_offset_of_the_place() -> None:
    meant = interpret(
        found("ObjectEvent", "storing", action="OBSERVE") | {"eventTimeZoneOffset": "-06:30"},
        "urn:x:1", ME,
    )  # fmt: skip

    assert meant.event_time.isoformat().endswith("-06:30")


@pytest.mark.parametrize(
    "uri",
    [
        UNIT.urn(7),
        UNIT.urn(9),
        UNIT.digital_link(),
        "https://shop.example.com/x/01/09521000000018/21/A-1?17=290101",
        "urn:epc:id:giai:0614141.12345400",
        "urn:uuid:2f2a",
        sscc(7).urn(8),
        sscc(7).digital_link(),
        Sgtin.of(UNIT.gtin, "a/b%c").urn(7),
    ],
)
def test_every_spelling_comes_back_as_it_was_sent(uri: str) -> None:
    sent = found("ObjectEvent", "storing", action="OBSERVE", epcList=[uri, sscc(1).urn(7)])

    back = restored(interpret(sent, "urn:x:1", ME))

    assert back.keys() == sent.keys()
    assert set(back["epcList"]) == set(sent["epcList"])


def test_what_names_nothing_that_moves_stays_as_it_is() -> None:
    assert thing_of("urn:epc:id:sgtin:0614141.12.1") is None
    assert thing_of("urn:epc:id:sscc:0614141.12") is None
    assert thing_of("https://example.com/nothing") is None
    assert thing_of("urn:epc:id:sgln:0614141.00777.0") is None
    assert thing_of(sscc(1).urn(7)) == Sscc(sscc(1).digits)


@settings(max_examples=50)
@given(
    st.sets(st.integers(0, 50)),
    st.booleans(),
    st.dictionaries(st.text("ab", min_size=1), st.text()),
)
def test_nothing_of_an_event_is_lost(chosen: set[int], link: bool, more: dict[str, Any]) -> None:
    children = [each for n, each in enumerate(units(51)) if n in chosen]
    sent = packing(sscc(3), children) | {f"ex:{key}": value for key, value in more.items()}
    if link:
        sent["childEPCs"] = [each.digital_link() for each in children]

    assert restored(interpret(sent, "urn:x:1", ME)) == sent


def test_only_what_was_captured_can_be_restored() -> None:
    with pytest.raises(ValueError, match="not captured"):
        restored(event(BizStep.PACKING, "acme"))
