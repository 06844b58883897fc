"""Episodes found by their number of turns and by what happened in them, without reading what was shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlcs.dashboard.data.rollouts import RolloutQuery, find_rollouts, group
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import Slice
from rlcs.dashboard.data.turns import has_episodes, recent_success, words_counted

WriteRun = Callable[..., Path]


def turn(*counted: str, replays: int = 0) -> dict[str, Any]:
    return {"text": "wait()", "shown": [{"text": "no", "image": b"PNG"}], "replays": replays, "counted": list(counted)}


def episode(*turns: dict[str, Any], **row: Any) -> dict[str, Any]:
    return {"num_turns": len(turns), "turns": list(turns), "outcome": "", **row}


EPISODES = [
    episode(turn()),
    episode(turn("unreadable", "unreadable"), turn(replays=2), turn("invalid_move", replays=1)),
    {"num_turns": None, "turns": None},
    episode(turn("unreadable"), turn("unreadable"), status="over_limit", score=0.0),
    episode(turn(replays=1), status="env_fault", score=None),
    episode(status="env_fault", score=None),
]


def found(run: Run, **query: Any) -> list[int]:
    rows = find_rollouts(run, RolloutQuery(step=2, **query), budget_s=60.0).rows
    return [row["index"] for row in rows]


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    return Run(write_run(rollouts={1: [{}], 2: EPISODES}))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"turns": (1, 1)}, [0, 4]),
        ({"turns": (2, 9)}, [1, 3]),
        ({"turns": (0, 0)}, [5]),
        ({"fault": "failed"}, [4, 5]),
        ({"fault": "replayed"}, [1, 4]),
        ({"fault": "unreadable"}, [1, 3]),
        ({"fault": "invalid_move"}, [1]),
        ({"fault": "nonsense"}, []),
        ({"fault": "replayed", "turns": (1, 1), "status": "env_fault"}, [4]),
    ],
)
def test_episodes_are_found(run: Run, query: dict[str, Any], expected: list[int]) -> None:
    assert found(run, **query) == expected


def test_a_text_is_found_in_later_turns_and_in_what_they_were_shown(write_run: WriteRun) -> None:
    said, shown = {"text": "type('Livia')"}, {"text": "wait()", "shown": [{"image": b"PNG"}, {"text": 'textbox "Ann"'}]}
    rows = [episode(turn()), episode(turn(), said), {"num_turns": None, "turns": None}, episode(turn(), shown)]
    run = Run(write_run(rollouts={1: [{}], 2: rows}))
    assert found(run, text="livia") == [1]
    assert found(run, text="Ann") == [3]
    assert found(run, text="wait()") == [0, 1, 3]
    assert find_rollouts(run, RolloutQuery(step=1, text="wait()"), budget_s=60.0).rows == []
    assert run.problems == []


def test_a_list_and_a_group_tell_what_happened_in_the_turns(run: Run) -> None:
    wanted = [{}, {"replayed": 3, "unreadable": 1, "invalid_move": 1}, {}, {"unreadable": 2}, {"replayed": 1}, {}]
    rows = find_rollouts(run, RolloutQuery(step=2), budget_s=60.0).rows
    assert [dict(row["events"]) for row in rows] == [dict(row["events"]) for row in group(run, 2, 0)] == wanted
    assert "events" not in find_rollouts(run, RolloutQuery(step=1), budget_s=60.0).rows[0]
    assert run.problems == []


def test_a_folder_without_these_columns_has_no_such_episodes(run: Run) -> None:
    for query in ({"turns": (0, 9)}, {"fault": "failed"}, {"fault": "replayed"}, {"fault": "unreadable"}):
        assert find_rollouts(run, RolloutQuery(step=1, **query), budget_s=60.0).rows == []
    assert run.problems == []


def test_metrics_tell_what_is_counted_and_rule_steps_out(write_run: WriteRun) -> None:
    names = ("num_episodes", "fault_share", "over_limit_share", "unreadable_share", "invalid_move_share", "replays")
    told = {f"env/{name}": 0.5 for name in names}
    folder = write_run(
        metrics=[{"step": 1, **told}, {"step": 2, **told, "env/replays": 0.0, "env/fault_share": 0.0}],
        rollouts={1: EPISODES},
    )
    (folder / "rollouts/step-000002.parquet").write_bytes(b"broken")
    run = Run(folder)
    assert has_episodes(run) and words_counted(run) == ["invalid_move", "unreadable"]
    for fault, number in (("replayed", 2), ("failed", 2)):
        assert len(find_rollouts(run, RolloutQuery(fault=fault), budget_s=60.0).rows) == number
    assert run.problems == [], "step 2 was not opened"
    find_rollouts(run, RolloutQuery(fault="unreadable"), budget_s=60.0)
    assert len(run.problems) == 1


def test_success_is_counted_over_judged_episodes(run: Run) -> None:
    part = Slice("a", "stem.math", "")
    assert recent_success(run, budget_s=60.0) == {
        (part, 1): (1.0, 1.0), (part, 2): (1.0, 0.0), (part, 3): (1.0, 1.0)
    }  # fmt: skip
