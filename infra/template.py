"""Reading templates: `infra/resources.yaml`, which is the one truth, and what is made of it.

The local runtime and the tests take tables, queues and event-source settings from `load()`;
`infra.rules` judges the CloudFormation that `infra.package` makes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

RESOURCES = Path(__file__).with_name("resources.yaml")

Template = Mapping[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, written out as Chalice writes them."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: str(value).split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(cast(yaml.MappingNode, node), deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path = RESOURCES) -> dict[str, Any]:
    """Return a template as plain values, `!Ref` and its like as `{"Ref": …}`, `{"Fn::…": …}`."""
    template: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506 - it is safe
    return template


def of_type(template: Template, kind: str) -> dict[str, Any]:
    """Return the properties of all resources of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource.get("Type") == kind
    }


def sources(template: Template, *, streams: bool) -> Iterator[tuple[str, Any]]:
    """Yield (logical id, properties) of the event sources that are streams, or that are queues."""
    for name, source in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        if streams == (attribute(source.get("EventSourceArn")) == "StreamArn"):
            yield name, source


def target(value: Any) -> str:
    """Return the logical id that `{"Ref": …}`, `{"Fn::GetAtt": …}` or `"${Id.Arn}"` points to."""
    if not isinstance(value, Mapping):
        return ""
    if "Fn::GetAtt" in value:
        return str(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"]).strip("${}").partition(".")[0]
    return str(value.get("Ref", ""))


def attribute(value: Any) -> str:
    """Return the attribute that `{"Fn::GetAtt": …}` asks for, or nothing."""
    if isinstance(value, Mapping) and "Fn::GetAtt" in value:
        return str(value["Fn::GetAtt"][1])
    return ""
