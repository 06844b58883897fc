"""Samples to tensors: the flat tokens of one micro-step, and what the loss needs to know about each of them.

Example, samples with prompts (5, 6) and (7,), completions (1, 2) and (3,), so that T = 5 and N = 3:

    input_ids   [5, 6, 1, 2, 7, 3]   lengths [4, 2]
    predictors  [1, 2, 4]            the token before each completion token
    targets     [1, 2, 3]
    segments    [0, 0, 1]

Completions (1, 2) and (3,) of one prompt (5, 6), which stands once (rlcs.model.prompts):

    input_ids   [5, 6, 1, 2, 3]      lengths [2, 2, 1], continues [None, 0, 0]
    predictors  [1, 2, 1]            the first token of each is predicted from the prompt's last

Legend: T tokens of the micro-step, prompts included; N completion tokens; S samples; R pieces of the row: samples,
prompts and completions; K images of all prompts, U of them different; P patches, D numbers of a patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from rlcs.model.prompts import by_prompt
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
    """[R] images of each piece."""
    is_image: Tensor
    """[T] int64, 1 where a token is a piece of an image."""


@dataclass(frozen=True, kw_only=True)
class MicroBatch:
    """What the policy reads."""

    input_ids: Tensor
    """[T] int64, pieces one after the other."""
    lengths: tuple[int, ...]
    """[R] tokens of each piece."""
    continues: tuple[int | None, ...]
    """[R] number of the prompt that a completion continues; None for prompts, and for samples with a prompt of their
    own."""
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


@dataclass(kw_only=True)
class _Row:
    """How samples stand in one row."""

    tokens: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    continues: list[int | None] = field(default_factory=list)
    predictors: list[Tensor] = field(default_factory=list)
    """[S] those of each sample."""
    shown: list[tuple[int, Sample]] = field(default_factory=list)
    """Each prompt in the row: where it begins, and a sample that has it."""

    def add(self, tokens: tuple[int, ...], continues: int | None = None) -> int:
        """Add a piece; return where it begins."""
        start = len(self.tokens)
        self.tokens += tokens
        self.lengths.append(len(tokens))
        self.continues.append(continues)
        return start


def collate(
    samples: Sequence[Sample], device: torch.device, reader: ImageReader | None = None, *, share: bool = False
) -> tuple[MicroBatch, Labels]:
    """Lay samples end to end; `reader` reads images, for a vision-language model.

    share: let samples with the same prompt have it once, where that saves enough. Predictors, targets and labels are
    in the order of the samples either way. Every sample needs a prompt token: the first token has nothing to be
    predicted from.
    """
    for sample in samples:
        assert sample.prompt_ids and sample.token_ids, "a sample needs at least one prompt and one completion token"
    row = _lay_out(samples, share=share)
    sizes = torch.tensor([len(sample.token_ids) for sample in samples])
    segments = torch.repeat_interleave(torch.arange(len(samples)), sizes)
    batch = MicroBatch(
        input_ids=torch.tensor(row.tokens).to(device),
        lengths=tuple(row.lengths),
        continues=tuple(row.continues),
        predictors=torch.cat(row.predictors).to(device),
        targets=_integers(sample.token_ids for sample in samples).to(device),
        images=None if reader is None else _images(row, reader, device),
    )
    labels = Labels(
        rollout_log_probs=_floats(sample.logprobs for sample in samples).to(device),
        advantages=torch.tensor([sample.advantage for sample in samples], dtype=torch.float32)[segments].to(device),
        mask=_floats(sample.loss_mask for sample in samples).to(device),
        segments=segments.to(device),
        num_segments=len(samples),
    )
    return batch, labels


def _lay_out(samples: Sequence[Sample], *, share: bool) -> _Row:
    """Lay samples end to end, those of one prompt behind it."""
    row = _Row(predictors=[torch.empty(0)] * len(samples))
    families = by_prompt(samples) if share else [[number] for number in range(len(samples))]
    for first, *others in families:
        prompt, is_shared, piece = samples[first].prompt_ids, len(others) > 0, len(row.lengths)
        start = row.add(prompt if is_shared else (*prompt, *samples[first].token_ids))
        row.shown.append((start, samples[first]))
        end = start + len(prompt)
        for number in (first, *others):
            own = row.add(samples[number].token_ids, continues=piece) if is_shared else end
            row.predictors[number] = _predictors(own, samples[number], before=end - 1)
    return row


def _predictors(start: int, sample: Sample, *, before: int) -> Tensor:
    """Return the place before each completion token; the first one's is that of the prompt's last token."""
    places = torch.arange(start - 1, start - 1 + len(sample.token_ids))
    places[0] = before
    return places


def filled(samples: Sequence[Sample], reader: ImageReader | None) -> Sequence[Sample]:
    """Return the samples of a micro-step; what trains nothing is added where the model would have nothing to do."""
    if reader is None or any(sample.images for sample in samples):
        return samples or [DUMMY]
    return [*samples, reader.ballast()]


def split_by_sample(values: Tensor, samples: Sequence[Sample]) -> list[list[float]]:
    """Cut values [N] of the completion tokens back into one list a sample."""
    return [part.tolist() for part in torch.split(values, [len(sample.token_ids) for sample in samples])]


def _images(row: _Row, reader: ImageReader, device: torch.device) -> Images:
    """Read the images of the prompts; at least one is needed (see ImageReader.ballast)."""
    references = [image.reference for _, sample in row.shown for image in sample.images]
    assert references, "a micro-step of a vision-language model needs an image"
    number = {reference: index for index, reference in enumerate(dict.fromkeys(references))}
    read = [reader.read(reference) for reference in number]
    is_image = torch.zeros(len(row.tokens), dtype=torch.int64)
    for start, sample in row.shown:
        for image in sample.images:
            is_image[start + image.start : start + image.start + image.num_tokens] = 1
    counts = iter(len(sample.images) for _, sample in row.shown)
    return Images(
        pixel_values=torch.cat([pixels for pixels, _ in read]).to(device),
        grids=torch.stack([grid for _, grid in read]).to(device),
        order=tuple(number[reference] for reference in references),
        counts=tuple(next(counts) if prompt is None else 0 for prompt in row.continues),
        is_image=is_image.to(device),
    )


def _integers(rows: Iterable[Sequence[int]]) -> Tensor:
    return torch.tensor([value for row in rows for value in row], dtype=torch.int64)


def _floats(rows: Iterable[Sequence[float]]) -> Tensor:
    return torch.tensor([value for row in rows for value in row], dtype=torch.float32)
