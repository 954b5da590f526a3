"""Alerts are kept once, and stand in the lists of those whose business they are."""

from dataclasses import replace

import pytest

from chalicelib.alerts import store
from chalicelib.errors import Raced
from tests.alerts.builders import a_note, an_alert
from tests.harness.aws import Aws
from tests.harness.faults import Case, survives_everything


def listed(organisation: str) -> list[str]:
    found, _ = store.page(organisation, after=None, limit=500)
    return [alert.id for alert in found]


def test_an_alert_is_read_as_it_was_kept(aws: Aws) -> None:
    alert = an_alert()
    bare = an_alert(2, reason="", gtin=None, serial="", lot="", expiry=None, owner="")

    store.create([alert, bare])

    assert store.find(alert.id) == alert
    assert store.find(bare.id) == bare
    assert store.find("0" * 32) is None


def test_each_organisation_finds_its_own_newest_first_page_by_page(aws: Aws) -> None:
    store.create([an_alert(number) for number in (1, 2, 3)])
    store.create([an_alert(4, reporter="meddist")])

    first, last = store.page("acme", after=None, limit=3)
    second, end = store.page("acme", after=last, limit=3)

    assert [alert.id for alert in first] == [an_alert(number).id for number in (4, 3, 2)]
    assert [alert.id for alert in second] == [an_alert(1).id]
    assert end is None
    assert listed("meddist") == [an_alert(4).id]
    assert listed("stranger") == []


def test_what_stands_already_is_left_as_it_is_and_the_rest_is_kept(aws: Aws) -> None:
    store.create([an_alert(1)])
    store.replace(an_alert(1).noted(a_note()))

    store.create([an_alert(number) for number in range(1, 80)])

    assert len(listed("acme")) == 79
    standing = store.find(an_alert(1).id)
    assert standing is not None
    assert len(standing.notes) == 1


def test_a_change_of_another_version_is_refused(aws: Aws) -> None:
    store.create([an_alert()])
    store.replace(an_alert().noted(a_note(1)))

    with pytest.raises(Raced):
        store.replace(an_alert().noted(a_note(2)))


def test_a_change_whose_answer_was_lost_is_no_conflict(aws: Aws) -> None:
    store.create([an_alert()])
    noted = an_alert().noted(a_note(1))
    store.replace(noted)

    store.replace(noted)

    assert store.find(noted.id) == noted
    with pytest.raises(Raced):
        store.replace(replace(noted, detail="other"))


def test_keeping_many_alerts_survives_every_fault_at_every_call(aws: Aws) -> None:
    store.create([an_alert(40)])

    def keep() -> list[str]:
        store.create([an_alert(number) for number in range(1, 45)])
        return sorted(listed("acme"))

    case = Case("44 alerts, one of which stands", keep, atomic=False)
    assert survives_everything(case, aws) >= 10
