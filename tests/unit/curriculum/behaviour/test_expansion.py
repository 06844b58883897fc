"""The ratio EMA of the paper, section 5.3.1, and what counts as a valid group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum.beliefs.tally import tally, teaches
from curriculum.selection import Expansion, expanded, expansion_ratio, invalid_rate, num_to_draw
from rlcs.records import Group


@pytest.mark.parametrize(("rate", "ratio"), [(0.0, 1.0), (0.2, 1.25), (0.5, 2.0), (0.8, 5.0), (0.9, 6.0), (1.0, 6.0)])
def test_ratio_is_one_over_the_valid_rate_up_to_the_cap(rate: float, ratio: float) -> None:
    assert expansion_ratio(rate, cap=6.0) == pytest.approx(ratio)


def test_invalid_rate_is_the_share_of_useless_groups() -> None:
    assert invalid_rate(np.array([True, False, False, True, False])) == pytest.approx(0.6)
    assert invalid_rate(np.array([], dtype=bool)) == 0.0


def test_ema_mixes_old_and_new_ratio() -> None:
    first = expanded(Expansion(), np.array([True, False]), beta=0.7, cap=3.0)
    assert (first.invalid_rate, first.ratio) == (0.5, 2.0)
    assert first.ema == pytest.approx(0.7 * 1 + 0.3 * 2)  # 1.3
    second = expanded(first, np.array([False, False]), beta=0.7, cap=3.0)
    assert second.ratio == 3.0
    assert second.ema == pytest.approx(0.7 * 1.3 + 0.3 * 3)  # 1.81


def test_no_groups_change_nothing() -> None:
    before = Expansion(invalid_rate=0.5, ratio=2.0, ema=1.3)
    assert expanded(before, np.array([], dtype=bool), beta=0.7, cap=3.0) == before


@pytest.mark.parametrize(("ema", "expected"), [(1.0, 32), (1.0 + 1e-12, 32), (1.25, 40), (1.3, 42), (1.81, 58)])
def test_draw_is_rounded_up(ema: float, expected: int) -> None:
    assert num_to_draw(32, ema=ema) == expected


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([1.0, 0.0], True),
        ([1.0, 1.0, 1.0], False),
        ([0.0, 0.0], False),
        ([0.4, 0.4 + 1e-9], False),
        ([0.4, 0.41], True),
        ([1.0], False),
        ([], False),
    ],
)  # fmt: skip
def test_a_group_teaches_when_two_scores_differ(scores: list[float], expected: bool) -> None:
    assert teaches(scores) is expected


def test_scores_hardly_apart_can_count_as_the_same(make_group: Callable[..., Group]) -> None:
    groups = [make_group(0, [0.70, 0.75, 0.72]), make_group(1, [0.5, 0.75, 0.5]), make_group(2, [0.0, 1.0])]
    assert tally(groups).is_valid.tolist() == [True, True, True]
    assert tally(groups, min_spread=0.1).is_valid.tolist() == [False, True, True]


def test_tally_leaves_unjudged_completions_out(make_group: Callable[..., Group]) -> None:
    groups = [make_group(3, [1.0, None, 0.5, 0.0]), make_group(5, [None, None]), make_group(4, [1.0, None])]
    told = tally(groups)
    assert told.rows.tolist() == [3, 5, 4]
    assert told.num_judged.tolist() == [3, 0, 1]
    assert told.successes.tolist() == [1.5, 0.0, 1.0]
    assert told.mean.tolist() == [0.5, 0.0, 1.0]
    assert told.is_valid.tolist() == [True, False, False]


def test_a_task_outside_the_pool_is_refused(make_group: Callable[..., Group]) -> None:
    with pytest.raises(AssertionError, match="no row"):
        tally([make_group(-1, [1.0, 0.0])])
