"""Rows of the rollouts: of an episode, what was shown and said turn by turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rlcs.records import Batch, Completion, Group, Outcome, PromptImage, Status, Task, Turn, Verdict, Video
from rlcs.run.rollout_rows import ROLLOUT_SCHEMA, rollout_rows

SINGLE = Completion(
    token_ids=(5, 1), logprobs=(-0.5, -0.5), loss_mask=(1, 1), policy_version=0, finish_reason="stop", forced=False,
    text="wait()",
)  # fmt: skip
EPISODE = replace(
    SINGLE,
    opening="Click ONE.",
    turns=(
        Turn(part=0, start=0, stop=2, text="wait()", shown=("Nothing was done.", b"PNG 1"), counted=("unreadable",)),
        Turn(part=1, start=3, stop=4, text="done()", forced=True, seconds=0.5, replays=2),
    ),
    outcome=Outcome(score=0.0, status=Status.OVER_LIMIT, message="m" * 300),
)
WRONG = Verdict(score=0.0, status=Status.INCORRECT)


def written(folder: Path, *completions: Completion) -> list[dict[str, object]]:
    task = Task(id="a:1", source="a", domain="gui.episode", prompt="?", answer="", images=("a.png",),
                videos=(Video(file="a.mp4"), Video(frames=(b"one", "two.png"), times=(0.0, 0.5))))  # fmt: skip
    screen = PromptImage(reference=b"PNG 0", start=1, num_tokens=2)
    group = Group(
        task=task, prompt_ids=(1, 8, 8), images=(screen,), completions=completions,
        verdicts=(WRONG,) * len(completions),
    )  # fmt: skip
    batch = Batch(groups=[group], selected=(), advantages=((None,) * len(completions),), share=0.0)
    pq.write_table(pa.Table.from_pylist(rollout_rows(3, 0, batch), schema=ROLLOUT_SCHEMA), folder / "rows.parquet")
    rows: list[dict[str, object]] = pq.read_table(folder / "rows.parquet").to_pylist()
    return rows


def test_an_episode_stands_with_what_each_turn_was_shown(tmp_path: Path) -> None:
    first, second = written(tmp_path, EPISODE, EPISODE)
    assert first["images"] == [{"path": None, "bytes": b"PNG 0"}] and second["images"] is None
    assert first["prompt"] == "Click ONE." and written(tmp_path, SINGLE)[0]["prompt"] == "?"
    assert (first["num_turns"], first["num_tokens"], first["outcome"]) == (2, 3, "m" * 300)
    assert first["turns"] == second["turns"] == [
        {
            "part": 0, "start": 0, "stop": 2, "text": "wait()", "forced": False, "seconds": 0.0, "replays": 0,
            "counted": ["unreadable"],
            "shown": [{"text": "Nothing was done.", "image": None}, {"text": None, "image": b"PNG 1"}],
        },
        {
            "part": 1, "start": 3, "stop": 4, "text": "done()", "forced": True, "seconds": 0.5, "replays": 2,
            "counted": [], "shown": [],
        },
    ]  # fmt: skip


def test_a_single_answer_has_no_turns_and_the_images_of_its_task(tmp_path: Path) -> None:
    (row,) = written(tmp_path, SINGLE)
    assert (row["num_turns"], row["outcome"], row["turns"]) == (None, None, None)
    assert row["images"] == [{"path": "a.png", "bytes": None}]


def test_videos_stand_in_the_first_row_of_a_group(tmp_path: Path) -> None:
    first, second = written(tmp_path, SINGLE, SINGLE)
    frames = [{"path": None, "bytes": b"one"}, {"path": "two.png", "bytes": None}]
    assert second["videos"] is None
    assert first["videos"] == [
        {"path": "a.mp4", "bytes": None, "frames": None, "times": None},
        {"path": None, "bytes": None, "frames": frames, "times": [0.0, 0.5]},
    ]
