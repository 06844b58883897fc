"""Samples to tensors: the flat tokens of one micro-step, and what the loss needs to know about each of them.

Example, samples with prompts (5, 6) and (7,), completions (1, 2) and (3,), so that T = 6 and N = 3:

    input_ids   [5, 6, 1, 2, 7, 3]   lengths [4, 2]
    predictors  [1, 2, 4]            the token before each token that is trained on
    targets     [1, 2, 3]
    segments    [0, 0, 1]

Were 1 not trained on, predictors would be [2, 4]: tokens that were inserted or shown are read, and cost no row of the
output head, the dearest layer.

Completions (1, 2) and (3,) of one prompt (5, 6), which stands once (rlcs.model.prompts):

    input_ids   [5, 6, 1, 2, 3]      lengths [2, 2, 1], continues [None, 0, 0]
    predictors  [1, 2, 1]            the first token of each is predicted from the prompt's last

Legend: T tokens of the micro-step, prompts included; N scored tokens: those of completions that are trained on; S
samples; R pieces of the row: samples, prompts and completions; K images of all pieces, U of them different; P patches,
D numbers of a patch. A video counts as its grids, which is one or many images (rlcs.model.vision).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TypeVar

import torch
from torch import Tensor

from rlcs.model.prompts import by_prompt, images_behind, images_of_prompt
from rlcs.model.vision import ImageReader
from rlcs.records import PromptImage, Sample

Number = TypeVar("Number", int, float)

DUMMY = Sample(prompt_ids=(0,), token_ids=(0,), loss_mask=(0,), logprobs=(0.0,), advantage=0.0)
"""Runs through the model where a rank has nothing to do but must keep step with the others; trains nothing."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """The images of a micro-step. Completions of a group share theirs: each different one is held, and seen, once."""

    pixel_values: Tensor
    """[P, D] float32, patches of the U different images, one image after the other."""
    grids: Tensor
    """[U, 3] int64 patches of each in time, height and width."""
    seconds: tuple[float, ...]
    """[U] time of a step of each in time (Pixels.seconds)."""
    order: tuple[int, ...]
    """[K] number of the different image that stands at each place, in the order of the tokens."""
    counts: tuple[int, ...]
    """[R] images of each piece."""
    is_image: Tensor
    """[T] int64, 1 where a token is a piece of an image or of a frame."""

    def to(self, device: torch.device) -> Images:
        """Return them on a device."""
        moved = {name: getattr(self, name).to(device) for name in ("pixel_values", "grids", "is_image")}
        return replace(self, **moved)


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
    """What the loss knows of each scored token, [N]."""

    rollout_log_probs: Tensor
    advantages: Tensor
    mask: Tensor
    """1.0; 0.0 on the one token of a sample in which none is trained on."""
    segments: Tensor
    num_segments: int
    weights: Tensor
    """[S] what each sample counts (Sample.weight)."""


@dataclass(kw_only=True)
class _Row:
    """How samples stand in one row."""

    tokens: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    continues: list[int | None] = field(default_factory=list)
    predictors: list[Tensor] = field(default_factory=list)
    """[S] those of each sample."""
    shown: list[tuple[int, tuple[PromptImage, ...]]] = field(default_factory=list)
    """[R] images of each piece, and where in the row the places of these are counted from."""

    def add(
        self, tokens: tuple[int, ...], images: tuple[PromptImage, ...], *, before: int = 0, continues: int | None = None
    ) -> int:
        """Add a piece, behind a prompt of `before` tokens that it continues; return where it begins."""
        start = len(self.tokens)
        self.tokens += tokens
        self.lengths.append(len(tokens))
        self.continues.append(continues)
        self.shown.append((start - before, images))
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
    sizes = torch.tensor([len(scored_places(sample)) for sample in samples])
    segments = torch.repeat_interleave(torch.arange(len(samples)), sizes)
    input_ids = torch.tensor(row.tokens)
    images = None if reader is None else _images(row, input_ids, reader)
    if reader is not None and images is not None:
        # A video's have a token of their own in some models; all are replaced by what the vision tower gives.
        input_ids[images.is_image.bool()] = reader.placeholder
    batch = MicroBatch(
        input_ids=input_ids.to(device),
        lengths=tuple(row.lengths),
        continues=tuple(row.continues),
        predictors=torch.cat(row.predictors).to(device),
        targets=torch.tensor(scored_values([sample.token_ids for sample in samples], samples)).to(device),
        images=images and images.to(device),
    )
    labels = Labels(
        rollout_log_probs=_floats(scored_values([sample.logprobs for sample in samples], samples)).to(device),
        advantages=_floats([sample.advantage for sample in samples])[segments].to(device),
        mask=_floats(scored_values([sample.loss_mask for sample in samples], samples)).to(device),
        segments=segments.to(device),
        num_segments=len(samples),
        weights=_floats([sample.weight for sample in samples]).to(device),
    )
    return batch, labels


def _lay_out(samples: Sequence[Sample], *, share: bool) -> _Row:
    """Lay samples end to end, those of one prompt behind it."""
    row = _Row(predictors=[torch.empty(0)] * len(samples))
    families = by_prompt(samples) if share else [[number] for number in range(len(samples))]
    for first, *others in families:
        sample, prompt, piece = samples[first], samples[first].prompt_ids, len(row.lengths)
        if not others:
            end = row.add((*prompt, *sample.token_ids), sample.images) + len(prompt)
            row.predictors[first] = _predictors(end, sample, before=end - 1)
            continue
        end = row.add(prompt, images_of_prompt(sample)) + len(prompt)
        for number in (first, *others):
            sample = samples[number]
            own = row.add(sample.token_ids, images_behind(sample), before=len(prompt), continues=piece)
            row.predictors[number] = _predictors(own, sample, before=end - 1)
    return row


def _predictors(start: int, sample: Sample, *, before: int) -> Tensor:
    """Return the place before each scored token; the first token's is that of the prompt's last one."""
    return torch.tensor([start + place - 1 if place else before for place in scored_places(sample)])


def scored_places(sample: Sample) -> list[int]:
    """Return which of a sample's completion tokens are scored: those that are trained on.

    Of a sample without any it is the first, masked: a rank that had nothing to score would leave the others waiting.
    """
    return [place for place, is_trained in enumerate(sample.loss_mask) if is_trained] or [0]


def scored_values(rows: Sequence[Sequence[Number]], samples: Sequence[Sample]) -> list[Number]:
    """Return the values [N] of scored tokens out of rows [S][T], which have one for each completion token."""
    return [row[place] for row, sample in zip(rows, samples, strict=True) for place in scored_places(sample)]


def filled(samples: Sequence[Sample], reader: ImageReader | None) -> Sequence[Sample]:
    """Return the samples of a micro-step; what trains nothing is added where the model would have nothing to do."""
    if reader is None or any(sample.images for sample in samples):
        return samples or [DUMMY]
    return [*samples, reader.ballast()]


def prompt_places(samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    """Return where prompt tokens stand in a row that shares none, and the sample of each, [sum of P] both.

    Example, prompts of 2 and 1 tokens with completions of 3 and 1: [0, 1, 5] and [0, 0, 1].
    """
    starts = accumulate((sample.num_tokens for sample in samples), initial=0)
    sizes = torch.tensor([len(sample.prompt_ids) for sample in samples])
    places = [torch.arange(size) + start for size, start in zip(sizes.tolist(), starts, strict=False)]
    return torch.cat(places), torch.repeat_interleave(torch.arange(len(samples)), sizes)


def split_by_sample(values: Tensor, samples: Sequence[Sample]) -> list[list[float]]:
    """Lay values [N] of scored tokens back among all completion tokens: a list [T] a sample, 0.0 where not scored."""
    found = [[0.0] * len(sample.token_ids) for sample in samples]
    places = [(row, place) for row, sample in zip(found, samples, strict=True) for place in scored_places(sample)]
    for (row, place), value in zip(places, values.tolist(), strict=True):
        row[place] = value
    return found


def _images(row: _Row, input_ids: Tensor, reader: ImageReader) -> Images:
    """Read the images and videos of the pieces; at least one is needed (see ImageReader.ballast)."""
    shown = [[image.reference for image in images] for _, images in row.shown]
    assert any(shown), "a micro-step of a vision-language model needs an image"
    read = {reference: reader.read(reference) for references in shown for reference in references}
    firsts = accumulate((len(pixels.grids) for pixels in read.values()), initial=0)
    numbers = {
        reference: range(first, first + len(read[reference].grids))
        for reference, first in zip(read, firsts, strict=False)
    }
    order = [[number for reference in references for number in numbers[reference]] for references in shown]
    is_place = torch.isin(input_ids, torch.tensor(sorted(reader.never_sampled)))
    is_image = torch.zeros_like(input_ids)
    for start, images in row.shown:
        for image in images:
            span = slice(start + image.start, start + image.start + image.num_tokens)
            is_image[span] = is_place[span].long()
    return Images(
        pixel_values=torch.cat([pixels.values for pixels in read.values()]),
        grids=torch.cat([pixels.grids for pixels in read.values()]),
        seconds=tuple(pixels.seconds for pixels in read.values() for _ in pixels.grids),
        order=tuple(number for numbers in order for number in numbers),
        counts=tuple(map(len, order)),
        is_image=is_image,
    )


def _floats(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
