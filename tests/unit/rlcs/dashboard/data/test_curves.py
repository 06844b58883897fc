from __future__ import annotations

import numpy as np
import pytest

from rlcs.dashboard.data.curves import Curves, merged, points_to_draw, smoothed

NAN = np.nan


def curves(steps: list[int], **columns: list[float]) -> Curves:
    named = {key.replace("__", "/"): np.array(values) for key, values in columns.items()}
    return Curves(np.array(steps, dtype=np.int64), named)


def test_smoothing_is_the_mean_of_the_last_entries_and_leaves_out_gaps() -> None:
    assert smoothed(np.array([1.0, 3.0, 5.0]), 2).tolist() == [1.0, 2.0, 4.0]
    found = smoothed(np.array([NAN, 2.0, NAN, NAN, 6.0]), 3)
    np.testing.assert_allclose(found, [NAN, 2.0, 2.0, 2.0, 6.0])


def test_smoothing_by_one_changes_nothing() -> None:
    values = np.array([1.0, NAN, 2.0])
    assert smoothed(values, 1) is values
    assert len(smoothed(np.zeros(0), 5)) == 0


def test_a_spike_among_a_hundred_thousand_values_is_drawn() -> None:
    values = np.sin(np.arange(100_000) / 5000.0)
    values[[12_345, 77_777]] = 50.0, -50.0
    place = points_to_draw(values, 1000)
    assert {12_345, 77_777, 0, 99_999} <= set(place.tolist())
    assert len(place) <= 1002 and (np.diff(place) > 0).all()


def test_few_points_are_all_drawn_without_the_gaps() -> None:
    assert points_to_draw(np.array([1.0, NAN, 3.0])).tolist() == [0, 2]
    assert points_to_draw(np.full(3, NAN)).tolist() == []


def test_of_a_step_that_comes_twice_the_last_one_counts() -> None:
    found = merged([curves([1, 2], a=[0.1, 0.2]), curves([2, 3], a=[0.9, 0.3], b=[7.0, 8.0])])
    assert found.steps.tolist() == [1, 2, 3]
    np.testing.assert_allclose(found.get("a"), [0.1, 0.9, 0.3])
    np.testing.assert_allclose(found.get("b"), [NAN, 7.0, 8.0])
    assert np.isnan(found.get("absent")).all()


def test_steps_out_of_order_are_put_in_order() -> None:
    found = merged([curves([3, 1, 2], a=[0.3, 0.1, 0.2])])
    assert found.steps.tolist() == [1, 2, 3]
    np.testing.assert_allclose(found.get("a"), [0.1, 0.2, 0.3])


def test_the_axes_stand_for_what_was_generated_and_worked() -> None:
    found = curves(
        [0, 1, 2],
        rollout__num_generated_total=[NAN, 32.0, 66.0],
        rollout__num_tokens_total=[NAN, 500.0, 900.0],
        time__step_s=[NAN, 1800.0, 1800.0],
        time__eval_s=[900.0, NAN, 900.0],
    )
    assert found.axis("step").tolist() == [0.0, 1.0, 2.0]
    assert found.axis("rollouts").tolist() == [0.0, 32.0, 66.0]
    assert found.axis("tokens").tolist() == [0.0, 500.0, 900.0]
    assert found.axis("hours").tolist() == [0.25, 0.75, 1.5]


def test_the_hours_of_a_sample_of_steps_stand_for_those_between() -> None:
    whole = curves(list(range(1, 101)), time__step_s=[36.0] * 100)
    sample = curves(list(range(10, 101, 10)), time__step_s=[36.0] * 10)
    assert whole.axis("hours")[-1] == pytest.approx(1.0)
    assert sample.axis("hours")[-1] == pytest.approx(0.91)  # 90 steps between ten of them, and the first


def test_recent_and_last_leave_out_steps_without_the_key() -> None:
    found = curves([1, 2, 3, 4], a=[1.0, 2.0, 4.0, NAN])
    assert found.recent("a", 2) == 3.0
    assert found.last("a") == 4.0
    assert np.isnan(found.recent("b", 2))


def test_names_are_what_stands_between() -> None:
    found = curves([1], reward__a__mean=[0.0], reward__mean=[0.0], reward__stem=[0.0])
    assert found.names("reward/", "/mean") == ["a"]
