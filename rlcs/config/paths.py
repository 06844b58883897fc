"""Paths a person gave, made absolute before the run changes into its own folder.

The run folder is the working directory of a run: Ray puts the driver's folder first on every worker's import path, and
a `rewards.py` lying in the folder of the person would be imported there instead of ours.
"""

from __future__ import annotations

import copy
import glob
from pathlib import Path

from rlcs.config.schema import Config, SourceConfig

DATA_SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet", ".csv", ".tsv", ".txt", ".gz", ".zst", ".zip", ".arrow")


def resolve_paths(config: Config, *, base: Path) -> Config:
    """Return a copy whose paths are absolute, seen from the folder `base`; hub and datasets names stay names."""
    resolved = copy.deepcopy(config)
    resolved.run.dir = str(_absolute(config.run.dir or f"runs/{config.run.name}", base))
    resolved.model.path = _folder(config.model.path, base)
    resolved.grade.models = [_folder(model, base) for model in config.grade.models]
    for model in resolved.reward_models.values():
        model.path = _folder(model.path, base)
    for source in resolved.sources:
        _resolve_source(source, base)
    resolved.model.chat_template = _file(config.model.chat_template, base)
    resolved.sft.out = _file(config.sft.out, base)
    resolved.preferences.out = _file(config.preferences.out, base)
    resolved.plugins = [_plugin(plugin, base) for plugin in config.plugins]
    return resolved


def is_file_path(path: str, base: Path) -> bool:
    """Tell whether a source's path means files here: it looks like one, or something of that name exists."""
    if "://" in path:
        return False
    is_deep = path.count("/") > 1  # a hub name is `name` or `owner/name`
    looks_like_one = path.startswith((".", "/", "~")) or path.endswith(DATA_SUFFIXES) or glob.has_magic(path)
    return is_deep or looks_like_one or _absolute(path, base).exists()


def _resolve_source(source: SourceConfig, base: Path) -> None:
    if is_file_path(source.path, base):
        source.path = str(_absolute(source.path, base))
    source.grades = _file(source.grades, base)


def _plugin(plugin: str, base: Path) -> str:
    """Make the path of a Python file absolute; the name of a module stays."""
    return str(_absolute(plugin, base)) if plugin.endswith(".py") else plugin


def _folder(path: str, base: Path) -> str:
    """Make the path of a folder that is there absolute; a hub name stays."""
    return str(_absolute(path, base)) if _absolute(path, base).is_dir() else path


def _file(path: str | None, base: Path) -> str | None:
    return None if path is None else str(_absolute(path, base))


def _absolute(path: str, base: Path) -> Path:
    """Return the path below `base`, with ~ for the home folder; nothing is asked of the disk, so globs survive."""
    return base.absolute() / Path(path).expanduser()
