"""Where the policy's files are, its tokenizer, and its image processor if it has one."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlcs.config.schema import ImagesConfig, ModelConfig, SourceConfig, VideoConfig
from rlcs.errors import UserError, loading
from rlcs.model.vision import ImageReader, load_processor
from rlcs.process.environment import prepare_process
from rlcs.tasks import PromptRenderer


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How prompts become what the policy reads."""

    tokenizer: Any
    images: ImageReader | None
    """None for a text model."""
    processor: Any | None
    """Tokenizer and image processor in one, for vision-language models."""

    def renderer(self, sources: Sequence[SourceConfig]) -> PromptRenderer:
        """Return what makes prompts of the tasks of some sources."""
        return PromptRenderer(self.tokenizer, sources, self.images)

    def save(self, folder: Path) -> None:
        """Write it beside a model, as transformers and vLLM read it."""
        (self.processor or self.tokenizer).save_pretrained(folder)


def load_preprocessing(
    model: ModelConfig, images: ImagesConfig, path: Path | str, video: VideoConfig | None = None
) -> Preprocessing:
    """Return tokenizer and image processor of the model in a folder (or hub name)."""
    tokenizer = load_tokenizer(model, path)
    processor = load_processor(model, path)
    if processor is None:
        return Preprocessing(tokenizer=tokenizer, images=None, processor=None)
    processor.chat_template = tokenizer.chat_template or processor.chat_template
    tokenizer.chat_template = processor.chat_template
    return Preprocessing(tokenizer=tokenizer, images=ImageReader(processor, images, video), processor=processor)


class Resizing:
    """Tells how large the model sees an image. The processor is loaded when it is asked first: few runs need it."""

    def __init__(self, model: ModelConfig, images: ImagesConfig) -> None:
        self._model, self._images = model, images

    def __call__(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return (width, height) in pixels for an image of (width, height). Raises UserError for a text model."""
        return self._reader.resized(size)

    @functools.cached_property
    def _reader(self) -> ImageReader:
        prepare_process()  # `rlcs check` has not
        processor = load_processor(self._model, resolve_model_path(self._model.path))
        if processor is None:
            raise UserError(
                f"coordinates in the space `resized` need a vision-language model, and model.path={self._model.path} "
                "is a text model; declare another space, or resized_width and resized_height"
            )
        return ImageReader(processor, self._images)


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


def weight_bytes(model: Path | str) -> int:
    """Return the bytes of the weights in a model's folder; 0 for a name on a hub."""
    return sum(file.stat().st_size for file in model.glob("*.safetensors")) if isinstance(model, Path) else 0


def load_tokenizer(settings: ModelConfig, path: Path | str) -> Any:
    """Return the tokenizer of the model, with the configured chat template if there is one."""
    from transformers import AutoTokenizer

    with loading(str(path)):
        tokenizer = AutoTokenizer.from_pretrained(str(path), trust_remote_code=settings.trust_remote_code)
    if settings.chat_template is not None:
        tokenizer.chat_template = Path(settings.chat_template).read_text(encoding="utf-8")
    return tokenizer


def model_dtype(configured: str, *, has_gpus: bool) -> str:
    """Return float32 or bfloat16: auto is bfloat16 where the workers have GPUs (this process may have none)."""
    if configured != "auto":
        return configured
    return "bfloat16" if has_gpus else "float32"
