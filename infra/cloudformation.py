"""From the template that Chalice writes to the CloudFormation that deploys, without AWS."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import yaml
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from infra.greedy import declared_resources, make_greedy
from infra.template import load

REGION = "us-east-1"
"""Chalice and SAM ask for one; nothing of it is in the result."""


class Untranslatable(Exception):
    """SAM refuses the template; the message says why."""


class _Plain(yaml.SafeDumper):
    """YAML without aliases, which CloudFormation does not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _NoPolicies(ManagedPolicyLoader):  # type: ignore[misc]
    """Every policy is our own, so IAM need not be asked for Amazon's."""

    def __init__(self) -> None:
        super().__init__(None)

    def load(self) -> dict[str, str]:
        return {}


def write_templates(made: Path, out: Path) -> None:
    """Write `sam.yaml`, which `sam` and `aws cloudformation package` take, and `cfn.json`."""
    sam = load(made)
    make_greedy(sam, declared_resources())
    (out / "sam.yaml").write_text(
        yaml.dump(sam, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    )
    code = hashlib.sha256((out / "deployment.zip").read_bytes()).hexdigest()
    cloudformation = _transformed(_with_code(sam, f"packtrail-{code[:16]}.zip"))
    (out / "cfn.json").write_text(json.dumps(cloudformation, indent=1, sort_keys=True) + "\n")


def _with_code(sam: dict[str, Any], key: str) -> dict[str, Any]:
    """Say where the zip is by parameters; a changed zip has another key, so that it is seen."""
    sam["Parameters"] = {
        **sam.get("Parameters", {}),
        "CodeBucket": {"Type": "String", "Description": "Bucket that holds the deployment zip."},
        "CodeKey": {"Type": "String", "Default": key, "Description": "Key of the zip in it."},
    }
    for resource in sam["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {
                "Bucket": {"Ref": "CodeBucket"},
                "Key": {"Ref": "CodeKey"},
            }
    return sam


def _transformed(sam: dict[str, Any]) -> dict[str, Any]:
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    # Each parameter stands for itself, or its default would be written in its place.
    parameters = {name: {"Ref": name} for name in sam["Parameters"]}
    try:
        cloudformation: dict[str, Any] = transform(sam, parameters, _NoPolicies())
    except InvalidDocumentException as error:
        raise Untranslatable("; ".join(cause.message for cause in error.causes)) from error
    return cloudformation
