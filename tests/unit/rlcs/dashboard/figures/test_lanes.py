from __future__ import annotations

import numpy as np

from rlcs.dashboard.data.curves import Curves
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures.lanes import lanes_figure, lanes_of

# In the first step the learner waits for the engines, in the second they for it.
SECONDS = {
    "boundary": [0.5, 0.5], "learn": [2.0, 5.0], "record": [0.25, 0.25], "wait_rollout": [3.0, 0.0],
    "wait_learn": [0.0, 1.25], "score": [0.0, 1.0], "sync": [1.0, 1.0], "eval": [np.nan, 40.0],
}  # fmt: skip
CURVES = Curves(np.array([1, 2]), {f"time/{name}_s": np.array(values) for name, values in SECONDS.items()})


def test_both_lanes_take_the_whole_step_and_each_second_stands_in_one_part() -> None:
    lanes = lanes_of(CURVES)
    assert {lane: sum(parts.values()).tolist() for lane, parts in lanes.items()} == {
        "learner": [6.75, 7.75], "engines": [6.75, 7.75],
    }  # fmt: skip
    assert lanes["engines"]["generating"].tolist() == [5.25, 4.0]
    assert lanes["learner"]["waiting for the other"].tolist() == [3.0, 0.0]


def test_waiting_is_hatched_and_the_lanes_lie_over_one_another() -> None:
    figure = lanes_figure(CURVES, View(), nothing="nothing")
    assert {trace.yaxis for trace in figure.data} == {"y", "y2"}
    hatched = {trace.name for trace in figure.data if trace.fillpattern.shape}
    assert hatched == {"waiting for the other", "waiting for verdicts"}
    shown = [trace.name for trace in figure.data if trace.showlegend]
    assert len(shown) == len(set(shown)), "a part of both lanes stands in the legend once"
    low, high = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert low[1] < high[0]
