"""The examples run as they print it: each command at the head of its configuration, with the real engines."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rlcs_command import finish, metrics, rlcs

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(folder.name for folder in (ROOT / "examples").iterdir() if (folder / "train.yaml").is_file())

pytestmark = pytest.mark.timeout(900)


def printed_commands(example: str) -> list[str]:
    """Return the command lines that an example's configuration prints in its head."""
    head = (ROOT / "examples" / example / "train.yaml").read_text(encoding="utf-8").split("\n\n")[0]
    return re.findall(r"^#   (rlcs .+)$", head, re.MULTILINE)


def run_as_printed(example: str, root: Path) -> Path:
    """Run every printed command of an example from `root`, which stands for the root of the project."""
    shutil.copytree(ROOT / "examples" / example, root / "examples" / example)
    for line in printed_commands(example):
        _, command, option, config, *more = shlex.split(line)
        assert option == "--config"
        finish(root / example, rlcs(command, config, *more))
    return root / "runs" / example


def rollouts(run: Path) -> list[dict[str, Any]]:
    """Return every completion of a run in the order of its steps."""
    return [row for file in sorted((run / "rollouts").iterdir()) for row in pq.read_table(file).to_pylist()]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_prints_how_it_is_trained(example: str) -> None:
    assert f"rlcs train --config examples/{example}/train.yaml" in printed_commands(example)


@pytest.mark.slow
def test_the_verifier_pays_wrong_answers_for_their_right_digits(tmp_path: Path) -> None:
    rows = rollouts(run_as_printed("custom_verifier", tmp_path))
    scores = {status: [row["score"] for row in rows if row["status"] == status] for status in ("correct", "partial")}
    assert set(scores["correct"]) == {1.0}
    assert scores["partial"] and all(0.0 < score < 0.4 for score in scores["partial"])


@pytest.mark.slow
@pytest.mark.release
def test_the_sampler_lets_tasks_rest_that_teach_nothing(tmp_path: Path) -> None:
    groups: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    run = run_as_printed("custom_sampler", tmp_path)
    for row in rollouts(run):
        groups[row["task_id"]][row["step"]].append(row["score"])
    rests = 0
    for drawn in groups.values():
        misses, wakes = 0, 0
        for step, scores in drawn.items():
            assert step >= wakes
            misses = misses + 1 if len(set(scores)) == 1 else 0
            wakes, rests = step + 2**misses, rests + (misses > 0)
    assert rests > 0
    assert metrics(run)[6]["curriculum/back_off_share"] > 0.0


@pytest.mark.slow
def test_own_questions_are_trained_on_and_others_of_them_held_out(tmp_path: Path) -> None:
    run = run_as_printed("own_data", tmp_path)
    lines = (ROOT / "examples" / "own_data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    golds = {f"questions:{row['uid']}": row["solution"].split("= ")[1] for row in map(json.loads, lines)}
    seen, rows = metrics(run), rollouts(run)
    assert (seen[0]["eval/all/num_tasks"], seen[16]["eval/all/num_tasks"]) == (6, 6)
    trained = {row["task_id"]: row["answer"] for row in rows}
    assert 8 <= len(trained) <= len(golds) - 6
    assert trained.items() <= golds.items()
    assert {row["subcategory"] for row in rows} == {"sum", "difference", "product"}
    assert any(row["status"] == "correct" for row in rows)


@pytest.mark.slow
def test_the_environment_answers_guesses_until_one_is_right_or_none_is_left(tmp_path: Path) -> None:
    rows = rollouts(run_as_printed("custom_environment", tmp_path))
    assert {row["step"] for row in rows} == {1, 2}
    for row in rows:
        assert 1 <= row["num_turns"] <= 3
        assert (row["score"], row["status"]) in {(1.0, "correct"), (0.0, "incorrect")}
        assert row["score"] == 1.0 or row["num_turns"] == 3
    assert {row["score"] for row in rows} == {0.0, 1.0} and any(row["num_turns"] > 1 for row in rows)
