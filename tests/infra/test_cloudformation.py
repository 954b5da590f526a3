import json

import pytest
import yaml

from infra.cloudformation import Untranslatable, write_templates

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Rate: {Type: Number, Default: 5}
Resources:
  OnEvents:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.on_events
      Runtime: python3.13
      CodeUri: ./deployment.zip
      Role: !GetAtt Role.Arn
      MemorySize: !Ref Rate
      Tags: &tags {a: b}
      Environment: {Variables: *tags}
"""


@pytest.fixture
def written(tmp_path):
    (tmp_path / "deployment.zip").write_bytes(b"zip")
    (tmp_path / "made.yaml").write_text(FUNCTION)
    write_templates(tmp_path / "made.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def cloudformation(written):
    return json.loads((written / "cfn.json").read_text())


def test_functions_become_cloudformation(cloudformation):
    assert cloudformation["Resources"]["OnEvents"]["Type"] == "AWS::Lambda::Function"
    assert "Transform" not in cloudformation


def test_the_code_is_where_the_parameters_say(cloudformation):
    code = cloudformation["Resources"]["OnEvents"]["Properties"]["Code"]

    assert code == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    assert "Default" not in cloudformation["Parameters"]["CodeBucket"]


def test_another_zip_has_another_key(written, cloudformation):
    (written / "deployment.zip").write_bytes(b"another zip")

    write_templates(written / "made.yaml", written)

    after = json.loads((written / "cfn.json").read_text())
    keys = {one["Parameters"]["CodeKey"]["Default"] for one in (cloudformation, after)}
    assert len(keys) == 2
    assert all(key.startswith("packtrail-") for key in keys)


def test_parameters_stay_parameters(cloudformation):
    assert cloudformation["Resources"]["OnEvents"]["Properties"]["MemorySize"] == {"Ref": "Rate"}


def test_the_sam_template_has_no_aliases(written):
    text = (written / "sam.yaml").read_text()

    assert "*id" not in text
    assert yaml.safe_load(text)["Resources"]["OnEvents"]["Properties"]["Tags"] == {"a": "b"}


def test_the_sam_template_takes_the_zip_beside_it(written):
    function = yaml.safe_load((written / "sam.yaml").read_text())["Resources"]["OnEvents"]

    assert function["Properties"]["CodeUri"] == "./deployment.zip"


def test_what_sam_refuses_is_said(tmp_path):
    (tmp_path / "deployment.zip").write_bytes(b"zip")
    (tmp_path / "made.yaml").write_text(FUNCTION.replace("Handler: app.on_events", ""))

    with pytest.raises(Untranslatable, match="OnEvents"):
        write_templates(tmp_path / "made.yaml", tmp_path)
