import json
import re
from pathlib import Path

import pytest
from chalice.package import YAMLTemplateSerializer

from infra.template import RESOURCES, attribute, load, of_type, sources, target
from tests.harness.aws import QUEUES, TABLES

CHALICE = Path(__file__).parents[2] / ".chalice"
CONFIG = json.loads((CHALICE / "config.json").read_text())
FUNCTIONS = (
    "api_handler",
    "on_events",
    "on_recalls",
    "on_recall_work",
    "on_notices",
    "on_captures",
    "on_subscriptions",
    "on_schedule",
)


@pytest.fixture(scope="module")
def template():
    return load()


def named(properties, key):
    return properties[key]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def test_it_is_read_as_chalice_reads_it(template):
    assert template == YAMLTemplateSerializer().load_template(RESOURCES.read_text())


def test_short_forms_are_written_out(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(
        "a: !Ref B\nc: !GetAtt D.E.F\ng: !If [H, !Ref I, {j: !Sub k}]\nl: !Condition M\n"
    )

    assert load(path) == {
        "a": {"Ref": "B"},
        "c": {"Fn::GetAtt": ["D", "E.F"]},
        "g": {"Fn::If": ["H", {"Ref": "I"}, {"j": {"Fn::Sub": "k"}}]},
        "l": {"Condition": "M"},
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"Ref": "A"}, "A"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A"),
        ({"Fn::Sub": "${A.Arn}"}, "A"),
        ("arn:aws:sqs:::a", ""),
    ],
)
def test_a_reference_names_its_target(value, found):
    assert target(value) == found


def test_only_get_att_asks_for_an_attribute():
    assert attribute({"Fn::GetAtt": ["A", "StreamArn"]}) == "StreamArn"
    assert attribute({"Ref": "A"}) == ""


def test_streams_and_queues_are_told_apart():
    stream = {"EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]}}
    queue = {"EventSourceArn": {"Fn::Sub": "${Queue.Arn}"}}
    kind = "AWS::Lambda::EventSourceMapping"
    resources = {
        "S": {"Type": kind, "Properties": stream},
        "Q": {"Type": kind, "Properties": queue},
    }

    assert list(sources({"Resources": resources}, streams=True)) == [("S", stream)]
    assert list(sources({"Resources": resources}, streams=False)) == [("Q", queue)]


def test_it_has_the_tables_that_the_code_knows(template):
    tables = of_type(template, "AWS::DynamoDB::Table").values()

    assert sorted(named(table, "TableName") for table in tables) == sorted(TABLES)


def test_it_has_the_queues_that_the_code_knows(template):
    queues = of_type(template, "AWS::SQS::Queue").values()

    assert sorted(named(queue, "QueueName") for queue in queues) == sorted(QUEUES)


def test_only_the_read_models_go_with_the_stack(template):
    kept = {
        name
        for name, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") == "Retain"
    }

    assert kept == {
        "CaptureBucket",
        "DirectoryTable",
        "EventsTable",
        "LotsTable",
        "RecallsTable",
        "RootKey",
        "UnitsTable",
        "UserPool",
    }


def test_uploads_expire_and_documents_stay(template):
    bucket = template["Resources"]["CaptureBucket"]["Properties"]
    rules = bucket["LifecycleConfiguration"]["Rules"]

    assert {
        rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule
    } == {"uploads/": 1}


def test_events_goods_and_recalls_never_expire(template):
    expiring = {
        name
        for name, table in of_type(template, "AWS::DynamoDB::Table").items()
        if "TimeToLiveSpecification" in table
    }

    assert expiring == {"DirectoryTable", "ViewsTable"}


def test_errors_of_the_gateway_are_problem_documents(template):
    responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]

    for response in responses.values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Content-Type"] == "'application/problem+json'"
        text = response["ResponseTemplates"]["application/json"]
        text = text.replace("$context.error.messageString", '"x"')
        problem = json.loads(text)
        assert problem["type"] == f"urn:packtrail:problem:{problem['code']}"
        assert problem["requestId"] == "$context.requestId"
        assert problem.get("status") == response.get("StatusCode")
        assert problem["title"]
        assert problem["detail"]


def test_the_gateway_answers_an_unknown_path_with_404(template):
    responses = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]

    assert responses["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404


def test_the_root_secret_derives_for_functions_and_is_administered_by_the_account(template):
    administer, derive = template["Resources"]["RootKey"]["Properties"]["KeyPolicy"]["Statement"]

    assert derive["Action"] == "kms:GenerateMac"
    assert {target(role) for role in derive["Principal"]["AWS"]} == {
        "ApiHandlerRole",
        "OnCapturesRole",
        "OnNoticesRole",
        "OnRecallWorkRole",
        "OnSubscriptionsRole",
    }
    assert not any("Mac" in action for action in administer["Action"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_its_own_policy_memory_and_timeout(function):
    settings = CONFIG["lambda_functions"][function]

    assert set(settings) == {"iam_policy_file", "lambda_memory_size", "lambda_timeout"}
    assert (CHALICE / settings["iam_policy_file"]).exists()
    files = [other["iam_policy_file"] for other in CONFIG["lambda_functions"].values()]
    assert files.count(settings["iam_policy_file"]) == 1


def test_functions_are_those_of_the_configuration():
    assert set(CONFIG["lambda_functions"]) == set(FUNCTIONS)
    assert CONFIG["autogen_policy"] is False


def test_no_policy_is_left_over():
    used = {settings["iam_policy_file"] for settings in CONFIG["lambda_functions"].values()}

    assert {path.name for path in CHALICE.glob("policy-*.json")} == used


@pytest.mark.parametrize("path", sorted(CHALICE.glob("policy-*.json")), ids=lambda path: path.stem)
def test_a_policy_names_what_each_statement_is_for_and_whom_it_touches(path, template):
    document = json.loads(path.read_text())

    for statement in document["Statement"]:
        assert re.fullmatch("[A-Z][A-Za-z]+", statement["Sid"])
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == sorted(statement["Action"])
        resources = statement["Resource"]
        for resource in resources if isinstance(resources, list) else [resources]:
            assert target(resource) in template["Resources"]


def allowed(policy):
    """Return the (action, target) pairs of a policy file."""
    return {
        (action, target(resource))
        for statement in json.loads(policy.read_text())["Statement"]
        for action in statement["Action"]
        for resource in (
            statement["Resource"]
            if isinstance(statement["Resource"], list)
            else [statement["Resource"]]
        )
    }


def test_nobody_can_change_an_event():
    for policy in CHALICE.glob("policy-*.json"):
        assert ("dynamodb:UpdateItem", "EventsTable") not in allowed(policy)


def test_only_the_api_and_captures_record_events():
    recording = {
        policy.stem
        for policy in CHALICE.glob("policy-*.json")
        if ("dynamodb:PutItem", "EventsTable") in allowed(policy)
    }

    assert recording == {"policy-api", "policy-on-captures"}


def test_nobody_can_read_a_whole_table():
    for policy in CHALICE.glob("policy-*.json"):
        assert "dynamodb:Scan" not in {action for action, _ in allowed(policy)}


def test_only_what_is_staged_noted_or_waiting_can_be_deleted():
    deleting = {
        (policy.stem, action, place)
        for policy in CHALICE.glob("policy-*.json")
        for action, place in allowed(policy)
        if action in {"dynamodb:DeleteItem", "s3:DeleteObject"}
    }

    assert deleting == {
        ("policy-on-captures", "dynamodb:DeleteItem", "UnitsTable"),
        ("policy-on-captures", "dynamodb:DeleteItem", "DirectoryTable"),
        ("policy-on-schedule", "dynamodb:DeleteItem", "DirectoryTable"),
        ("policy-on-subscriptions", "dynamodb:DeleteItem", "DirectoryTable"),
    }
    assert {each for name in ("schedule", "subscriptions") for each in leading_keys(name)} == {
        "due",
        "pending#*",
    }


def leading_keys(name):
    """Return the partitions in which a function of subscriptions may delete."""
    document = json.loads((CHALICE / f"policy-on-{name}.json").read_text())
    (deleting,) = (each for each in document["Statement"] if "DeleteItem" in each["Action"][0])
    return deleting["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def test_only_the_api_writes_documents_that_come_in():
    writing = {
        (policy.stem, folder)
        for policy in CHALICE.glob("policy-*.json")
        for statement in json.loads(policy.read_text())["Statement"]
        if "s3:PutObject" in statement["Action"]
        for folder in re.findall(r"CaptureBucket\.Arn}/(\w*)", json.dumps(statement["Resource"]))
    }

    assert writing == {
        ("policy-api", "captures"),
        ("policy-api", "uploads"),
        ("policy-api", "transactions"),
        ("policy-on-captures", "transactions"),
        ("policy-api", "held"),
        ("policy-on-captures", "held"),
    }


def test_only_projections_write_views():
    writing = {
        policy.stem
        for policy in CHALICE.glob("policy-*.json")
        if ("dynamodb:PutItem", "ViewsTable") in allowed(policy)
    }

    assert writing == {"policy-on-events"}
