"""YAML as people mean it: `1e-6` is a number, `off` and `no` are words, a key given twice is an error.

PyYAML follows YAML 1.1, which reads `lr: 1e-6` as text and `packing: off` as false. Reader and writer here share the
scalars of YAML 1.2 (core schema), so that what `dump_yaml` writes, `parse_yaml` reads back unchanged.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from rlcs.errors import UserError

SCALARS = (
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("tag:yaml.org,2002:int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
)
"""Tag, pattern and possible first characters of every scalar that is not text."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping with text keys; a key given twice would silently lose the first value."""
        names: set[str] = set()
        for key_node, _ in node.value:
            name = str(getattr(key_node, "value", ""))
            if name in names:
                raise yaml.constructor.ConstructorError(None, None, f"key {name!r} is given twice", key_node.start_mark)
            names.add(name)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return {str(key): value for key, value in mapping.items()}


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, Any] = {}

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out in full instead of as YAML references."""
        return True


for _tag, _pattern, _first in SCALARS:
    for _style in (_Loader, _Dumper):
        _style.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern})\\Z"), _first)


def parse_yaml(text: str, where: str) -> Any:
    """Return the value of a YAML text; `where` names it in the UserError for a text that is no YAML."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{where} is not valid YAML: {_in_one_line(error)}") from error


def dump_yaml(value: Any) -> str:
    """Return a value of mappings, lists, text, numbers and null as YAML, in the order it has."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)


def _in_one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
