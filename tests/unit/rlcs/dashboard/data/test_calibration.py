"""Beliefs against scores: bins and means worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlcs.dashboard.data.calibration import NUM_BINS, calibration_over_steps
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View

WriteRun = Callable[..., Path]


def rows(task: str, group: int, scores: Sequence[float | None], **more: Any) -> list[dict[str, Any]]:
    return [{"task_id": task, "group": group, "score": score, **more} for score in scores]


def task(name: str, drawn_as: float, num_seen: int, **more: Any) -> dict[str, Any]:
    return {"task_id": name, "drawn_as": drawn_as, "num_seen": num_seen, "alpha": 9.0, "beta": 9.0, **more}


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    logic = {"source": "b", "domain": "logic"}
    return Run(
        write_run(
            rollouts={
                1: [
                    *rows("a:1", 0, [1.0, 0.0]), *rows("a:2", 1, [1.0, None]), *rows("b:1", 2, [0.0, 0.0], **logic),
                    *rows("a:4", 3, [None, None]),
                ],
                2: [*rows("a:1", 0, [1.0, 1.0]), *rows("a:3", 1, [0.0, 0.0]), *rows("a:3", 2, [1.0, 0.0])],
            },
            snapshots={
                1: [task("a:1", 0.42, 1), task("a:2", 0.48, 1), task("b:1", 0.9, 1, **logic), task("a:4", 0.4, 1)],
                2: [task("a:1", 0.6, 2), task("a:3", 0.2, 2)],
            },
        )
    )  # fmt: skip


def test_first_visits_and_later_ones_stand_in_their_bins(run: Run) -> None:
    found, read = calibration_over_steps(run, View(), budget_s=9.0)
    assert read.is_done
    new, known = found["new"], found["known"]
    # Bin 4: a:1 (0.42, scored 0.5) and a:2 (0.48, scored 1); bin 2: both groups of a:3; a:4 was never judged.
    assert new.groups.tolist() == [0, 0, 2, 0, 2, 0, 0, 0, 0, 1]
    assert new.believed[[2, 4, 9]] == pytest.approx([0.2, 0.45, 0.9])
    assert new.observed[[2, 4, 9]] == pytest.approx([0.25, 0.75, 0.0])
    assert new.error == pytest.approx((2 * 0.05 + 2 * 0.30 + 1 * 0.9) / 5)
    assert known.groups.tolist() == [0] * 6 + [1] + [0] * 3
    assert (known.believed[6], known.observed[6]) == pytest.approx((0.6, 1.0))


def test_a_part_of_the_run_has_its_own(run: Run) -> None:
    found, _ = calibration_over_steps(run, View(domain="logic"), budget_s=9.0)
    assert found["new"].groups.sum() == 1.0 and found["known"].groups.sum() == 0.0
    assert np.isnan(found["known"].error) and found["known"].groups.shape == (NUM_BINS,)
