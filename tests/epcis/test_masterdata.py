"""Master data as values."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.epcis.document import EpcisDocument
from chalicelib.epcis.masterdata import (
    Address,
    PartyEntry,
    PlaceEntry,
    ProductEntry,
    attributes_of_address,
    read_master_data,
    vocabularies,
)
from chalicelib.gs1.keys import Gln, Gtin, Lgtin, Sgln
from tests.epcis.samples import json_like

SITE, SHELF = Sgln(Gln("0614141123452")), Sgln(Gln("0614141123452"), "A1")
HALL = Sgln(Gln("0614141123452"), "H")
VTYPE = "urn:epcglobal:epcis:vtype:"
MDA = "urn:epcglobal:cbv:mda#"


def document(*vocabularies: Any) -> EpcisDocument:
    return EpcisDocument(events=(), vocabularies=vocabularies)


def vocabulary(kind: str, *elements: Any) -> dict[str, Any]:
    return {"type": kind, "vocabularyElementList": list(elements)}


def test_products_are_read_from_classes_with_attributes_in_any_spelling() -> None:
    element = {
        "id": "urn:epc:idpat:sgtin:0614141.812345.*",
        "attributes": [
            {"id": MDA + "descriptionShort", "attribute": "Tablets"},
            {"id": "cbvmda:netContentDescription", "attribute": "500 pills"},
            {"id": "urn:epcglobal:cbv:mda:strengthDescription", "attribute": "100mg"},
            {"id": "https://example.com/colour", "attribute": "red"},
            {"id": "https://example.com/colour", "attribute": "blue"},
        ],
    }

    found = read_master_data(document(vocabulary(VTYPE + "EPCClass", element)))

    assert found.faults == []
    (product,) = found.products
    assert (product.key, product.name) == (Gtin("80614141123458"), "Tablets")
    assert product.text("netContentDescription") == "500 pills"
    assert product.text("strengthDescription") == "100mg"
    assert product.attributes["https://example.com/colour"] == ["red", "blue"]


def test_a_place_knows_the_place_that_it_is_part_of() -> None:
    site = {"id": SITE.digital_link(), "children": [SHELF.digital_link()]}
    listed = vocabulary(VTYPE + "Location", site, {"id": "urn:epc:id:sgln:0614141.12345.A1"})

    found = read_master_data(document(listed))

    assert [(each.key, each.parent) for each in found.places] == [(SITE, None), (SHELF, SITE)]
    assert found.faults == []


def test_a_ring_of_places_is_a_fault_and_stays_open() -> None:
    site, shelf = SITE.digital_link(), SHELF.digital_link()
    elements = {"id": site, "children": [shelf]}, {"id": shelf, "children": [site]}

    found = read_master_data(document(vocabulary(VTYPE + "ReadPoint", *elements)))

    assert [(fault.pointer.rsplit("List")[-1], fault.code) for fault in found.faults] == [
        ("/1/children/0", "cycle")
    ]
    assert {place.key: place.parent for place in found.places} == {SITE: None, SHELF: SITE}


def test_two_places_above_one_are_a_fault() -> None:
    elements = [
        {"id": place.digital_link(), "children": [SHELF.digital_link()]} for place in (SITE, HALL)
    ]

    found = read_master_data(document(vocabulary(VTYPE + "ReadPoint", *elements)))

    assert [(fault.pointer.rsplit("List")[-1], fault.code) for fault in found.faults] == [
        ("/1/children/0", "conflict")
    ]


def test_children_told_with_their_own_children_have_the_nearest_parent() -> None:
    hall, site, shelf = (each.digital_link() for each in (HALL, SITE, SHELF))
    elements = [
        {"id": site, "children": [hall, shelf]},
        {"id": hall, "children": [shelf]},
        {"id": shelf},
    ]

    for listed in (elements, elements[::-1]):
        found = read_master_data(document(vocabulary(VTYPE + "Location", *listed)))

        assert found.faults == []
        assert {place.key: place.parent for place in found.places} == {
            SITE: None,
            HALL: SITE,
            SHELF: HALL,
        }


def test_one_element_of_two_vocabularies_is_one_value() -> None:
    name = {"id": MDA + "name", "attribute": "North"}
    city = {"id": MDA + "city", "attribute": "Omaha"}
    found = read_master_data(
        document(
            vocabulary(VTYPE + "ReadPoint", {"id": SITE.digital_link(), "attributes": [name]}),
            vocabulary(
                VTYPE + "BusinessLocation",
                {"id": "urn:epc:id:sgln:0614141.12345.0", "attributes": [name, city]},
            ),
        )
    )

    (place,) = found.places
    assert (place.name, place.address.city, found.faults) == ("North", "Omaha", [])


def test_one_attribute_said_in_two_ways_is_a_fault_and_the_first_counts() -> None:
    elements = [
        {"id": SITE.digital_link(), "attributes": [{"id": MDA + "name", "attribute": name}]}
        for name in ("North", "South")
    ]

    found = read_master_data(document(vocabulary(VTYPE + "Location", *elements)))

    assert [place.name for place in found.places] == ["North"]
    assert [fault.code for fault in found.faults] == ["conflict"]


def test_what_is_no_key_is_a_fault_and_the_rest_is_read() -> None:
    listed = vocabulary(
        VTYPE + "Party",
        {"id": "urn:example:somebody"},
        {"id": SITE.digital_link() + "x"},
        {"id": Gtin("80614141123458").digital_link()},
        {},
        "?",
        {"id": Gln("0614141123452").digital_link()},
    )

    found = read_master_data(document(listed))

    assert [party.key for party in found.parties] == [Gln("0614141123452")]
    assert [fault.pointer.rsplit("vocabularyElementList")[1] for fault in found.faults] == [
        "/0/id",
        "/1/id",
        "/2/id",
        "/3/id",
        "/4",
    ]


def test_vocabularies_of_other_things_are_left_aside() -> None:
    found = read_master_data(document(vocabulary("urn:example:vessels", {"id": "urn:example:1"})))

    assert (found.products, found.parties, found.places, found.faults) == ((), (), (), [])


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
texts = st.text(min_size=1, max_size=10).map(str.strip).filter(bool)
extensions = st.none() | names
attributes = st.dictionaries(
    names | names.map("https://example.com/".__add__),
    texts | st.lists(texts, min_size=2),
    max_size=4,
)
products = st.builds(
    ProductEntry,
    attributes=attributes,
    key=st.sampled_from([Gtin("80614141123458"), Gtin("09506000134352")])
    | st.builds(Lgtin, st.just(Gtin("80614141123458")), names),
)
parties = st.builds(PartyEntry, attributes=attributes, key=st.just(Gln("0614141123452")))


@given(st.lists(products, unique_by=lambda each: each.key), st.lists(parties, max_size=1))
@settings(max_examples=50)
def test_what_is_written_is_read_back(
    products: list[ProductEntry], parties: list[PartyEntry]
) -> None:
    address = Address(("1 Main Street", "Suite 2"), "Omaha", "NB", "70475", "US")
    places = [
        PlaceEntry(attributes=attributes_of_address("North", address), key=SITE),
        PlaceEntry(key=SHELF, parent=SITE),
    ]

    found = read_master_data(document(*vocabularies(products, parties, places)))

    assert found.faults == []
    assert [(each.key, each.attributes) for each in found.products] == [
        (each.key, each.attributes) for each in products
    ]
    assert [(each.key, each.attributes) for each in found.parties] == [
        (each.key, each.attributes) for each in parties
    ]
    assert [(each.key, each.parent) for each in found.places] == [(SITE, None), (SHELF, SITE)]
    assert (found.places[0].name, found.places[0].address) == ("North", address)


def test_a_product_is_named_by_the_pattern_of_its_serials_where_the_prefix_is_known() -> None:
    (listed,) = vocabularies([ProductEntry(key=Gtin("80614141123458"))])

    assert listed["vocabularyElementList"][0]["id"] == "urn:epc:idpat:sgtin:0614141.812345.*"


KEYS = st.sampled_from([SITE, SHELF, HALL, SITE.gln, Gtin("80614141123458")])
elements_like = json_like | st.fixed_dictionaries(
    {"id": KEYS.map(lambda key: key.digital_link()) | json_like},
    optional={"attributes": json_like, "children": json_like},
)


def _party(uri: str) -> str:
    return uri.partition("/254/")[0].replace("/414/", "/417/")


@given(st.lists(elements_like, max_size=5), st.sampled_from(["EPCClass", "party", "Location"]))
@settings(max_examples=60)
def test_reading_never_raises_and_accounts_for_every_element(
    elements: list[Any], kind: str
) -> None:
    found = read_master_data(document(vocabulary(VTYPE + kind, *elements)))

    # A party is known by its GLN alone, whatever extension it comes with.
    told = {each.key.digital_link() for each in (*found.products, *found.parties, *found.places)}
    named = [each.get("id") for each in elements if isinstance(each, dict)]
    read = [uri for uri in named if isinstance(uri, str) and (uri in told or _party(uri) in told)]
    assert found.refused >= len(elements) - len(read)
    assert len(found.faults) <= 100


@given(st.lists(json_like))
@settings(max_examples=60)
def test_whatever_is_no_vocabulary_is_read_without_raising(listed: list[Any]) -> None:
    found = read_master_data(document(*listed))

    assert len(found.faults) >= sum(not isinstance(each, dict) for each in listed[:100])


def test_types_of_vocabularies_are_read_in_any_case_and_attributes_by_prefix() -> None:
    one = {"id": SITE.digital_link(), "attributes": [{"id": "ex:gate", "attribute": "7"}]}
    listed = [vocabulary(VTYPE + kind, one) for kind in ("location", "BizLocation")]

    found = read_master_data(
        EpcisDocument((), vocabularies=tuple(listed), namespaces={"ex": "https://example.com/"})
    )

    assert [each.attributes for each in found.places] == [{"https://example.com/gate": "7"}]
    assert (found.refused, found.others, found.faults) == (0, 0, [])


def test_the_key_of_a_party_is_a_party_in_whatever_vocabulary() -> None:
    gln = Gln("0614141123452")
    found = read_master_data(document(vocabulary("location", {"id": gln.digital_link()})))

    assert [each.key for each in found.parties] == [gln]


def test_a_place_that_is_only_named_as_a_part_is_a_place() -> None:
    site = {"id": SITE.digital_link(), "children": [SHELF.digital_link()]}

    found = read_master_data(document(vocabulary("Location", site)))

    assert [(each.key, each.parent) for each in found.places] == [(SITE, None), (SHELF, SITE)]


def test_what_is_no_vocabulary_or_no_list_is_a_fault() -> None:
    site = {"id": SITE.digital_link(), "attributes": "x", "children": {}}
    elements = {"type": "Location", "vocabularyElementList": 5}

    found = read_master_data(document("x", elements, vocabulary("Location", site, 7)))

    assert [(each.pointer.rsplit("List/")[-1], each.code) for each in found.faults] == [
        ("0", "type"),
        ("1/vocabularyElementList", "type"),
        ("0/attributes", "type"),
        ("0/children", "type"),
        ("1", "type"),
    ]
    assert (len(found.places), found.refused) == (1, 1)
