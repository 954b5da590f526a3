"""Which document tells last."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.directory.told import Source

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
instants = st.timedeltas(timedelta(days=-9_000), timedelta(days=9_000)).map(NOON.__add__)
sources = st.builds(Source, instants, instants, st.sampled_from(["a", "b", "c"]))


@given(sources, sources)
def test_text_order_is_the_order_of_sources(first: Source, second: Source) -> None:
    assert (first.position < second.position) == (first < second)


def test_a_document_from_the_future_or_without_a_date_was_made_as_it_came() -> None:
    later = NOON + timedelta(days=1)

    assert Source.of(later, NOON, "j").created == NOON
    assert Source.of(None, NOON, "j").created == NOON
    assert Source.of(NOON, later, "j").created == NOON
