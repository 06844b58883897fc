"""The batch in words, against sums done by hand."""

from __future__ import annotations

import pytest

from curriculum.selection import num_to_draw
from rlcs.config.batch_in_words import describe_batch, max_micro_steps, num_drawn
from rlcs.config.schema import Config, EnvironmentConfig, SourceConfig


def config_of(**changes: object) -> Config:
    """32 tasks x 8 completions of at most 100 + 300 + 100 = 500 tokens, packs of 2,048, two ranks, 10 steps."""
    config = Config()
    config.data.max_prompt_tokens, config.rollout.max_think_tokens, config.rollout.max_answer_tokens = 100, 300, 100
    config.learner.pack_tokens, config.learner.num_workers, config.run.steps = 2048, 2, 10
    for path, value in changes.items():
        section, key = path.split("__")
        setattr(getattr(config, section), key, value)
    return config


def test_the_paper_like_batch_in_words() -> None:
    assert describe_batch(config_of()) == [
        # ceil(32 x 1.2) = 39 tasks, 39 x 8 = 312; 32 x 1.25 = 40 tasks, 40 x 8 = 320
        "rollout: 32 tasks x 8 completions = 256 rollouts in the first step; x expansion 1.2 -> 312 (39 tasks drawn); "
        "at most 320 (40 tasks, cap 1.25)",
        "learning: 32 groups = 256 samples a step -> 1 update of 256 samples",
        # 2,048 // 500 = 4 samples a pack, 256 / 4 = 64 packs, 32 on each rank; 256 x 500 = 128,000
        "tokens: a sample has at most 500 (prompt 100 + thinking 300 + answer 100), an update at most 128,000 -> "
        "at most 32 micro-steps of 2,048 tokens a rank (learner.num_workers=2)",
        "run: 10 steps -> 10 updates on 2,560 samples",
    ]


def test_of_an_episode_a_sample_has_what_a_turn_sees() -> None:
    config = config_of()
    played = EnvironmentConfig(name="tools", context_tokens=1000)
    config.data.train = [SourceConfig(name="a", path="a.jsonl", environment=played)]
    tokens = describe_batch(config)[2]
    assert tokens.startswith(
        "tokens: a sample has at most 1,000 (prompt 100 + thinking 300 + answer 100; of an episode 1,000)"
    )
    # 2,048 // 1,000 = 2 samples a pack, 128 packs, 64 on each rank
    assert "at most 64 micro-steps" in tokens


def test_several_updates_share_the_samples() -> None:
    lines = describe_batch(config_of(learner__updates_per_step=4))
    assert lines[1].endswith("256 samples a step -> 4 updates of 64 samples")
    assert "an update at most 32,000 -> at most 8 micro-steps" in lines[2]
    assert lines[3] == "run: 10 steps -> 40 updates on 2,560 samples"


def test_without_expansion_the_number_of_rollouts_is_fixed() -> None:
    config = config_of()
    config.curriculum.expansion.enabled = False
    assert describe_batch(config)[0] == "rollout: 32 tasks x 8 completions = 256 rollouts a step (no expansion)"


def test_a_low_cap_bounds_the_typical_expansion_too() -> None:
    config = config_of()
    config.curriculum.expansion.cap = 1.125
    assert "x expansion 1.125 -> 288 (36 tasks drawn); at most 288 (36 tasks, cap 1.125)" in describe_batch(config)[0]


@pytest.mark.parametrize("expansion", [1.0, 1.0000000001, 1.01, 1.6, 3.0])
@pytest.mark.parametrize("batch_size", [1, 3, 32, 512])
def test_the_curriculum_draws_as_many(batch_size: int, expansion: float) -> None:
    assert num_drawn(batch_size, expansion) == num_to_draw(batch_size, ema=expansion)


@pytest.mark.parametrize(
    ("num_samples", "longest", "pack_tokens", "num_ranks", "expected"),
    [(8, 10, 20, 1, 4), (9, 10, 20, 1, 5), (9, 10, 20, 2, 3), (1, 10, 20, 4, 1), (5, 30, 20, 1, 5)],
)
def test_micro_steps_by_hand(num_samples: int, longest: int, pack_tokens: int, num_ranks: int, expected: int) -> None:
    assert max_micro_steps(num_samples, longest=longest, pack_tokens=pack_tokens, num_ranks=num_ranks) == expected
