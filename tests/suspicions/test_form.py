"""The record of a notification has the fields of Form FDA 3911, and makes nothing up."""

from dataclasses import replace

import pytest

from chalicelib.suspicions.form import notification
from chalicelib.suspicions.model import Page, State, Suspicion
from tests.harness.network import AT, Network
from tests.suspicions.test_model import CASE, note
from tests.suspicions.test_store import HELD


def case_of(*states: State) -> Suspicion:
    case = CASE
    for number, state in enumerate(states, 1):
        case = case.noted(note(state, number))
    return case


@pytest.mark.parametrize(
    ("states", "kind"),
    [
        ((), None),
        ((State.CLEARED,), None),
        ((State.ILLEGITIMATE,), "initial_notification"),
        ((State.HIGH_RISK,), "initial_notification"),
        ((State.ILLEGITIMATE, State.TERMINATED), "request_for_termination"),
        ((State.HIGH_RISK, State.CLEARED), "request_for_termination"),
    ],
)
def test_the_type_of_report_follows_from_the_state(
    network: Network, states: tuple[State, ...], kind: str | None
) -> None:
    record = notification(case_of(*states), [], AT)

    assert record["typeOfReport"] == kind
    assert ("/typeOfReport" in record["missing"]) == (kind is None)
    assert (record["reasonForTermination"] is not None) == (kind == "request_for_termination")


def test_once_fda_was_notified_its_number_is_asked_for(network: Network) -> None:
    case = CASE.noted(replace(note(State.ILLEGITIMATE, 1), notified=AT))

    record = notification(case, [], AT)

    assert record["typeOfReport"] == "follow_up_notification"
    assert record["dateOfInitialNotification"] == "2026-11-23"
    assert "/incidentNumber" in record["missing"]
    numbered = case.noted(replace(note(State.ILLEGITIMATE, 2), incident="7"))
    assert "/incidentNumber" not in notification(numbered, [], AT)["missing"]


def test_products_are_told_with_what_the_directory_knows(network: Network) -> None:
    (product,) = notification(case_of(State.ILLEGITIMATE), [Page(0, (HELD,))], AT)["products"]

    assert (product["name"], product["serials"], product["quantity"]) == (
        "Aspirin 500 mg", ["S/1"], 2,
    )  # fmt: skip
    assert product["lots"] == [{"lot": "L", "expiry": None, "quantity": 2}]
    assert product["strength"] is None
