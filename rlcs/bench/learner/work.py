"""What the learner is given: groups of samples, with an image in each prompt where the model has eyes; and how much of
them a layout computes.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rlcs.bench.engines.prompts import drawn_groups
from rlcs.bench.learner.shapes import TOKEN_SIDE
from rlcs.records import PromptImage, Sample

if TYPE_CHECKING:
    from rlcs.model.batch import MicroBatch
    from rlcs.model.vision import ImageReader

IMAGE_SHARE = 0.9
"""Of a prompt's tokens, at most."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Groups of completions, and how they are packed."""

    prompt: int
    """Tokens of a prompt, those of its image included."""
    answer: int
    """Tokens of an answer, on average; the lengths are drawn."""
    group: int
    groups: int
    pack_tokens: int


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What one update computes."""

    samples: int
    """Tokens of the samples, every prompt counted."""
    slots: int
    """Token slots that go through the layers, padding included."""
    tokens: int
    """Tokens among them."""
    area: int
    """Each token times the length of the sequence that it is computed in."""
    scored: int
    """Trained tokens, which alone go through the output head."""
    patches: int = 0
    """Patches of images in the vision tower; an image that several samples of a micro-step show is there once."""


def make_samples(load: Load, reader: ImageReader | None = None) -> list[Sample]:
    """Return the samples of an update; `reader` says that every prompt shows an image, another one in each group."""
    samples = drawn_groups(load.prompt, load.answer, size=load.group, count=load.groups)
    if reader is None:
        return samples
    side = max(math.isqrt(int(IMAGE_SHARE * load.prompt)), 1)
    pictures = [_noise(side * TOKEN_SIDE, number) for number in range(load.groups)]
    return [_shown(sample, pictures[number // load.group], reader) for number, sample in enumerate(samples)]


def _noise(side: int, seed: int) -> bytes:
    """Return a PNG of that many pixels a side."""
    from PIL import Image

    encoded = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(3 * side * side)).save(encoded, "PNG")
    return encoded.getvalue()


def _shown(sample: Sample, picture: bytes, reader: ImageReader) -> Sample:
    """Put an image behind the first token of a prompt, in the place of as many others."""
    image = PromptImage(reference=picture, start=1, num_tokens=reader.num_tokens(picture))
    before, behind = sample.prompt_ids[:1], sample.prompt_ids[1 + image.num_tokens :]
    return replace(sample, prompt_ids=(*before, *[reader.placeholder] * image.num_tokens, *behind), images=(image,))


def count(batches: Sequence[MicroBatch], samples: Sequence[Sample], *, padded: bool) -> Counts:
    """Count the work on an update's micro-steps; padded: each piece is a row as long as the longest."""
    rows = [len(one.lengths) * max(one.lengths) for one in batches]
    tokens = [sum(one.lengths) for one in batches]
    return Counts(
        samples=sum(sample.num_tokens for sample in samples),
        slots=sum(rows if padded else tokens),
        tokens=sum(tokens),
        area=sum(map(_area, batches)),
        scored=sum(len(one.targets) for one in batches),
        patches=sum(int(one.images.grids.prod(dim=1).sum()) for one in batches if one.images is not None),
    )


def _area(batch: MicroBatch) -> int:
    seen = (0 if prompt is None else batch.lengths[prompt] for prompt in batch.continues)
    return sum(own * (own + before) for own, before in zip(batch.lengths, seen, strict=True))
