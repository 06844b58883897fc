"""Tasks become prompt tokens: template and system prompt of their source, then the chat template of the tokenizer.

Images stand where the prompt says <image>, or has a part of type image; images that it does not name come first. So it
is with videos and <video>. The chat template puts one placeholder token for each, which becomes what the model reads of
the image or the video.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.records import Messages, PromptImage, Task, Video
from rlcs.tasks.pool import TaskPool

log = logging.getLogger("rlcs.tasks")

PLACEHOLDER = "{prompt}"
MARKS = {"image": "<image>", "video": "<video>"}
"""What stands for each kind in a prompt that is text."""

_BLOCK_ROWS = 256
_MARGIN_TOKENS = 8


class ImageMeasure(Protocol):
    """What a prompt must know of a model's images and videos (rlcs.model.vision.ImageReader)."""

    placeholder: int
    """Id of the token that stands for a piece of an image."""
    video_placeholder: int | None
    """Id of the token that a chat template writes for a video; None for a model without."""
    max_per_prompt: int

    def num_tokens(self, reference: str | bytes) -> int:
        """Return the tokens that the language model reads of an image."""

    def video_tokens(self, video: Video) -> list[int]:
        """Return the tokens that the placeholder of a video becomes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A rendered prompt."""

    ids: tuple[int, ...]
    """[P] tokens, those of images included."""
    images: tuple[PromptImage, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


class PromptRenderer:
    """Renders tasks of the given sources for one tokenizer.

    A tokenizer without a chat template gets plain text: the system prompt, a blank line, the question.
    """

    def __init__(self, tokenizer: Any, sources: Sequence[SourceConfig], images: ImageMeasure | None = None) -> None:
        """`images` measures images; None for a text model, which refuses tasks with images.

        Raises UserError for a template without its place, or two sources of one name that ask differently.
        """
        self._tokenizer = tokenizer
        self._images = images
        self._is_chat = bool(tokenizer.chat_template)
        self._skips_bad_rows = {source.name: source.on_bad_row == "skip" for source in sources}
        self._settings: dict[str, tuple[str | None, str | None]] = {}
        for source in sources:
            self._add(source)

    @property
    def sees_images(self) -> bool:
        """Whether the model takes images."""
        return self._images is not None

    def _add(self, source: SourceConfig) -> None:
        if source.prompt_template is not None and PLACEHOLDER not in source.prompt_template:
            raise UserError(
                f"data source {source.name}: prompt_template has no {PLACEHOLDER}; put it where the question goes"
            )
        settings = (source.prompt_template, source.system_prompt)
        if self._settings.setdefault(source.name, settings) != settings:
            raise UserError(f"two data sources named {source.name!r} have different prompts; rename one")

    def render(self, tasks: Sequence[Task]) -> list[Prompt]:
        """Return the prompt of each task. Nothing is ever cut."""
        if not tasks:
            return []
        texts = [self.text(task) for task in tasks]
        encoded = self._tokenizer(texts, add_special_tokens=not self._is_chat, return_attention_mask=False)
        return [self._with_images(ids, task) for ids, task in zip(encoded["input_ids"], tasks, strict=True)]

    def render_usable(self, tasks: Sequence[Task]) -> list[Prompt | None]:
        """Return the prompt of each task; None, with a warning, where there is none and the source skips bad rows."""
        try:
            return list(self.render(tasks))
        except UserError:
            return [self._render_or_skip(task) for task in tasks]

    def _render_or_skip(self, task: Task) -> Prompt | None:
        try:
            return self.render([task])[0]
        except UserError as error:
            if not self._skips_bad_rows[task.source]:
                raise
            log.warning("left out: %s", error)
            return None

    @property
    def chat_template(self) -> str | None:
        """The template that prompts are written in; None for plain text."""
        return self._tokenizer.chat_template or None

    @property
    def shown_tokens(self) -> list[str]:
        """The texts of the model's placeholders for images and videos; none for a text model."""
        if self._images is None:
            return []
        ids = [self._images.placeholder, self._images.video_placeholder]
        return [str(self._tokenizer.convert_ids_to_tokens(one)) for one in ids if one is not None]

    def text(self, task: Task) -> str:
        """Return the prompt of a task as the text that is tokenised, one placeholder an image."""
        template, system_prompt = self._settings[task.source]
        messages = _messages(task, template, system_prompt)
        if self._is_chat:
            rendered = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
            return str(rendered)
        return "\n\n".join(str(message["content"]) for message in messages)

    def num_extra_tokens(self, source: str) -> int:
        """Return the tokens that surround the question of a text task: template, system prompt, chat markers."""
        blank = Task(id="", source=source, domain="general", prompt=" ", answer="")
        return len(self.render([blank])[0])

    def _with_images(self, ids: Sequence[int], task: Task) -> Prompt:
        """Put what the model reads of each image and video in the place of its placeholder."""
        measure = self._images
        places = set() if measure is None else {measure.placeholder, measure.video_placeholder}
        if not task.images and not task.videos and places.isdisjoint(ids):
            return Prompt(ids=tuple(ids))
        if not task.images and not task.videos:
            token = self._tokenizer.convert_ids_to_tokens(next(one for one in ids if one in places))
            raise UserError(
                f"task {task.id} has no images or videos, and its text holds {token}, the model's token for one; take "
                "it out of the text"
            )
        if measure is None or not self._is_chat:
            what = "images" if task.images else "videos"
            raise UserError(
                f"task {task.id} has {what}, and model.path is no vision-language model with a chat template; choose "
                f"one, or take fields.{what} out"
            )
        if len(task.images) > measure.max_per_prompt:
            raise UserError(
                f"task {task.id} has {len(task.images)} images, more than data.images.max_per_prompt="
                f"{measure.max_per_prompt}; raise it"
            )
        kinds = ("image", task.images, measure.placeholder), ("video", task.videos, measure.video_placeholder)
        for what, shown, place in kinds:
            if len(shown) != (found := sum(token == place for token in ids)):
                raise UserError(
                    f"task {task.id} has {len(shown)} {what}s, and its prompt, as the chat template writes it, has "
                    f"places for {found}; the template must write one {what} token for each part of type {what}, "
                    "and texts none"
                )
        expanded, images = expand(ids, task.images, measure, task.videos)
        return Prompt(ids=expanded, images=images)


def expand(
    ids: Sequence[int], images: Sequence[str | bytes], measure: ImageMeasure, videos: Sequence[Video] = ()
) -> tuple[tuple[int, ...], tuple[PromptImage, ...]]:
    """Replace the k-th placeholder by as many as the k-th image has tokens; also say where they are.

    Example, placeholder 8: ids [5, 8, 6] with an image of 4 tokens -> (5, 8, 8, 8, 8, 6), start 1. That of a video
    becomes what the model reads of it. A placeholder too many becomes nothing.
    """
    expanded: list[int] = []
    shown: list[PromptImage] = []
    next_image, next_video = iter(images), iter(videos)
    for token in ids:
        reference: str | bytes | Video = b""
        if token == measure.placeholder:
            reference = next(next_image, b"")
            tokens = [token] * measure.num_tokens(reference) if reference else []
        elif token == measure.video_placeholder:
            reference = next(next_video, b"")
            tokens = measure.video_tokens(reference) if isinstance(reference, Video) else []
        else:
            expanded.append(token)
            continue
        shown.append(PromptImage(reference=reference, start=len(expanded), num_tokens=len(tokens)))
        expanded += tokens
    return tuple(expanded), tuple(shown)


def _messages(task: Task, template: str | None, system_prompt: str | None) -> Messages:
    if isinstance(task.prompt, str):
        # Not str.format: questions are full of braces.
        question = task.prompt if template is None else template.replace(PLACEHOLDER, task.prompt)
        messages: Messages = [{"role": "user", "content": question}]
    else:
        if template is not None:
            raise UserError(
                f"task {task.id} is chat messages, which prompt_template does not fit; leave prompt_template out"
            )
        messages = task.prompt
        if system_prompt is not None and messages[0].get("role") == "system":
            raise UserError(f"task {task.id} brings a system message of its own; leave system_prompt out")
    if task.images or task.videos:
        messages = place_images(messages, len(task.images), len(task.videos))
    return messages if system_prompt is None else [{"role": "system", "content": system_prompt}, *messages]


def place_images(messages: Messages, num_images: int, num_videos: int = 0) -> Messages:
    """Return messages with so many parts of type image: those that are there, <image> in texts, the rest first.

    Example, one image: [user "<image>How many?"] -> [user [image, text "How many?"]]. Videos likewise, behind images.
    """
    marks = {MARKS[kind]: kind for kind, count in (("image", num_images), ("video", num_videos)) if count}
    parts = [_parts(message["content"], marks) for message in messages]
    kinds = [part.get("type") for some in parts for part in some]
    missing = [{"type": "image"}] * (num_images - kinds.count("image"))
    missing += [{"type": "video"}] * (num_videos - kinds.count("video"))
    first = next((number for number, message in enumerate(messages) if message["role"] == "user"), 0)
    parts[first] = missing + parts[first]
    # A text without an image stays one: the template of GLM-4.1V takes parts from the user alone.
    return [
        {**message, "content": some if any(part.get("type") in MARKS for part in some) else message["content"]}
        for message, some in zip(messages, parts, strict=True)
    ]


def _parts(content: str | list[dict[str, Any]], marks: dict[str, str]) -> list[dict[str, Any]]:
    """Return the parts of a message, a text cut at its marks: a part of their kind stands in the place of each."""
    cut = re.compile(f"({'|'.join(marks)})")
    parts: list[dict[str, Any]] = []
    for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        if "text" not in part:
            parts.append(part)
            continue
        # re.split keeps the marks, as the pattern has a group.
        for text in cut.split(str(part["text"])):
            parts += [{"type": marks[text]}] if text in marks else [{"type": "text", "text": text}] * bool(text)
    return parts


def drop_long(pool: TaskPool, renderer: PromptRenderer, max_prompt_tokens: int) -> TaskPool:
    """Return the pool without tasks whose prompt is longer; the log says how many of which source.

    A task whose images or videos make no prompt is a bad row: an error, or left out where its source says
    on_bad_row: skip. Raises UserError when a source has no task left.
    """
    is_long, is_bad = np.zeros(len(pool), dtype=bool), np.zeros(len(pool), dtype=bool)
    doubtful = _doubtful_rows(pool, renderer, max_prompt_tokens)
    for start in range(0, len(doubtful), _BLOCK_ROWS):
        rows = doubtful[start : start + _BLOCK_ROWS]
        tasks = pool.take(rows)
        prompts = renderer.render_usable(tasks)
        is_long[rows] = [prompt is not None and len(prompt) > max_prompt_tokens for prompt in prompts]
        is_bad[rows] = [prompt is None for prompt in prompts]
    if is_long.any():
        _report_long(pool, is_long, max_prompt_tokens)
    if is_bad.any():
        _refuse_empty(pool, is_long | is_bad)
    return pool.select(np.flatnonzero(~(is_long | is_bad))) if (is_long | is_bad).any() else pool


def _doubtful_rows(pool: TaskPool, renderer: PromptRenderer, max_prompt_tokens: int) -> NDArray[np.int64]:
    """Return the rows whose prompts must be tokenised to know their length.

    A tokenizer makes at most one token of a byte of the text as it normalises it, and NFKD is the longest of the
    normal forms; so short texts fit whatever the tokenizer. On a large pool this saves nearly all of the work.
    """
    doubtful = []
    extra = [renderer.num_extra_tokens(source) + _MARGIN_TOKENS for source in pool.index.sources]
    for rows, columns in pool.columns("prompt", "is_chat", "image_sizes", "videos"):
        is_plain = pc.and_(pc.invert(columns["is_chat"]), pc.is_null(columns["image_sizes"]))
        is_plain = pc.and_(is_plain, pc.is_null(columns["videos"]))
        for token in renderer.shown_tokens:
            # Written in a text it stands for an image that is not there: seen now and not in the middle of the run.
            is_plain = pc.and_not(is_plain, pc.match_substring(columns["prompt"], token))
        longest = pc.max_element_wise(
            pc.binary_length(columns["prompt"]), pc.binary_length(pc.utf8_normalize(columns["prompt"], form="NFKD"))
        )
        limit = max_prompt_tokens - extra[int(pool.index.source[rows[0]])]
        fits = pc.and_(is_plain, pc.less_equal(longest, pa.scalar(limit, pa.int32())))
        doubtful.append(rows[~fits.to_numpy(zero_copy_only=False)])
    return np.sort(np.concatenate(doubtful))


def _refuse_empty(pool: TaskPool, is_out: NDArray[np.bool_]) -> None:
    left = Counter(pool.index.source[~is_out].tolist())
    for number, name in enumerate(pool.index.sources):
        if not left[number]:
            raise UserError(
                f"data source {name} has no task left: none makes a prompt of a length allowed; see the log"
            )


def _report_long(pool: TaskPool, is_long: NDArray[np.bool_], max_prompt_tokens: int) -> None:
    num_tasks = Counter(pool.index.source.tolist())
    for number, num_long in sorted(Counter(pool.index.source[is_long].tolist()).items()):
        name, total = pool.index.sources[number], num_tasks[number]
        log.warning("dropped %d of %d prompts of %s longer than %d tokens", num_long, total, name, max_prompt_tokens)
        if num_long == total:
            raise UserError(
                f"all {total} prompts of {name} are longer than data.max_prompt_tokens={max_prompt_tokens}; raise it"
            )
