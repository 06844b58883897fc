from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlcs.dashboard.data.rollout_match import places_in_group
from rlcs.dashboard.data.rollouts import RolloutQuery, find_rollouts, group, statuses, turns_of
from rlcs.dashboard.data.run import Run

WriteRun = Callable[..., Path]
LONG_S = 60.0


def found(run: Run, budget_s: float = LONG_S, **query: Any) -> list[tuple[int, int, int]]:
    page = find_rollouts(run, RolloutQuery(**query), budget_s=budget_s)
    return [(row["step"], row["group"], row["index"]) for row in page.rows]


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    first = [{"response": "one apple"}, {"score": 0.0, "status": "incorrect", "forced": True}]
    second = [
        {"group": 4, "task_id": "a:2", "message": "An Äpfel error"},
        {"group": 4, "status": "timeout", "score": 0.0},
        {
            "group": 9,
            "source": "b",
            "domain": "logic",
            "score": None,
            "status": "judge_error",
            "selected": False,
            "subcategory": "grids",
        },
        {"group": 4, "prompt": "APPLE pie"},
    ]
    return Run(write_run(rollouts={1: first, 2: second}))


def test_the_newest_step_comes_first_with_the_place_in_the_group(run: Run) -> None:
    assert found(run) == [(2, 4, 0), (2, 4, 1), (2, 9, 0), (2, 4, 2), (1, 0, 0), (1, 0, 1)]
    assert places_in_group(pa.chunked_array([[7, 7, 2, 7, None]], pa.int32())).tolist() == [0, 1, 0, 2, 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"step": 1}, [(1, 0, 0), (1, 0, 1)]),
        ({"step": 3}, []),
        ({"status": "timeout"}, [(2, 4, 1)]),
        ({"status": "unjudged"}, [(2, 9, 0)]),
        ({"status": "nonsense"}, []),
        ({"domain": "logic"}, [(2, 9, 0)]),
        ({"source": "b", "status": "correct"}, []),
        ({"subcategory": "grids"}, [(2, 9, 0)]),
        ({"subcategory": "grids", "source": "a"}, []),
        ({"task_id": "a:2"}, [(2, 4, 0)]),
        ({"forced": True}, [(1, 0, 1)]),
        ({"selected": False}, [(2, 9, 0)]),
        ({"text": "apple"}, [(2, 4, 2), (1, 0, 0)]),
        ({"text": "äPFEL"}, [(2, 4, 0)]),
        ({"text": "a.p"}, []),
        ({"text": "apple", "step": 1}, [(1, 0, 0)]),
        ({"text": "\ud800"}, []),
    ],
)
def test_a_query_finds_what_it_asks_for(run: Run, query: dict[str, Any], expected: list[tuple[int, int, int]]) -> None:
    assert found(run, **query) == expected


@pytest.mark.parametrize("text", ["", "1"])
def test_pages_go_on_where_the_one_before_ended(run: Run, text: str) -> None:
    query, rows, pages = RolloutQuery(limit=2, text=text), [], 0
    while True:
        page = find_rollouts(run, query, budget_s=LONG_S)
        rows += [(row["step"], row["group"], row["index"]) for row in page.rows]
        pages += 1
        if page.next_before is None:
            break
        query = replace(query, before=page.next_before)
    assert rows == found(run, text=text) and pages >= 2


def test_a_search_without_time_goes_on_step_by_step(run: Run) -> None:
    query, looked_at = RolloutQuery(text="nothing like it"), []
    for _ in range(10):
        page = find_rollouts(run, query, budget_s=0.0)
        looked_at.append(page.searched)
        if page.next_before is None:
            break
        query = replace(query, before=page.next_before)
    assert looked_at == ["looked at step 2; 1 older step is left", "looked at step 1"]


def test_the_turns_of_an_episode_are_those_of_its_own_row(write_run: WriteRun) -> None:
    turns = [[{"text": text, "shown": [{"image": b"PNG", "text": None}]}] for text in ("wait()", "done()")]
    rows = [{"group": 0, "turns": one, "outcome": text} for one, text in zip(turns, ("late", "done"), strict=True)]
    run = Run(write_run(rollouts={1: [{"group": 5}, *rows]}))
    assert [row["outcome"] for row in group(run, 1, 0)] == ["late", "done"]
    assert [turns_of(run, 1, 0, index) for index in range(3)] == [*turns, []]
    assert turns_of(run, 1, 5, 0) == turns_of(run, 1, 7, 0) == turns_of(run, 2, 0, 0) == []
    older = Run(write_run("older", rollouts={1: [{"group": 0}]}))
    (row,) = group(older, 1, 0)
    assert (row["num_turns"], row["outcome"], dict(row["events"])) == (None, None, {}) and turns_of(
        older, 1, 0, 0
    ) == []


def test_a_search_stops_inside_a_large_file_and_goes_on_there(write_run: WriteRun) -> None:
    rows = [{"group": number, "response": "needle" if number in (5, 700) else "hay"} for number in range(1000)]
    run = Run(write_run(rollouts={1: rows}))
    first = find_rollouts(run, RolloutQuery(text="needle"), budget_s=0.0)
    assert [row["group"] for row in first.rows] == [5] and first.next_before == (1, 255)
    rest = find_rollouts(run, RolloutQuery(text="needle", before=first.next_before), budget_s=LONG_S)
    assert [row["group"] for row in rest.rows] == [700] and rest.next_before is None


def test_steps_whose_metrics_rule_a_status_out_are_not_opened(write_run: WriteRun) -> None:
    """Step 2 cannot be read: it is noted as soon as it is opened. Step 3 has no metrics and may hold anything."""
    share = "reward/a/timeout_share"
    folder = write_run(
        metrics=[
            {"step": 1, share: 0.5, "rollout/forced_share": 0.0},
            {"step": 2, share: 0.0, "rollout/forced_share": 0.1},
        ],
        rollouts={step: [{"status": "timeout", "score": 0.0}] for step in (1, 2, 3)},
    )
    (folder / "rollouts/step-000002.parquet").write_bytes(b"broken")
    run = Run(folder)
    assert found(run, status="timeout") == [(3, 0, 0), (1, 0, 0)]
    assert found(run, status="timeout", source="a") == [(3, 0, 0), (1, 0, 0)]
    assert run.problems == []
    assert found(run, status="timeout", source="unknown") == []
    found(run, forced=True)
    assert len(run.problems) == 1  # forced answers may be in step 2, not in step 1


def test_a_tasks_rollouts_are_looked_for_where_it_was_visited(write_run: WriteRun) -> None:
    seen = [{"task_id": "a:1", "last_step": 1}]
    folder = write_run(
        rollouts={1: [{}], 2: [{"task_id": "a:2"}], 3: [{"task_id": "a:3"}]}, snapshots={2: seen, 3: seen}
    )
    page = find_rollouts(Run(folder), RolloutQuery(task_id="a:1"), budget_s=LONG_S)
    assert [row["step"] for row in page.rows] == [1] and page.searched == "looked at step 1"


def test_a_list_shows_the_beginning_of_long_texts_only(write_run: WriteRun) -> None:
    run = Run(write_run(rollouts={1: [{"response": "ä" * 1_000_000, "prompt": None, "extracted": "x"}]}))
    row = find_rollouts(run, RolloutQuery(), budget_s=LONG_S).rows[0]
    assert row["response"] == "ä" * 300 and row["prompt"] is None and row["extracted"] == "x"
    assert len(group(run, 1, 0)[0]["response"]) == 1_000_000


def test_a_group_has_everything_that_the_file_has_of_it(write_run: WriteRun) -> None:
    rows = [{"group": 3}, {"group": 5, "images": ["cat.png"], "params": "{}"}, {"group": 3, "score": 0.0}]
    run = Run(write_run(rollouts={1: rows}))
    assert [(row["index"], row["score"], row["images"]) for row in group(run, 1, 3)] == [(0, 1.0, None), (1, 0.0, None)]
    only = group(run, 1, 5)[0]
    assert (only["images"], only["params"], only["answer"]) == (["cat.png"], "{}", "2")
    assert only["components"] == {"correctness": 1.0}
    assert group(run, 1, 99) == [] and group(run, 2, 3) == []


def test_images_are_read_for_one_row_of_one_group_and_for_no_list(write_run: WriteRun) -> None:
    """Images of the second half of this file are broken: whoever reads them is told."""
    rows = [{"group": number, "images": [{"path": None, "bytes": os.urandom(1000)}]} for number in [0] * 10 + [1] * 10]
    folder = write_run(rollouts={1: rows})
    path = folder / "rollouts/step-000001.parquet"
    pq.write_table(pq.read_table(path), path, row_group_size=10)
    columns = pq.read_metadata(path).row_group(1)
    names = [columns.column(place).path_in_schema for place in range(columns.num_columns)]
    images = columns.column(next(place for place, name in enumerate(names) if "images" in name and "bytes" in name))
    content = bytearray(path.read_bytes())
    start = images.dictionary_page_offset or images.data_page_offset
    content[start : start + images.total_compressed_size] = b"\xff" * images.total_compressed_size
    path.write_bytes(content)
    run = Run(folder)
    assert len(found(run)) == len(found(run, text="1+1")) == len(found(run, status="correct")) == 20
    assert [row["images"] for row in group(run, 1, 0)] == [rows[0]["images"]] * 10
    assert run.problems == []
    assert group(run, 1, 1) == [] and "step-000001" in run.problems[0]


def test_text_that_is_no_text_is_found_and_shown(write_run: WriteRun) -> None:
    folder = write_run(rollouts={1: [{"response": "?"}]})
    path = folder / "rollouts/step-000001.parquet"
    table = pq.read_table(path)
    broken = pa.array([b"before \xff\xfe after"]).view(pa.string())
    pq.write_table(table.set_column(table.column_names.index("response"), "response", broken), path)
    row = find_rollouts(Run(folder), RolloutQuery(text="AFTER"), budget_s=LONG_S).rows[0]
    assert row["response"] == "before \ufffd\ufffd after"
    assert group(Run(folder), 1, 0)[0]["response"] == "before \ufffd\ufffd after"


def test_statuses_are_counted_most_frequent_first(run: Run) -> None:
    assert list(statuses(run, 2).items()) == [("correct", 2), ("judge_error", 1), ("timeout", 1)]
    assert statuses(run, 77) == {}
