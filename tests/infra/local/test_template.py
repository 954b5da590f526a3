import pytest

from infra.local.template import Template, TemplateError, resolve

TEXT = """
Resources:
  Events:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "${AWS::StackName}-events"
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  OnEvents:
    Properties:
      Environment: !Ref Work
"""


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEXT)
    return Template.load(path)


def solved(value):
    return resolve(value, lambda name: f"<{name}>", lambda name, wanted: f"<{name}/{wanted}>")


def test_resources_are_found_by_type(template):
    assert list(template.of_type("AWS::SQS::Queue")) == ["Work"]


def test_a_resource_without_a_type_still_has_properties(template):
    assert template.properties("OnEvents") == {"Environment": {"Ref": "Work"}}


def test_what_the_template_does_not_mention_has_no_properties(template):
    assert template.properties("Nothing") == {}


def test_names_are_substituted(template):
    assert solved(template.properties("Events")) == {"TableName": "<AWS::StackName>-events"}


def test_attributes_are_looked_up_in_depth(template):
    found = solved(template.properties("Work"))

    assert found["RedrivePolicy"] == {"deadLetterTargetArn": "<Dead/Arn>", "maxReceiveCount": 3}


def test_a_substitution_may_name_an_attribute():
    assert solved({"Fn::Sub": "${Queue.Arn}/*"}) == "<Queue/Arn>/*"


def test_lists_are_resolved_too():
    assert solved([{"Ref": "a"}, "b", 3]) == ["<a>", "b", 3]


def test_a_function_that_is_not_known_is_refused_by_name():
    with pytest.raises(TemplateError, match="Fn::Select"):
        solved({"Fn::Select": [0, []]})


def test_the_template_of_this_repository_is_read():
    assert "EventsTable" in Template.load().of_type("AWS::DynamoDB::Table")
