"""The run folder: what is kept at a resume, what a full disk may cost, and that two runs never share one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rlcs.config.schema import Config, ModelConfig, RunConfig
from rlcs.errors import UserError
from rlcs.run.folder import RunFolder, claim_folder, forget_after, held, keep_metrics, read_metrics


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
