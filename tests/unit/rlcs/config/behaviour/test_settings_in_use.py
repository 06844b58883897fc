"""No setting without a use: a shipped configuration sets it, or a test names it."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from places import ROOT

from rlcs.config.schema import Config
from rlcs.config.shape import bare

ANY = "*"
"""Stands in a path for the index or name of an entry."""


@dataclass(frozen=True)
class Setting:
    """Where a setting stands: ("data", "train", "*", "limit") of the section SourceConfig."""

    section: str
    path: tuple[str, ...]

    @property
    def dotted(self) -> str:
        return ".".join(part for part in self.path if part != ANY)


def settings_of(section: type, path: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Yield every setting below a section of the schema; held-out sources have those of the others."""
    hints = get_type_hints(section)
    for field in dataclasses.fields(section):
        inner, below = bare(hints[field.name]), (*path, field.name)
        if get_args(inner) and dataclasses.is_dataclass(get_args(inner)[-1]):
            inner, below = get_args(inner)[-1], (*below, ANY)
        if not dataclasses.is_dataclass(inner):
            yield Setting(section.__name__, below)
        elif below[:2] != ("data", "eval"):
            yield from settings_of(inner, below)  # type: ignore[arg-type]


def is_set(node: Any, path: tuple[str, ...]) -> bool:
    """Tell whether parsed YAML has a value at a path."""
    if not path:
        return True
    if path[0] != ANY:
        return isinstance(node, dict) and path[0] in node and is_set(node[path[0]], path[1:])
    entries = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(is_set(entry, path[1:]) for entry in entries)


@dataclass(frozen=True)
class Names:
    """What a test file names: the classes, the keywords of its calls and keys of its dictionaries, and its texts."""

    classes: frozenset[str]
    keys: frozenset[str]
    texts: str

    def has(self, setting: Setting) -> bool:
        """Tell whether the setting is given by keyword or key where its section is named, or by its whole path."""
        *_, section, key = (Config.__name__, *(part for part in setting.path if part != ANY))
        in_section = setting.section in self.classes or section in self.keys
        by_path = re.search(rf"(?<![\w.]){re.escape(setting.dotted)}(?![\w.])", self.texts)
        return (in_section and key in self.keys) or bool(by_path and "." in setting.dotted)


def names_in(source: str) -> Names:
    nodes = list(ast.walk(ast.parse(source)))
    keywords = [keyword.arg for node in nodes if isinstance(node, ast.Call) for keyword in node.keywords]
    keys = [key.value for node in nodes if isinstance(node, ast.Dict) for key in node.keys if is_text(key)]
    return Names(
        classes=frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
        keys=frozenset(key for key in (*keywords, *keys) if key is not None),
        texts="\n".join(node.value for node in nodes if is_text(node)),
    )


def is_text(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.fixture(scope="module")
def tests() -> list[Names]:
    files = [file for file in sorted((ROOT / "tests").rglob("*.py")) if file != Path(__file__)]
    return [names_in(file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture(scope="module")
def configs() -> list[Any]:
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "configs").glob("*.yaml"))]


@pytest.mark.parametrize("setting", list(settings_of(Config)), ids=lambda setting: setting.dotted)
def test_a_setting_is_shipped_or_tested(setting: Setting, configs: list[Any], tests: list[Names]) -> None:
    shipped = any(is_set(config, setting.path) for config in configs)
    assert shipped or any(names.has(setting) for names in tests), (
        f"nothing sets {setting.dotted} and no test names it: test what it does, or take it out of the schema"
    )


LIMIT = Setting("SourceConfig", ("data", "train", ANY, "limit"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SourceConfig(limit=1)", True),
        ("source: SourceConfig = build(limit=1)", True),
        ("load({'train': [{'limit': 1}]})", True),
        ("load('data.train.limit=1')", True),
        ("build(limit=1)", False),
        ("SourceConfig(); limit = 1", False),
        ("SourceConfig(split='limit')", False),
        ("load('data.train.limits=1')", False),
    ],
)
def test_what_counts_as_a_name(source: str, expected: bool) -> None:
    assert names_in(source).has(LIMIT) is expected


def test_what_counts_as_set() -> None:
    assert is_set({"data": {"train": [{"name": "a"}, {"limit": None}]}}, LIMIT.path)
    assert not is_set({"data": {"train": [{"name": "a"}], "limit": 1}, "limit": 1}, LIMIT.path)
