"""The lines of the README and of the guides work, as they stand, for whoever copies them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.docs.markdown import EVERY_STEP, PARTNERS, README, Block, blocks
from tests.docs.newcomer import SHELLS, Answer, Packtrail, inbox, play

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("loopback"),
    pytest.mark.xdist_group("docs"),
    pytest.mark.skipif(not (SHELLS and shutil.which("curl")), reason="needs curl and bash or zsh"),
]

MEDDIST, CITY, RURAL = "9522000000015", "9523000000012", "9524000000019"


def requests_of(path: Path) -> list[Block]:
    return [block for block in blocks(path) if block.language == "sh" and "curl" in block.text]


def to(answers: list[Answer], request: str) -> list[Answer]:
    """Return the answers to requests that begin and end so: `GET v1/units/…/history`."""
    begins, _, ends = request.partition("…")
    return [a for a in answers if a.request.startswith(begins) and a.request.endswith(ends)]


def check_everything_went_as_told(answers: list[Answer]) -> None:
    others = [f"{a.block}: {a.request} gave {a.status} {a.text}" for a in answers if not a.as_told]
    assert others == []


def check_the_story(answers: list[Answer]) -> None:
    before, after = to(answers, "POST v1/verifications")
    assert (before["verified"], before["state"]) == (True, "active")
    assert (after["verified"], after["reasons"]) == (False, ["recalled"])
    (refused,) = [answer for answer in answers if answer.refused]
    assert refused["code"] == "recalled"
    (history,) = to(answers, "GET v1/units/…/history")
    assert [event["bizStep"] for event in history["events"]] == [
        "commissioning", "packing", "packing", "unpacking", "shipping", "receiving",
        "unpacking", "dispensing",
    ]  # fmt: skip
    (deliveries,) = to(answers, "GET v1/lots/…/deliveries")
    assert [(row["party"], row["quantity"]) for row in deliveries["deliveries"]] == [(MEDDIST, 20)]


def check_the_recall(answers: list[Answer]) -> None:
    (acknowledged,) = to(answers, "POST v1/recalls/…/acknowledgement")
    assert (acknowledged["party"], acknowledged["status"]) == (CITY, "acknowledged")
    notices = to(answers, "GET v1/recalls/…/notices")[-1]["notices"]
    told = {notice["party"]: (notice["direction"], notice["quantity"]) for notice in notices}
    assert told == {MEDDIST: ("received", 20), CITY: ("sent", 10), RURAL: ("sent", 10)}
    recall = to(answers, "GET v1/recalls/")[-1]
    assert recall["progress"]["parties"] == 3
    assert recall["progress"]["notices"]["acknowledged"] == 1


def check_the_message(answers: list[Answer], headers: dict[str, str], body: str) -> None:
    (registered,) = to(answers, "POST v1/webhooks")
    Webhook(registered["secret"]).verify(body, {name.lower(): headers[name] for name in headers})
    event = json.loads(body)
    assert event["type"] == "recall.notice"
    assert [(lot["lot"], lot["quantity"]) for lot in event["data"]["lots"]] == [("LOT-1", 20)]


def test_the_readme_plays_the_story_and_again_changes_nothing(
    packtrail: Packtrail, tmp_path: Path
) -> None:
    lines = requests_of(README)
    with inbox() as partner:
        first = play(SHELLS[0], lines, packtrail.url, tmp_path / "first", hook=partner.url)
        message = partner.first()
        again = play(SHELLS[-1], lines, packtrail.url, tmp_path / "again", hook=partner.url)

    check_everything_went_as_told(first)
    check_the_story(first)
    check_the_recall(first)
    check_the_message(first, *message)
    check_everything_went_as_told(again)
    keyed = [number for number, answer in enumerate(again) if answer.replayed]
    assert len(keyed) == 14
    assert [again[n].text for n in keyed] == [first[n].text for n in keyed]


def test_the_guide_has_a_working_line_for_every_step(packtrail: Packtrail, tmp_path: Path) -> None:
    first, *_ = requests_of(README)
    lines = [first, *requests_of(EVERY_STEP)]
    with inbox() as partner:
        answers = play(SHELLS[-1], lines, packtrail.url, tmp_path / "notes", hook=partner.url)
        _, message = partner.first()

    check_everything_went_as_told(answers)
    assert [lot["serials"] for lot in json.loads(message)["data"]["lots"]]


def test_the_partners_guide_captures_a_document_and_an_event(
    packtrail: Packtrail, tmp_path: Path
) -> None:
    first, *_ = requests_of(README)
    lines = [first, *requests_of(PARTNERS)]

    answers = play(SHELLS[-1], lines, packtrail.url, tmp_path / "notes", hook="")

    check_everything_went_as_told(answers)
    jobs = to(answers, "GET capture/")
    assert (jobs[-1]["success"], jobs[-1]["events"], jobs[-1]["refused"]) == (True, 3, 0)


def test_the_command_line_says_what_the_guide_shows(packtrail: Packtrail, tmp_path: Path) -> None:
    found = blocks(PARTNERS)
    (document,) = [b for b in found if b.text.startswith("cat > seller.json")]
    (at,) = [n for n, b in enumerate(found) if "packtrail epcis hash" in b.text]
    lines = document.text.partition("curl")[0] + found[at].text
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [SHELLS[0], "-e", "-c", lines],
        env={"PATH": path, "API": packtrail.url, "no_proxy": "127.0.0.1"},
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip

    shown = re.escape(found[at + 1].text).replace("…", "[0-9a-f]+")
    assert re.fullmatch(shown, done.stdout), done.stdout
