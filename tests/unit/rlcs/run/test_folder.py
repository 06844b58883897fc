"""The run folder: what is kept at a resume, what a full disk may cost, and that two runs never share one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from curriculum.deltas import base_of
from curriculum.rebuilding import read_snapshot
from rlcs.config.schema import Config, CurriculumConfig, ExpansionConfig, ModelConfig, RunConfig
from rlcs.errors import UserError
from rlcs.records import Batch, Completion, Group, Status, Task, TaskIndex, Verdict
from rlcs.run.folder import RunFolder, claim_folder, forget_after, held, keep_metrics, read_metrics
from rlcs.run.retention import step_files
from rlcs.tasks.grade_costs import Grading


def write_records(folder: Path, *records: dict[str, float], tail: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records) + tail)


def test_a_line_cut_in_half_by_a_kill_is_left_out(tmp_path: Path) -> None:
    write_records(tmp_path, {"step": 1, "a": 2.0}, tail='{"step": 2, "a"')
    assert read_metrics(tmp_path) == [{"step": 1, "a": 2.0}]


def test_what_came_after_the_checkpoint_is_dropped(tmp_path: Path) -> None:
    write_records(tmp_path, {"step": 0}, {"step": 1}, {"step": 2}, {"step": 3})
    for part in ("rollouts", "curriculum"):
        (tmp_path / part).mkdir()
        for step in (1, 2, 3):
            (tmp_path / part / f"step-{step:06d}.parquet").touch()
    forget_after(tmp_path, 2)
    assert [record["step"] for record in read_metrics(tmp_path)] == [0, 1, 2]
    assert (
        sorted(path.name for path in tmp_path.glob("*/step-*"))
        == ["step-000001.parquet"] * 2 + ["step-000002.parquet"] * 2
    )


def test_a_full_disk_at_a_resume_costs_no_record(tmp_path: Path) -> None:
    write_records(tmp_path, *({"step": step} for step in range(100)))
    code = (
        "import resource, sys; from pathlib import Path; from rlcs.run.folder import keep_metrics\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "keep_metrics(Path(sys.argv[1]), lambda record: True)"
    )
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "File too large" in result.stderr
    assert len(read_metrics(tmp_path)) == 100


def test_records_are_kept_by_a_rule(tmp_path: Path) -> None:
    write_records(tmp_path, {"step": 1}, {"step": 2})
    keep_metrics(tmp_path, lambda record: record["step"] == 2)
    assert read_metrics(tmp_path) == [{"step": 2}]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from rlcs.run.folder import held\nwith held(Path(sys.argv[1])): pass"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with held(tmp_path):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "another rlcs process is writing to" in result.stderr
    assert subprocess.run(command, check=False).returncode == 0


def test_a_folder_of_another_run_asks_for_resume_or_another_name(tmp_path: Path) -> None:
    claim_folder(tmp_path / "new", resume=False)
    write_records(tmp_path / "old", {"step": 1})
    with pytest.raises(UserError, match="add --resume to go on with it, or run.name"):
        claim_folder(tmp_path / "old", resume=False)
    claim_folder(tmp_path / "old", resume=True)


def with_project(project: str) -> Config:
    return Config(run=RunConfig(name="mine", wandb_project=project), model=ModelConfig(path="tiny://text"))


def test_metrics_go_to_a_project_of_weights_and_biases_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    for steps in ([1, 2], [3]):  # the second as a resumed run
        folder = RunFolder(tmp_path, with_project("sums"), resume_from=None)
        for step in steps:
            folder.write_metrics(step, {"train/reward": step / 8})
        folder.close()
    written = [file.read_bytes() for file in sorted(tmp_path.glob("wandb/offline-run-*/*.wandb"))]
    one_id = (tmp_path / "wandb_id").read_bytes()
    assert [all(part in file for part in (b"sums", b"mine", b"train/reward", one_id)) for file in written] == [True] * 2
    assert [b"0.125" in written[0], b"0.25" in written[0], b"0.375" in written[1]] == [True] * 3


def test_a_project_of_weights_and_biases_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UserError, match="run.wandb_project is set but wandb is not installed: pip install wandb"):
        RunFolder(tmp_path, with_project("sums"), resume_from=None)


def make_curriculum(num_tasks: int = 100) -> Curriculum:
    code = np.zeros(num_tasks, dtype=np.int16)
    index = TaskIndex(
        ids=[f"a:{row}" for row in range(num_tasks)], source=code, domain=code, subcategory=code,
        difficulty=np.full(num_tasks, 0.5, np.float32), sources=("a",), domains=("logic",), subcategories=("",),
        proportions=(1.0,),
    )  # fmt: skip
    return Curriculum(CurriculumConfig(batch_size=4, expansion=ExpansionConfig(enabled=False)), index, seed=0)


def judged(curriculum: Curriculum, step: int) -> list[Group]:
    """Return the groups of a step, one completion right and one wrong, which the curriculum has observed."""
    completion = Completion(
        token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
    )
    verdicts = (Verdict(score=1.0, status=Status.CORRECT), Verdict(score=0.0, status=Status.INCORRECT))
    groups = [
        Group(task=Task(id=f"a:{row}", source="a", domain="logic", prompt="?", answer="1", row=row), prompt_ids=(1,),
              completions=(completion,) * 2, verdicts=verdicts)
        for row in curriculum.next(step).rows.tolist()
    ]  # fmt: skip
    curriculum.observe(step, groups)
    return groups


def tiny(**run: object) -> Config:
    return Config(run=RunConfig(name="mine", **run), model=ModelConfig(path="tiny://text"))  # type: ignore[arg-type]


def bases(folder: Path) -> dict[int, int | None]:
    return {step: base_of(pq.read_metadata(path).metadata) for step, path in step_files(folder / "curriculum").items()}


def test_a_resume_begins_with_a_whole_snapshot_and_the_steps_before_stay_readable(tmp_path: Path) -> None:
    curriculum, expected = make_curriculum(), {}

    def play(folder: RunFolder, first: int, last: int) -> None:
        for step in range(first, last + 1):
            judged(curriculum, step)
            folder.write_curriculum(step, curriculum)
            expected[step] = curriculum.snapshot(step)
        folder.close()

    play(RunFolder(tmp_path, tiny(), resume_from=None), 1, 26)
    state, table = curriculum.state_dict(), curriculum.table()
    play(RunFolder(tmp_path, tiny(), resume_from=None), 27, 33)  # all of it after the checkpoint
    curriculum = make_curriculum()
    curriculum.load_state_dict(state, table)
    play(RunFolder(tmp_path, tiny(), resume_from=26), 27, 45)
    assert sorted(bases(tmp_path)) == [*range(1, 46)]
    assert {step: base for step, base in bases(tmp_path).items() if step in (26, 27, 28, 30, 31, 40, 45)} == {
        26: 25, 27: None, 28: 27, 30: 27, 31: 30, 40: 30, 45: 44,
    }  # fmt: skip
    assert all(read_snapshot(tmp_path, step).equals(table) for step, table in expected.items())


def test_a_snapshot_whose_base_was_deleted_is_whole(tmp_path: Path) -> None:
    curriculum, folder = make_curriculum(), RunFolder(tmp_path, tiny(), resume_from=None)
    for step in range(1, 8):
        judged(curriculum, step)
        folder.write_curriculum(step, curriculum)
        if step == 6:
            (tmp_path / "curriculum/step-000006.parquet").unlink()
    folder.close()
    assert bases(tmp_path)[5] == 4 and bases(tmp_path)[7] is None
    assert read_snapshot(tmp_path, 7).equals(curriculum.snapshot(7))


def test_a_write_that_fails_leaves_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curriculum, folder = make_curriculum(), RunFolder(tmp_path, tiny(), resume_from=None)
    judged(curriculum, 1)
    table = curriculum.changes(1, since=None)
    monkeypatch.setattr(curriculum, "changes", lambda step, since: table.replace_schema_metadata({b"a": 1}))
    with pytest.raises(TypeError):
        folder.write_curriculum(1, curriculum)
    folder.close()
    assert list(tmp_path.glob("curriculum/step-*.parquet")) == []


def test_what_grades_took_is_written_and_forgotten_with_them(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, tiny(), resume_from=None)
    folder.write_grades({})
    assert not (tmp_path / "grades.json").exists()
    folder.write_grades({"s": Grading(measured=2, predicted=5, ungraded=1, num_completions=None)})
    told = {"measured": 2, "predicted": 5, "ungraded": 1, "num_completions": None}
    assert json.loads((tmp_path / "grades.json").read_text()) == {"s": told}
    folder.write_grades({})
    assert not (tmp_path / "grades.json").exists()
    folder.close()


def test_rollouts_beyond_those_to_keep_go_as_steps_come(tmp_path: Path) -> None:
    curriculum = make_curriculum()
    folder = RunFolder(tmp_path, tiny(keep_rollouts=3, keep_rollouts_every=4), resume_from=None)
    for step in range(1, 11):
        groups = judged(curriculum, step)
        advantages = ((1.0, -1.0),) * len(groups)
        folder.write_rollouts(step, Batch(groups=groups, selected=(0,), advantages=advantages, share=1.0))
    folder.close()
    assert sorted(step_files(tmp_path / "rollouts")) == [4, 8, 9, 10]
    RunFolder(tmp_path, tiny(keep_rollouts=1), resume_from=9).close()
    assert sorted(step_files(tmp_path / "rollouts")) == [9]
