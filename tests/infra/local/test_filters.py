import json

import pytest

from infra.local.filters import UnknownRule, read_filters

RECORD = {
    "eventName": "INSERT",
    "dynamodb": {
        "Keys": {"pk": {"S": "recall#1"}, "sk": {"S": "-"}},
        "NewImage": {"tags": {"SS": ["a", "b"]}, "gone": {"BOOL": False}},
    },
}


def fits(*patterns):
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}
    return read_filters(criteria)(RECORD)


def key(*rules):
    return {"dynamodb": {"Keys": {"pk": {"S": list(rules)}}}}


def test_without_filters_every_record_fits():
    assert read_filters(None)(RECORD)
    assert fits()


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["INSERT"]},
        {"eventName": ["REMOVE", "INSERT"]},
        key({"prefix": "recall#"}),
        key({"suffix": "#1"}),
        key({"equals-ignore-case": "RECALL#1"}),
        key({"anything-but": ["recall#2"]}),
        key({"exists": True}),
        {"dynamodb": {"OldImage": {"pk": {"S": [{"exists": False}]}}}},
        {"dynamodb": {"NewImage": {"tags": {"SS": ["b"]}}}},
        {"dynamodb": {"NewImage": {"gone": {"BOOL": [False]}}}},
        {"eventName": ["INSERT"], **key({"prefix": "recall#"})},
    ],
    ids=json.dumps,
)
def test_a_record_fits(pattern):
    assert fits(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"eventName": ["MODIFY"]},
        key({"prefix": "notice#"}),
        key({"exists": False}),
        key({"anything-but": "recall#1"}),
        {"dynamodb": {"OldImage": {"pk": {"S": [{"anything-but": "x"}]}}}},
        {"dynamodb": {"NewImage": {"gone": {"BOOL": [0]}}}},
        {"eventName": ["MODIFY"], **key({"prefix": "recall#"})},
    ],
    ids=json.dumps,
)
def test_a_record_does_not_fit(pattern):
    assert not fits(pattern)


def test_patterns_are_alternatives():
    assert fits({"eventName": ["MODIFY"]}, {"eventName": ["INSERT"]})


@pytest.mark.parametrize("pattern", [key({"numeric": [">", 1]}), {"$or": [{"a": ["b"]}]}])
def test_a_comparison_that_is_not_known_is_refused_by_name(pattern):
    with pytest.raises(UnknownRule, match="is not known here"):
        fits(pattern)
