"""Reading infra/resources.yaml: CloudFormation's short tags, and the functions that values use."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RESOURCES = Path(__file__).parents[1] / "resources.yaml"
_SUBSTITUTED = re.compile(r"\$\{([^}!]+)\}")


class TemplateError(Exception):
    """The template says something that this machine cannot do; the message names it."""


class _Loader(yaml.SafeLoader):
    """YAML with `!Ref`, `!GetAtt a.b`, `!Sub …` as `{"Ref": …}`, `{"Fn::GetAtt": […]}`, …."""


def _short_tag(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_tag)


@dataclass(frozen=True, slots=True)
class Template:
    """Resources by logical id, as the template writes them."""

    resources: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, path: Path = RESOURCES) -> "Template":
        """Read a template; keys that only AWS uses stay unread."""
        with path.open() as file:
            # A SafeLoader of ours: plain data, and CloudFormation's tags as plain data.
            document = yaml.load(file, Loader=_Loader)  # noqa: S506
        return cls(document.get("Resources", {}))

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Return the properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource.get("Type") == kind
        }

    def properties(self, name: str) -> Mapping[str, Any]:
        """Return the properties of one resource; empty when the template does not mention it."""
        found: Mapping[str, Any] = self.resources.get(name, {}).get("Properties", {})
        return found


def resolve(value: Any, ref: Callable[[str], str], attribute: Callable[[str, str], str]) -> Any:
    """Compute a value of the template.

    Args:
        value: plain data with `Ref`, `Fn::GetAtt` and `Fn::Sub` in it.
        ref: what `Ref` gives for a logical id, a parameter or a pseudo parameter.
        attribute: what `Fn::GetAtt` gives for a logical id and an attribute.

    Raises:
        TemplateError: another function is used; teach it here, or avoid it for tables, queues,
            buckets and event sources.
    """
    if isinstance(value, list):
        return [resolve(each, ref, attribute) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            return ref(name)
        case {"Fn::GetAtt": [name, wanted]}:
            return attribute(name, wanted)
        case {"Fn::Sub": str(text)}:
            return _SUBSTITUTED.sub(lambda found: _named(found[1], ref, attribute), text)
    functions = [key for key in value if str(key).startswith("Fn::")]
    if functions:
        raise TemplateError(f"{functions[0]} is not understood here, found {value!r}")
    return {key: resolve(each, ref, attribute) for key, each in value.items()}


def _named(name: str, ref: Callable[[str], str], attribute: Callable[[str, str], str]) -> str:
    logical, dot, wanted = name.partition(".")
    return attribute(logical, wanted) if dot else ref(name)
