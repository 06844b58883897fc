"""Packing of samples that share prompts: which go into which micro-step of which rank. Pure; called by the driver.

A prompt is computed once in each micro-step that holds completions of it, so whole groups are planned
(rlcs.learner.packing), and the costliest rank hands completions to the cheapest as long as the costlier of the two gets
cheaper by it. The same with halves of groups, quarters, …, while that is done earlier: a group is torn apart only where
the ranks that would have waited gain more than its prompt costs once more.

Legend: N samples, R ranks, M micro-steps of a rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from rlcs.learner.packing import Costs, Lengths, PackPlan, estimate_cost, plan_micro_steps
from rlcs.model.prompts import by_prompt, images_behind, images_of_prompt
from rlcs.records import PromptImage, Sample

STEP_COST = 1 / 32
"""What a micro-step costs besides its tokens, as a share of a full one: ZeRO-3 gathers all weights in each."""
EVEN = 1.005
"""Ranks are even when the costliest costs no more than this times the mean."""

Steps = list[list[list[int]]]
"""[R][M] numbers of samples."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What samples cost, [N] each: their prompt, which samples of one family share in a micro-step, and the rest."""

    family: Lengths
    prompt_tokens: Lengths
    rest_tokens: Lengths
    prompt_cost: Costs
    rest_cost: Costs

    def tokens(self, numbers: Sequence[int]) -> int:
        """Return the tokens computed of samples in one micro-step."""
        return int(self._once(self.prompt_tokens, numbers) + self.rest_tokens[list(numbers)].sum())

    def cost(self, numbers: Sequence[int]) -> float:
        """Return the work on them."""
        return float(self._once(self.prompt_cost, numbers) + self.rest_cost[list(numbers)].sum())

    def _once(self, values: Lengths | Costs, numbers: Sequence[int]) -> float:
        _, firsts = np.unique(self.family[list(numbers)], return_index=True)
        return float(values[list(numbers)][firsts].sum())


def plan_samples(
    samples: Sequence[Sample], *, num_ranks: int, pack_tokens: int, share: bool, image_token_cost: float = 0.0
) -> PackPlan:
    """Plan the micro-steps of one update.

    share: samples of one micro-step with the same prompt have it once. image_token_cost: work of the vision tower on an
    image token, in linear layers' work on a text token.
    """
    lengths = [sample.num_tokens for sample in samples]
    if not share:
        of_images = np.array([sample.num_image_tokens for sample in samples]) * image_token_cost
        cost = estimate_cost(lengths) + of_images
        return plan_micro_steps(lengths, num_ranks=num_ranks, pack_tokens=pack_tokens, cost=cost)
    work, families = work_of(samples, image_token_cost), by_prompt(samples)
    best = _plan_pieces([[number] for number in range(len(samples))], work, num_ranks, pack_tokens)
    least = _until_done(best, work, pack_tokens)
    for parts in _halvings(max(map(len, families), default=1)):
        pieces = [piece for family in families for piece in _cut(family, parts, work, pack_tokens)]
        steps = _plan_pieces(pieces, work, num_ranks, pack_tokens)
        _hand_over(steps, work, pack_tokens)
        if (needed := _until_done(steps, work, pack_tokens)) >= least:
            break
        best, least = steps, needed
    return _as_plan(best, work, pack_tokens, sum(lengths))


def work_of(samples: Sequence[Sample], image_token_cost: float = 0.0) -> Work:
    """Return the work on samples: a completion's attention reaches over its prompt, whether that is shared or not."""
    family = np.zeros(len(samples), dtype=np.int64)
    for name, numbers in enumerate(by_prompt(samples)):
        family[numbers] = name
    prompts = np.array([len(sample.prompt_ids) for sample in samples], dtype=np.int64)
    lengths = np.array([sample.num_tokens for sample in samples], dtype=np.int64)
    shown, behind = (_image_tokens(map(of, samples)) * image_token_cost for of in (images_of_prompt, images_behind))
    return Work(
        family=family,
        prompt_tokens=prompts,
        rest_tokens=lengths - prompts,
        prompt_cost=estimate_cost(prompts) + shown,
        rest_cost=estimate_cost(lengths) - estimate_cost(prompts) + behind,
    )


def _image_tokens(images: Iterable[Sequence[PromptImage]]) -> Costs:
    """Return the tokens of each sample's images, [N]."""
    return np.array([sum(image.num_tokens for image in own) for own in images], dtype=np.float64)


def _halvings(most: int) -> Iterator[int]:
    """Yield 1, 2, 4, … and at last `most`."""
    parts = 1
    while parts < most:
        yield parts
        parts *= 2
    yield most


def _cut(family: Sequence[int], parts: int, work: Work, capacity: int) -> Iterator[list[int]]:
    """Cut samples of one prompt into pieces of like cost that fit a micro-step; one sample is never cut."""
    ordered = sorted(family, key=lambda number: -work.rest_cost[number])
    for start in range(min(parts, len(ordered))):
        piece = ordered[start::parts]
        if len(piece) > 1 and work.tokens(piece) > capacity:
            yield from _cut(piece, 2, work, capacity)
        else:
            yield piece


def _plan_pieces(pieces: Sequence[Sequence[int]], work: Work, num_ranks: int, pack_tokens: int) -> Steps:
    """Plan pieces of groups as if they were samples."""
    plan = plan_micro_steps(
        [work.tokens(piece) for piece in pieces],
        num_ranks=num_ranks,
        pack_tokens=pack_tokens,
        cost=[work.cost(piece) for piece in pieces],
    )
    return [[[number for piece in step for number in pieces[piece]] for step in rank] for rank in plan.ranks]


@dataclass(frozen=True, kw_only=True)
class _Move:
    """A sample that changes ranks."""

    number: int
    source: list[int] = field(repr=False)
    target: list[int] = field(repr=False)
    given: float
    """What its rank saves."""
    taken: float
    """What it costs the other: its prompt too, unless that is there already."""


def _until_done(steps: Steps, work: Work, pack_tokens: int) -> float:
    """Return what the costliest rank costs, its micro-steps too."""
    return max(sum(map(work.cost, rank)) for rank in steps) + len(steps[0]) * STEP_COST * pack_tokens


def _hand_over(steps: Steps, work: Work, capacity: int) -> None:
    """Move samples from the costliest rank to the cheapest while the costlier of the two gets cheaper by it."""
    loads = [sum(map(work.cost, rank)) for rank in steps]
    for _ in range(len(work.family)):
        high, low = int(np.argmax(loads)), int(np.argmin(loads))
        if loads[high] <= EVEN * sum(loads) / len(loads):
            return
        moves = _moves(steps[high], steps[low], work, capacity)
        best = min(moves, key=lambda move: max(loads[high] - move.given, loads[low] + move.taken), default=None)
        if best is None or max(loads[high] - best.given, loads[low] + best.taken) >= loads[high]:
            return
        best.source.remove(best.number)
        best.target.append(best.number)
        loads[high] -= best.given
        loads[low] += best.taken


def _moves(source: list[list[int]], target: list[list[int]], work: Work, capacity: int) -> Iterator[_Move]:
    """Yield what could go from one rank's micro-steps to another's: of each prompt the costliest and the cheapest."""
    inside = [set(work.family[step].tolist()) for step in target]
    room = [capacity - work.tokens(step) for step in target]
    for step in source:
        for name in set(work.family[step].tolist()):
            members = sorted((n for n in step if work.family[n] == name), key=lambda n: float(work.rest_cost[n]))
            prompt = float(work.prompt_cost[members[0]])
            for number in {members[0], members[-1]}:
                given = float(work.rest_cost[number]) + (prompt if len(members) == 1 else 0.0)
                for place, names in enumerate(inside):
                    more = 0 if name in names else int(work.prompt_tokens[number])
                    if more + work.rest_tokens[number] <= room[place]:
                        taken = float(work.rest_cost[number]) + (0.0 if name in names else prompt)
                        yield _Move(number=number, source=step, target=target[place], given=given, taken=taken)


def _as_plan(steps: Steps, work: Work, pack_tokens: int, sample_tokens: int) -> PackPlan:
    """Return the plan, costliest micro-steps first, so that under ZeRO-3 ranks run steps of like cost together."""
    ranks = tuple(tuple(tuple(step) for step in sorted(rank, key=lambda step: -work.cost(step))) for rank in steps)
    sizes = [work.tokens(step) for rank in ranks for step in rank]
    loads = [sum(map(work.cost, rank)) for rank in ranks]
    mean = sum(loads) / len(loads)
    return PackPlan(
        ranks=ranks,
        pack_efficiency=sum(sizes) / sum(max(pack_tokens, size) for size in sizes),
        rank_balance=max(loads) / mean if mean > 0 else 1.0,
        shared_tokens=1.0 - sum(sizes) / sample_tokens if sample_tokens else 0.0,
    )
