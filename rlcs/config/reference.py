"""Writes docs/configuration.md from the schema: `python -m rlcs.config.reference docs/configuration.md`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from omegaconf import MISSING

from rlcs.config.schema import Config
from rlcs.config.shape import bare

HEAD = """# Configuration

Every setting of RLCS, its default and what it means. This page is written from `rlcs/config/schema.py`
(`python -m rlcs.config.reference docs/configuration.md`); `rlcs check --config F` tells what is wrong with a file.

A configuration is a YAML file. On the command line `key=value` overrides it, with the full path of the key:
`rlcs train --config quickstart run.steps=5 learner.lr=1e-6`. Lists take an index, and the next free index adds an
entry: `data.train.0.path=mine.jsonl`. Text is taken as it stands, so `data.train.0.answer_pattern='#### (.+)$'` needs
the quotes of the shell only; lists and mappings are YAML (`eval.k=[1,4]`). `${section.key}` takes the value of another
key.
"""


def render_reference() -> str:
    """Return the whole page."""
    return HEAD + "".join(_section(title, cls) for title, cls in _sections("", Config))


def _sections(path: str, section: Any) -> Iterator[tuple[str, Any]]:
    """Yield every section of the schema with its path, each once, in reading order."""
    hints = get_type_hints(section)
    for field in dataclasses.fields(section):
        inner, suffix = _inner(bare(hints[field.name]))
        # data.eval is documented with data.train.
        if inner is None or (field.name == "eval" and suffix):
            continue
        title = f"{path}{field.name}{suffix}"
        yield title, inner
        yield from _sections(f"{title}.", inner)
    if not path:
        yield "", Config


def _inner(hint: Any) -> tuple[Any, str]:
    """Return the section behind a type, and what stands in its path for the index or name."""
    if dataclasses.is_dataclass(hint):
        return hint, ""
    items = getattr(hint, "__args__", ())
    if items and dataclasses.is_dataclass(items[-1]):
        return items[-1], ".<name>" if len(items) == 2 else ".<index>"
    return None, ""


def _section(title: str, section: Any) -> str:
    hints = get_type_hints(section)
    rows = [
        f"| `{field.name}` | {_default(field)} | {_plain(field.metadata['help'])} |\n"
        for field in dataclasses.fields(section)
        if _inner(hints[field.name])[0] is None
    ]
    if not rows:
        return ""
    also = " and `data.eval.<index>`" if title == "data.train.<index>" else ""
    heading = f"`{title}`{also}" if title else "Top level"
    return f"\n## {heading}\n\n{section.__doc__}\n\n| key | default | meaning |\n|---|---|---|\n{''.join(rows)}"


def _default(field: Any) -> str:
    value = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    if value == MISSING:
        return "required"
    if value is None or value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _plain(text: str) -> str:
    """Return text that a table of Markdown shows as it is."""
    return text.replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_reference(), encoding="utf-8")
