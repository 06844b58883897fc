"""Finds the tiny policies by name: the shipped weights (such as tiny://text) and fresh ones (such as tiny_text)."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

from rlcs.errors import UserError, unknown_name

SHIPPED = ("text", "vision", "reward")
"""Names after tiny:// for which weights are part of the package, in rlcs/tiny/weights/<name>: two policies, a reward
model."""

FRESH = ("tiny_text", "tiny_vision")
"""What sft.init can name."""


def resolve_tiny_model(path: str) -> Path:
    """Return the folder of the shipped weights that `path` (such as tiny://text) names."""
    name = path.removeprefix("tiny://")
    if name not in SHIPPED:
        raise unknown_name("tiny model", path, (f"tiny://{known}" for known in SHIPPED))
    folder = Path(str(importlib.resources.files("rlcs.tiny") / "weights" / name))
    if not (folder / "model.safetensors").is_file():
        raise UserError(f"model.path={path}: no weights in {folder}; reinstall rlcs, or make them with `rlcs sft`")
    return folder


def save_fresh_model(name: str, folder: Path, *, seed: int) -> Path:
    """Write freshly initialised weights of a tiny model and its tokenizer or processor; return the folder."""
    if name not in FRESH:
        raise unknown_name("fresh model in sft.init", name, FRESH)
    if name == "tiny_vision":
        from rlcs.tiny.vision_model import write_fresh_vision_model

        return write_fresh_vision_model(folder, seed=seed)
    from rlcs.tiny.model import write_fresh_model

    return write_fresh_model(folder, seed=seed)
