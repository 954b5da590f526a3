import io

from rich.console import Console

from infra.local.narrator import Narrator, remember, remembered, tell_what_next
from infra.local.story import StoryResult

STORY = StoryResult("LOT-1", recall="r-1", dispensed="ABC", told={"meddist": 60, "citypharm": 30})


def console():
    return Console(file=io.StringIO(), width=80)


def test_each_step_names_who_and_what_on_one_line_and_how_long_it_took():
    out = console()

    Narrator(out)("meddist", "receives [the] pallet " + "x" * 100)

    [line] = out.file.getvalue().splitlines()
    assert "MedDist" in line
    assert "receives [the] pallet x" in line
    assert line.endswith(" ms")


def test_at_the_end_it_says_where_to_look():
    out = console()

    tell_what_next(out, "http://127.0.0.1:8000", STORY)

    told = out.file.getvalue()
    assert "2 parties told of 90 units" in told
    assert "http://127.0.0.1:8000/v1/units/09521000123458/ABC/history" in told
    assert "http://127.0.0.1:8000/v1/recalls/r-1/notices" in told


def test_a_story_is_remembered(tmp_path):
    path = tmp_path / "new" / "story.json"
    assert remembered(path) is None

    remember(path, STORY)

    assert remembered(path) == STORY
