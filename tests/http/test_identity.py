from hypothesis import given
from hypothesis import strategies as st

from chalicelib.http.identity import fingerprint_of, operation_of


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_parts_cannot_be_cut_in_another_way_to_the_same_operation(one, other):
    assert (operation_of(*one) == operation_of(*other)) == (one == other)


def test_an_operation_never_changes():
    # Written down: a client may repeat a request long after the code was changed.
    operation = operation_of("acme-line", "POST", "/v1/packing", "/v1/packing", "key-1")

    assert str(operation) == "7af0a470-da83-879f-ba75-291fa6741d00"


def test_a_fingerprint_never_changes():
    body = {"lot": "L1", "gtin": "09506000134352", "serials": ["1", "2"]}

    assert fingerprint_of("POST", "/v1/packing", {}, body) == (
        "6b0fb1937ba7a611879adaffae2f991d503d4eaad1fc075cca47f87edad9aaa7"
    )


def test_order_of_serials_counts_and_order_of_members_does_not():
    def of(body: object) -> str:
        return fingerprint_of("POST", "/v1/packing", {}, body)

    assert of({"a": 1, "b": 2}) == of({"b": 2, "a": 1})
    assert of([1, 2]) != of([2, 1])


def test_the_query_is_part_of_what_is_asked():
    assert fingerprint_of("POST", "/", {"a": "1"}, None) != fingerprint_of("POST", "/", {}, None)
