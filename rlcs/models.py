"""Where the policy's files are, and its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError


def resolve_model_path(path: str, *, key: str = "model.path") -> Path | str:
    """Return the folder of a model: tiny://text is the shipped one, a folder is itself; a hub name stays a name.

    key: the setting that holds the path, for the error when there is nothing.
    """
    if path.startswith("tiny://"):
        from rlcs.tiny import resolve_tiny_model

        return resolve_tiny_model(path)
    folder = Path(path).expanduser()
    if folder.is_dir() or path.startswith(("/", ".", "~")):
        if not (folder / "config.json").is_file():
            raise UserError(f"{key}={path} is no Hugging Face model folder: it has no config.json")
        return folder.absolute()
    return path


def load_tokenizer(settings: ModelConfig, path: Path | str) -> Any:
    """Return the tokenizer of the model, with the configured chat template if there is one."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=settings.trust_remote_code)
    except OSError as error:
        raise UserError(f"cannot load the tokenizer of model.path={path}: {error}") from error
    if settings.chat_template is not None:
        tokenizer.chat_template = Path(settings.chat_template).read_text(encoding="utf-8")
    return tokenizer


def model_dtype(configured: str, *, has_gpus: bool) -> str:
    """Return float32 or bfloat16: auto is bfloat16 where the workers have GPUs (this process may have none)."""
    if configured != "auto":
        return configured
    return "bfloat16" if has_gpus else "float32"
