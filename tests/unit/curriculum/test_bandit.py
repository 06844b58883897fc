"""The bandit over domains against its formulas, and its place in the curriculum."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from curriculum import Curriculum
from curriculum.bandit import DomainBandit, domains_of_sources, mean_advantage
from rlcs.algorithm.advantages import grpo
from rlcs.config.schema import BanditConfig, CurriculumConfig
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

MATH, OCR = "stem.math", "ocr.text"


def group_of(make_group: GroupBuilder, domain: str, scores: list[float | None]) -> Group:
    made = make_group(0, scores)
    return replace(made, task=replace(made.task, domain=domain))


def test_mean_advantage_by_hand_and_as_grpo_gives_it() -> None:
    assert mean_advantage([1.0, 0.0]) == pytest.approx(1.0)
    # Mean 0.25, deviation sqrt(3)/4: (3 x 0.25 + 0.75) / 4 / 0.433 = 0.866.
    assert mean_advantage([1.0, 0.0, 0.0, 0.0]) == pytest.approx(math.sqrt(3) / 2)
    assert mean_advantage([0.5, 0.5]) == 0.0
    scores = [0.2, 0.9, 1.0, 0.0, 0.4]
    assert mean_advantage(scores) == pytest.approx(np.abs(np.array(grpo([scores])[0])).mean(), rel=1e-4)


def test_values_and_shares_by_hand(make_index: Builder, make_group: GroupBuilder) -> None:
    config = BanditConfig(enabled=True, rate=0.5, temperature=0.5, explore=0.2)
    bandit = DomainBandit(config, make_index([10, 10], (0.75, 0.25)))
    assert bandit.proportions() == pytest.approx([0.75, 0.25]), "equal values leave the mixture"
    bandit.observe([group_of(make_group, MATH, [1.0, 1.0]), group_of(make_group, OCR, [1.0, 0.0])])
    # Q: math 1 + 0.5 (0 - 1) = 0.5, ocr 1. exp((0.5 - 1) / 0.5) = e^-1.
    preferred = 0.75 * math.exp(-1)
    share = 0.8 * preferred / (preferred + 0.25) + 0.2 * 0.75
    assert bandit.proportions() == pytest.approx([share, 1 - share])
    assert bandit.metrics()[f"curriculum/bandit/{MATH}/value"] == pytest.approx(0.5)
    assert bandit.metrics()[f"curriculum/bandit/{OCR}/share"] == pytest.approx(1 - share)


def test_unjudged_groups_tell_nothing(make_index: Builder, make_group: GroupBuilder) -> None:
    bandit = DomainBandit(BanditConfig(enabled=True), make_index([10, 10]))
    bandit.observe([group_of(make_group, MATH, [None, None]), group_of(make_group, MATH, [None, 1.0])])
    assert bandit.state_dict() == {MATH: 1.0, OCR: 1.0}


def test_sources_of_a_domain_keep_their_proportions(make_index: Builder, make_group: GroupBuilder) -> None:
    index = make_index([10, 10, 10], (0.2, 0.5, 0.3))  # s0 and s2 are math, s1 is ocr
    assert domains_of_sources(index) == [MATH, OCR, MATH]
    bandit = DomainBandit(BanditConfig(enabled=True), index)
    bandit.observe([group_of(make_group, OCR, [1.0, 1.0])])
    shares = bandit.proportions()
    assert shares[1] < 0.5
    assert shares[0] / shares[2] == pytest.approx(0.2 / 0.3)


def test_off_it_is_the_configured_mixture_whatever_happens(make_index: Builder, make_group: GroupBuilder) -> None:
    bandit = DomainBandit(BanditConfig(), make_index([10, 10], (0.9, 0.1)))
    bandit.observe([group_of(make_group, MATH, [1.0, 1.0])])
    assert bandit.proportions() == pytest.approx([0.9, 0.1])
    assert bandit.metrics() == {}


def test_the_curriculum_draws_and_selects_by_it_and_keeps_it(
    make_index: Builder, make_group: GroupBuilder, make_config: ConfigBuilder
) -> None:
    config = make_config(batch_size=100, expand=False, bandit=BanditConfig(enabled=True, rate=0.5))
    index = make_index([500, 500])
    curriculum = Curriculum(config, index, seed=0)
    counts = []
    for step in range(1, 6):
        rows = curriculum.next(step).rows
        groups = [
            group_of(make_group, MATH if row < 500 else OCR, [1.0, 1.0] if row < 500 else [1.0, 0.0]) for row in rows
        ]
        groups = [
            replace(one, task=replace(one.task, row=int(row), source=f"s{int(row >= 500)}"))
            for one, row in zip(groups, rows, strict=True)
        ]
        counts.append(int((rows >= 500).sum()))
        curriculum.observe(step, groups)
        selection = curriculum.select(groups)
        assert len(selection.indices) == counts[-1], "what was drawn of the second source is also wanted of it"
    # The first source teaches nothing: e^(-1 / 0.25) is 0.02, so that it keeps little but explore's 0.3 x 0.5.
    assert counts[0] == 50
    assert counts[-1] == pytest.approx(84, abs=2)

    resumed = Curriculum(config, index, seed=0)
    resumed.load_state_dict(curriculum.state_dict(), curriculum.table())
    assert np.array_equal(resumed.next(6).rows, curriculum.next(6).rows)


def test_scores_hardly_apart_are_worth_nothing_where_that_is_asked() -> None:
    assert mean_advantage([0.70, 0.75]) == pytest.approx(1.0)
    assert mean_advantage([0.70, 0.75], min_spread=0.1) == 0.0
