"""Learning rates by hand."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.learner.schedule import learning_rate, short_batch_scale


def rates(schedule: str, *, warmup: int = 2, total: int = 6) -> list[float]:
    return [learning_rate(k, peak=8.0, warmup=warmup, total=total, schedule=schedule) for k in range(total + 1)]


def test_constant_rises_and_stays() -> None:
    assert rates("constant") == [4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]


def test_linear_falls_to_zero_at_the_end() -> None:
    assert rates("linear") == [4.0, 8.0, 8.0, 6.0, 4.0, 2.0, 0.0]


def test_cosine_is_half_way_down_half_way_through() -> None:
    assert rates("cosine") == pytest.approx([4.0, 8.0, 8.0, 6.828427, 4.0, 1.171573, 0.0], abs=1e-6)


def test_without_warmup_the_first_update_has_the_peak() -> None:
    assert rates("linear", warmup=0, total=4) == [8.0, 6.0, 4.0, 2.0, 0.0]


def test_an_unknown_schedule_is_named() -> None:
    with pytest.raises(UserError, match="did you mean 'cosine'"):
        learning_rate(0, peak=1.0, warmup=0, total=1, schedule="cosin")


def test_a_quarter_of_a_batch_takes_half_the_rate() -> None:
    assert short_batch_scale(0.25, rule="sqrt") == 0.5
    assert short_batch_scale(1.0, rule="sqrt") == 1.0
    assert short_batch_scale(0.25, rule="constant") == 1.0


def test_an_unknown_rule_for_short_batches_is_named() -> None:
    with pytest.raises(UserError, match="did you mean 'sqrt'"):
        short_batch_scale(0.5, rule="sqr")
