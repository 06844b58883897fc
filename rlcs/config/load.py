"""From a YAML file and overrides to a typed Config, and back. Nothing heavy starts before this has passed.

file --parse--> tree --overrides--> tree --OmegaConf: defaults, ${…}, types--> Config
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlcs.config.overrides import apply_override
from rlcs.config.schema import Config
from rlcs.config.shape import bare, container_of, find_problems, hints_of, is_optional, item_hint
from rlcs.config.text import dump_yaml, parse_yaml
from rlcs.errors import UserError

HEADER = "# The whole configuration of a run, defaults included. `rlcs train --config` takes it as it is.\n"


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Return the configuration of a file with `key=value` overrides; UserError says what is wrong with either.

    A name without a folder (`quickstart`, `stem.yaml`) is also looked up among the configurations that come with RLCS.
    """
    file = find_config(path)
    tree = read_tree(file)
    for text in overrides:
        tree = apply_override(tree, text)
    return _build(_filled(tree, Config), file)


def save_config(config: Config, path: Path) -> None:
    """Write a configuration whole, so that `load_config` returns an equal one; written beside, then renamed."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(HEADER + dump_yaml(_escaped(dataclasses.asdict(config))), encoding="utf-8")
    partial.rename(path)


def find_config(path: Path) -> Path:
    """Return the file a person means by `--config`: that file, or a packaged configuration of that name."""
    if path.is_file():
        return path
    if path.parent == Path("."):
        for name in (path.name, f"{path.name}.yaml"):  # a dot in a name (glm4.1v_9b) ends no file name
            if (packaged_folder() / name).is_file():
                return packaged_folder() / name
    raise UserError(
        f"no configuration file {path}; give the path of a YAML file, or one of RLCS: {', '.join(packaged())}"
    )


def packaged_folder() -> Path:
    """Return the folder of the configurations that come with RLCS: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def packaged() -> list[str]:
    """Return the names of the configurations that come with RLCS."""
    return sorted(file.stem for file in packaged_folder().glob("*.yaml"))


def read_tree(file: Path) -> dict[str, Any]:
    """Return the plain values of a file; UserError lists every unknown key and every wrong type in it."""
    tree = parse_yaml(file.read_text(encoding="utf-8"), str(file))
    if problems := list(find_problems(tree, str(file))):
        raise UserError("\n".join(problems))
    return tree or {}


def _build(tree: dict[str, Any], file: Path) -> Config:
    try:
        merged = OmegaConf.merge(OmegaConf.structured(Config), tree)
        if missing := sorted(OmegaConf.missing_keys(merged)):
            raise UserError("\n".join(_missing(re.sub(r"\[(\d+)\]", r".\1", key), file) for key in missing))
        config = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        raise UserError(_in_one_line(error, file)) from error
    assert isinstance(config, Config)
    return config


def _missing(key: str, file: Path) -> str:
    return f"{key} is not set: give it in {file} or as {key}=… on the command line"


def _in_one_line(error: OmegaConfBaseException, file: Path) -> str:
    key = re.sub(r"\[(\d+)\]", r".\1", str(error.full_key or ""))
    reason = str(error.msg or error).splitlines()[0]
    return f"{key} in {file}: {reason} (${{section.key}} takes the value of another key; \\${{ is a plain ${{)"


def _filled(value: Any, hint: Any) -> Any:
    """Return the tree with {} for sections that have a heading and nothing below: they keep their defaults.

    A section that may be absent stays so.
    """
    if value is None and is_optional(hint):
        return None
    hint = bare(hint)
    container = container_of(hint)
    if container is dict and value is None:
        return {}
    if container is None:
        return value
    if container is list:
        return [_filled(item, item_hint(hint)) for item in value]
    hints = hints_of(hint) if dataclasses.is_dataclass(hint) else dict.fromkeys(value, item_hint(hint))
    return {key: _filled(item, hints[key]) for key, item in value.items()}


def _escaped(value: Any) -> Any:
    """Return values with every `${` written so that loading takes it for plain text, backslashes before it included."""
    if isinstance(value, str):
        return re.sub(r"(\\*)\$\{", lambda found: f"{found[1] * 2}\\${{", value)
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, list) else value
