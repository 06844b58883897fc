"""Samples to tensors: the flat tokens of one micro-step, and what the loss needs to know about each of them.

Example, samples with prompts (5, 6) and (7,), completions (1, 2) and (3,), so that T = 5 and N = 3:

    input_ids   [5, 6, 1, 2, 7, 3]   lengths [4, 2]
    predictors  [1, 2, 4]            the token before each completion token
    targets     [1, 2, 3]
    segments    [0, 0, 1]

Legend: T tokens of the micro-step, prompts included; N completion tokens; S samples; K images of all samples, U of
them different; P patches, D numbers of a patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rlcs.model.vision import ImageReader
from rlcs.records import Sample

DUMMY = Sample(prompt_ids=(0,), token_ids=(0,), loss_mask=(0,), logprobs=(0.0,), advantage=0.0)
"""Runs through the model where a rank has nothing to do but must keep step with the others; trains nothing."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """The images of a micro-step. Completions of a group share theirs: each different one is held, and seen, once."""

    pixel_values: Tensor
    """[P, D] float32, patches of the U different images, one image after the other."""
    grids: Tensor
    """[U, 3] int64 patches of each in time, height and width."""
    order: tuple[int, ...]
    """[K] number of the different image that stands at each place, in the order of the tokens."""
    counts: tuple[int, ...]
    """[S] images of each sample."""
    is_image: Tensor
    """[T] int64, 1 where a token is a piece of an image."""


@dataclass(frozen=True, kw_only=True)
class MicroBatch:
    """What the policy reads."""

    input_ids: Tensor
    """[T] int64, samples one after the other."""
    lengths: tuple[int, ...]
    """[S] tokens of each sample."""
    predictors: Tensor
    """[N] int64 place of the token whose next token is scored."""
    targets: Tensor
    """[N] int64 the token that came next."""
    images: Images | None = None
    """None for a text model."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the loss knows of each completion token, [N]."""

    rollout_log_probs: Tensor
    advantages: Tensor
    mask: Tensor
    segments: Tensor
    num_segments: int


def collate(
    samples: Sequence[Sample], device: torch.device, reader: ImageReader | None = None
) -> tuple[MicroBatch, Labels]:
    """Lay samples end to end; `reader` reads images, for a vision-language model.

    Every sample needs a prompt token: the first token has nothing to be predicted from.
    """
    for sample in samples:
        assert sample.prompt_ids and sample.token_ids, "a sample needs at least one prompt and one completion token"
    sizes = torch.tensor([len(sample.token_ids) for sample in samples])
    ends = torch.tensor([sample.num_tokens for sample in samples]).cumsum(0)
    segments = torch.repeat_interleave(torch.arange(len(samples)), sizes)
    # Completion tokens stand at the end of their sample, and each is predicted from one place before its own.
    before = (ends - sizes - (sizes.cumsum(0) - sizes))[segments]
    batch = MicroBatch(
        input_ids=_integers((*sample.prompt_ids, *sample.token_ids) for sample in samples).to(device),
        lengths=tuple(sample.num_tokens for sample in samples),
        predictors=(torch.arange(len(segments)) + before - 1).to(device),
        targets=_integers(sample.token_ids for sample in samples).to(device),
        images=None if reader is None else _images(samples, reader, device),
    )
    labels = Labels(
        rollout_log_probs=_floats(sample.logprobs for sample in samples).to(device),
        advantages=torch.tensor([sample.advantage for sample in samples], dtype=torch.float32)[segments].to(device),
        mask=_floats(sample.loss_mask for sample in samples).to(device),
        segments=segments.to(device),
        num_segments=len(samples),
    )
    return batch, labels


def filled(samples: Sequence[Sample], reader: ImageReader | None) -> Sequence[Sample]:
    """Return the samples of a micro-step; what trains nothing is added where the model would have nothing to do."""
    if reader is None or any(sample.images for sample in samples):
        return samples or [DUMMY]
    return [*samples, reader.ballast()]


def split_by_sample(values: Tensor, samples: Sequence[Sample]) -> list[list[float]]:
    """Cut values [N] of the completion tokens back into one list a sample."""
    return [part.tolist() for part in torch.split(values, [len(sample.token_ids) for sample in samples])]


def _images(samples: Sequence[Sample], reader: ImageReader, device: torch.device) -> Images:
    """Read the images of the samples; at least one is needed (see ImageReader.ballast)."""
    references = [image.reference for sample in samples for image in sample.images]
    assert references, "a micro-step of a vision-language model needs an image"
    number = {reference: index for index, reference in enumerate(dict.fromkeys(references))}
    read = [reader.read(reference) for reference in number]
    is_image = torch.zeros(sum(sample.num_tokens for sample in samples), dtype=torch.int64)
    start = 0
    for sample in samples:
        for image in sample.images:
            is_image[start + image.start : start + image.start + image.num_tokens] = 1
        start += sample.num_tokens
    return Images(
        pixel_values=torch.cat([pixels for pixels, _ in read]).to(device),
        grids=torch.stack([grid for _, grid in read]).to(device),
        order=tuple(number[reference] for reference in references),
        counts=tuple(len(sample.images) for sample in samples),
        is_image=is_image.to(device),
    )


def _integers(rows: Iterable[Sequence[int]]) -> Tensor:
    return torch.tensor([value for row in rows for value in row], dtype=torch.int64)


def _floats(rows: Iterable[Sequence[float]]) -> Tensor:
    return torch.tensor([value for row in rows for value in row], dtype=torch.float32)
