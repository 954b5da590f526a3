import pytest

from chalicelib.epcis.query.kinds import KINDS
from chalicelib.epcis.query.model import Operator
from chalicelib.epcis.query.names import EXTENSION, FIXED, Meaning, meaning, nearest
from chalicelib.epcis.query.subjects import READERS
from tests.shared_data import load

NAMESPACES = {"ex": "https://ns.example.com/"}


def test_every_fixed_parameter_has_a_reader_and_a_kind() -> None:
    for name, each in FIXED.items():
        assert each.subject in READERS, name
        assert each.operator is Operator.EXISTS or each.subject in KINDS, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "EQ_bizTransaction_urn:epcglobal:cbv:btt:po",
            Meaning(Operator.EQ, "bizTransaction", "po"),
        ),
        ("EQ_source_owning_party", Meaning(Operator.EQ, "source", "owning_party")),
        ("GE_minValue_CEL", Meaning(Operator.GE, "minValue", "CEL")),
        ("EQ_ex:a", Meaning(Operator.EQ, EXTENSION, "https://ns.example.com#a")),
        (
            "GT_INNER_ERROR_DECLARATION_ex:a",
            Meaning(
                Operator.GT, f"{EXTENSION}ERROR_DECLARATION", "https://ns.example.com#a", inner=True
            ),
        ),
        ("EXISTS_ILMD_nobody:a", Meaning(Operator.EXISTS, f"{EXTENSION}ILMD", "nobody:a")),
        ("HASATTR_bizLocation", Meaning(Operator.HAS_ATTRIBUTE, "bizLocation")),
        (
            "EQ_ATTR_ex:place_ex:kind",
            Meaning(
                Operator.ATTRIBUTE,
                EXTENSION,
                "https://ns.example.com#place",
                attribute="https://ns.example.com#kind",
            ),
        ),
    ],
)
def test_a_patterned_name_has_its_meaning(name: str, expected: Meaning) -> None:
    assert meaning(name, NAMESPACES) == expected


def test_an_underscore_stands_in_a_prefix_that_is_bound_only() -> None:
    assert meaning("EQ_IMLD_ex:a", NAMESPACES) is None
    assert meaning("EQ_my_ex:a", {"my_ex": "https://ns.example.com/"}) is not None


def test_the_nearest_name_is_told() -> None:
    assert nearest("EQ_bizstep") == "EQ_bizStep"
    assert nearest("EQ_bizTransactions_po") == "EQ_bizTransaction_{type}"
    assert nearest("☃" * 10_000) == ""


def test_every_parameter_of_the_published_interface_is_known() -> None:
    parameters = load("epcis-artefacts/rest/openapi.json")["components"]["parameters"]
    names = [
        each["name"]
        for each in parameters.values()
        if each["in"] == "query" and each["name"].partition("_")[0] in {*Operator, "eventType"}
    ]

    assert len(names) > 45
    assert [name for name in names if meaning(name, {}) is None] == []


def test_every_parameter_of_the_published_schema_is_known() -> None:
    file = "openepcis-misc/validation-service/schemas/modified-query-schema.json"
    schema = load(file)
    names = [name for name in schema["properties"] if "_" in name]
    patterns = [
        name.strip("^$")
        .replace(r"[A-Z0-9]{2,4}", "CEL")
        .replace(r"[a-z][a-zA-Z0-9]*\:\w+", "ex:a")
        .replace(r"[a-z]\w+", "readPoint_site")
        for name in schema["patternProperties"]
    ]

    assert len(names) > 50
    assert len(patterns) > 80
    assert [name for name in (*names, *patterns) if meaning(name, NAMESPACES) is None] == []
