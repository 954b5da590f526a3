from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.routing import Call, Routes

routes = Routes(__name__)


@routes.get("/v1/lots/{gtin}/{lot}/deliveries", scope=None)
def deliveries(call: Call, gtin: str, lot: str) -> None: ...


SPEC = routes.specs[0]


def test_parameters_are_those_of_the_path_in_order():
    assert (SPEC.name, SPEC.parameters) == ("deliveries", ("gtin", "lot"))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_concrete_path_keeps_its_steps_whatever_is_in_them(lot):
    path = SPEC.concrete({"gtin": "1", "lot": lot})

    steps = path.split("/")
    assert (len(steps), unquote(steps[4])) == (6, lot)
