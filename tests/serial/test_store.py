"""A number's place is computed; whether it was issued is known for certain."""

import pytest

from chalicelib.gs1.keys import Gtin
from chalicelib.serial.epochs import Known, known, read, rotate
from chalicelib.serial.model import DEFAULT, Format, Place
from chalicelib.serial.store import Numbers, numbers
from chalicelib.serial.texts import invert, spell
from tests.harness.aws import Aws, forget
from tests.harness.costs import counted
from tests.serial.orders import GTIN, a_block

pytestmark = pytest.mark.usefixtures("aws")

OTHER = Gtin("09521000000018")
NUMERIC = Format.of("numeric", 12)


def heard_nothing_since(then: Known) -> None:
    """Let this process know only what it knew then, as another process would."""
    mine = known(GTIN)
    mine.history, mine.issued = then.history, dict(then.issued)


def memory() -> Known:
    mine = known(GTIN)
    return Known(mine.history, dict(mine.issued))


def test_numbers_of_a_block_have_places_and_places_have_numbers() -> None:
    texts = a_block("a", 700).numbers(0, 700)

    places = numbers().locate(GTIN, texts)

    assert places == [Place(0, n) for n in range(700)]
    assert numbers().texts(GTIN, [Place(0, n) for n in range(700)]) == texts


def test_numbers_that_were_not_issued_have_no_place() -> None:
    issued = a_block("a", 512)
    (beyond,) = spell(GTIN, issued.epoch, [512])

    found = numbers().locate(GTIN, [beyond, "222222222222", "short", "A" * 12, ""])

    assert found == [None] * 5


def test_a_product_without_numbers_has_no_places() -> None:
    assert numbers().locate(GTIN, ["222222222222"]) == [None]
    assert numbers().candidates(GTIN, "222222222222") == []


def test_products_have_numbers_of_their_own() -> None:
    texts = a_block("a", 10).numbers(0, 10)
    a_block("b", 10, gtin=OTHER)

    assert numbers().locate(OTHER, texts) == [None] * 10


def test_what_was_issued_elsewhere_meanwhile_is_found_with_one_read(aws: Aws) -> None:
    a_block("a", 10)
    then = memory()
    texts = a_block("b", 2000).numbers(0, 2000)
    heard_nothing_since(then)

    with counted(aws) as spent:
        found = numbers().locate(GTIN, texts)

    assert None not in found
    assert spent.round_trips == 1
    assert spent.read_units <= 2


def test_what_is_known_to_be_issued_costs_nothing(aws: Aws) -> None:
    texts = a_block("a", 10).numbers(0, 10)

    with counted(aws) as spent:
        numbers().locate(GTIN, texts)
        numbers().candidates(GTIN, texts[0])
        numbers().texts(GTIN, [Place(0, 3)])

    assert spent.round_trips == 0


def test_one_request_asks_once_about_foreign_numbers(aws: Aws) -> None:
    a_block("a", 10)
    mine = numbers()

    with counted(aws) as spent:
        mine.locate(GTIN, ["foreign-1", "foreign-2"])
        mine.locate(GTIN, ["foreign-3"])
        mine.candidates(GTIN, "foreign-4")
        mine.renew([GTIN])

    assert spent.round_trips == 1


def test_numbers_of_every_epoch_are_found() -> None:
    first = a_block("a", 100).numbers(0, 100)
    rotate(GTIN, DEFAULT, "op", "ff")
    second = a_block("b", 100).numbers(0, 100)
    third = a_block("c", 100, wanted=NUMERIC).numbers(0, 100)
    forget()

    found = numbers().locate(GTIN, third[:2] + first[:2] + second[:2])

    assert found == [*((n, i) for n in (2, 0, 1) for i in (0, 1))]
    places = [place for place in found if place]
    assert numbers().texts(GTIN, places) == third[:2] + first[:2] + second[:2]


def test_an_epoch_that_another_process_opened_is_found() -> None:
    a_block("a", 100)
    then = memory()
    rotate(GTIN, DEFAULT, "op", "ff")
    texts = a_block("b", 100).numbers(0, 100)

    heard_nothing_since(then)
    assert numbers().locate(GTIN, texts) == [Place(1, n) for n in range(100)]

    heard_nothing_since(then)
    assert numbers().texts(GTIN, [Place(1, 7)]) == [texts[7]]


def test_candidates_need_not_be_issued() -> None:
    issued = a_block("a", 10)
    (beyond,) = spell(GTIN, issued.epoch, [10**9])

    assert numbers().candidates(GTIN, beyond) == [Place(0, 10**9)]
    assert numbers().candidates(GTIN, "foreign") == []


def test_candidates_of_a_new_format_are_found_by_asking_anew() -> None:
    a_block("a", 10)
    then = memory()
    texts = a_block("b", 10, wanted=Format.of("numeric", 14)).numbers(0, 10)
    heard_nothing_since(then)
    asking = numbers()

    assert asking.candidates(GTIN, texts[4]) == []
    assert asking.newest(GTIN) == 0

    assert asking.renew([GTIN]) == {GTIN}
    assert asking.candidates(GTIN, texts[4]) == [Place(1, 4)]
    assert asking.newest(GTIN) == 1


def test_candidates_after_a_change_of_key_are_found_by_asking_anew() -> None:
    a_block("a", 10)
    then = memory()
    rotate(GTIN, DEFAULT, "op", "ff")
    texts = a_block("b", 10).numbers(0, 10)
    heard_nothing_since(then)
    mine = numbers()

    assert Place(1, 4) not in mine.candidates(GTIN, texts[4])
    assert mine.renew([GTIN, OTHER]) == {GTIN}
    assert mine.candidates(GTIN, texts[4]) == [Place(1, 4)]


def test_a_number_of_a_closed_epoch_has_no_other_candidate() -> None:
    texts = a_block("a", 10).numbers(0, 10)
    rotate(GTIN, DEFAULT, "op", "ff")
    a_block("b", 10)

    assert numbers().candidates(GTIN, texts[3]) == [Place(0, 3)]


def test_an_epoch_in_which_nothing_was_issued_has_no_candidates() -> None:
    read(GTIN)
    rotate(GTIN, DEFAULT, "op-1", "ff")
    rotate(GTIN, NUMERIC, "op-2", "ff")

    assert numbers().candidates(GTIN, "C" * 12) == []


def test_the_oldest_epoch_that_could_have_issued_a_number_has() -> None:
    a_block("a", 10)
    rotate(GTIN, DEFAULT, "op", "ff")
    issued = a_block("b", 10)
    text = spell(GTIN, issued.epoch, [3])[0]
    mine = known(GTIN)
    older = mine.epochs[0]
    (index,) = invert(GTIN, older, [text])
    object.__setattr__(older, "final", index + 1)

    assert numbers().locate(GTIN, [text]) == [Place(0, index)]
    assert numbers().candidates(GTIN, text) == [Place(0, index)]


def test_many_products_are_asked_about_in_one_round_trip(aws: Aws) -> None:
    a_block("a", 10)
    a_block("b", 10, gtin=OTHER)

    with counted(aws) as spent:
        assert Numbers().renew([GTIN, OTHER]) == set()

    assert spent.round_trips == 1
