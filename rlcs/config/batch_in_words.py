"""The batch in words: how many tasks, rollouts, samples, tokens and micro-steps a configuration asks for."""

from __future__ import annotations

import math

from rlcs.config.environments import environment_of, longest_sequence
from rlcs.config.schema import Config

TYPICAL_EXPANSION = 1.2
"""Expansion ratio shown between none and the cap: what a step asks for when 1 in 6 groups teaches nothing."""


def describe_batch(config: Config) -> list[str]:
    """Return the arithmetic of one step, a line each.

    Example, 32 tasks x 8 completions, expansion at most 1.5: 256 rollouts in the first step, then at most 384.
    """
    return [_rollout_line(config), _update_line(config), _token_line(config), _run_line(config)]


def num_drawn(batch_size: int, expansion: float) -> int:
    """Return how many tasks a step draws: ceil(batch size x expansion ratio)."""
    return math.ceil(batch_size * expansion - 1e-6)


def max_micro_steps(num_samples: int, *, longest: int, pack_tokens: int, num_ranks: int) -> int:
    """Return the micro-steps a rank needs for one update when every sample is as long as allowed."""
    samples_per_pack = max(pack_tokens // longest, 1)
    return math.ceil(math.ceil(num_samples / samples_per_pack) / num_ranks)


def _rollout_line(config: Config) -> str:
    batch, size = config.curriculum.batch_size, config.rollout.group_size
    first = f"rollout: {batch} tasks x {size} completions = {batch * size:,} rollouts"
    expansion = config.curriculum.expansion
    if not expansion.enabled:
        return f"{first} a step (no expansion)"
    typical = num_drawn(batch, min(TYPICAL_EXPANSION, expansion.cap))
    most = num_drawn(batch, expansion.cap)
    return (
        f"{first} in the first step; x expansion {min(TYPICAL_EXPANSION, expansion.cap):g} -> {typical * size:,} "
        f"({typical} tasks drawn); at most {most * size:,} ({most} tasks, cap {expansion.cap:g})"
    )


def _update_line(config: Config) -> str:
    groups, size, updates = config.curriculum.batch_size, config.rollout.group_size, config.learner.updates_per_step
    samples = groups * size
    word = "update" if updates == 1 else "updates"
    return (
        f"learning: {groups} groups = {samples:,} samples a step -> {updates} {word} of {samples // updates:,} samples"
    )


def _token_line(config: Config) -> str:
    learner, rollout = config.learner, config.rollout
    longest = longest_sequence(config, config.data.train)
    samples = config.curriculum.batch_size * rollout.group_size // learner.updates_per_step
    steps = max_micro_steps(samples, longest=longest, pack_tokens=learner.pack_tokens, num_ranks=learner.num_workers)
    return (
        f"tokens: a sample has at most {longest:,} (prompt {config.data.max_prompt_tokens:,} + thinking "
        f"{rollout.max_think_tokens:,} + answer {rollout.max_answer_tokens:,}{_played(config)}), "
        f"an update at most {samples * longest:,} -> at most {steps} micro-steps of {learner.pack_tokens:,} tokens "
        f"a rank (learner.num_workers={learner.num_workers})"
    )


def _played(config: Config) -> str:
    """Return what else decides the length of a sample: how much of an episode a turn sees."""
    seen = [found.context_tokens for source in config.data.train if (found := environment_of(source)) is not None]
    return f"; of an episode {max(seen):,}" if seen else ""


def _run_line(config: Config) -> str:
    steps = config.run.steps
    samples = steps * config.curriculum.batch_size * config.rollout.group_size
    return f"run: {steps} steps -> {steps * config.learner.updates_per_step} updates on {samples:,} samples"
