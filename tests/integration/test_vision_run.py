"""The commands on a vision-language model as people run them: sft, train, resume, eval, grade; images, videos, text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rlcs_command import finish, metrics, output_of, rlcs
from videos import encoded, pictures

from rlcs.process.environment import prepare_process

pytestmark = pytest.mark.timeout(900)
prepare_process()

CONFIG = """
run: {steps: 3}
model: {path: tiny://vision, freeze: [vision]}
data:
  train:
    - {name: boxes, path: "tiny://box?levels=1-3&count=60", domain: grounding.box}
    - {name: words, path: "tiny://word?levels=1-3&count=60", domain: ocr.text}
    - {name: sums, path: "tiny://addition?levels=1-2&count=60", domain: stem.math}
    - {name: films, path: FILMS, domain: video.temporal, fields: {videos: film}}
  eval:
    - {name: held_out, path: "tiny://word?levels=1-2&count=12&split=eval", domain: ocr.text, reward: words}
  max_prompt_tokens: 96
rewards:
  boxes: {verifier: grounding_box, params: {space: pixels, gold_space: 0-1000}}
  words: {verifier: ocr_text, format: {box: glm}}
  sums: {verifier: math, format: {box: glm}}
  films: {verifier: temporal_iou, format: {box: glm}}
rollout: {group_size: 4, max_think_tokens: 12, max_answer_tokens: 24, kv_cache_gib: 0.25}
curriculum: {batch_size: 8}
learner: {lr: 1e-3, pack_tokens: 512}
eval: {every: 3, num_completions: 2, k: [1, 2]}
checkpoint: {every: 1, keep: 3}
grade: {num_completions: 2}
"""
TRACES = """data.train=[
  {name: traces, path: 'tiny://vision_traces?levels=1-2&count=640'},
  {name: films, path: FILMS, domain: video.temporal, fields: {videos: film}}]"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of short videos: half of them frames in the rows, half of them encoded."""
    rows = []
    for number in range(24):
        kept: dict[str, Any] = {"path": None, "bytes": None, "frames": None, "times": None}
        if number % 2:
            kept["bytes"] = encoded(8, rate=4, size=(56, 56))
        else:
            kept["frames"], kept["times"] = list(pictures(4, seed=number)), [0.0, 0.5, 1.0, 1.5]
        asked = "when does <video> change?"
        rows.append({"prompt": asked, "answer": [0.5, 1.5], "film": kept, "response": "<answer>0.5 - 1.5 s</answer>"})
    file = tmp_path_factory.mktemp("films") / "films.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file)
    return str(file)


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory, films: str) -> Path:
    """The run folder of a short cold start from a fresh model."""
    folder = tmp_path_factory.mktemp("sft") / "run"
    finish(folder, rlcs("sft", "tiny_vision", f"run.dir={folder}", TRACES.replace("FILMS", films)))
    return folder


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, films: str) -> str:
    file = tmp_path_factory.mktemp("config") / "vision.yaml"
    file.write_text(CONFIG.replace("FILMS", films))
    return str(file)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, config: str) -> Path:
    folder = tmp_path_factory.mktemp("train") / "run"
    finish(folder, rlcs("train", config, f"run.dir={folder}"))
    return folder


def rollouts(folder: Path, step: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(folder / "rollouts" / f"step-{step:06d}.parquet").to_pylist()
    return rows


def test_the_cold_start_learns_from_images_and_text(cold: Path) -> None:
    losses = [record["policy/loss"] for record in metrics(cold).values()]
    assert losses[-1] < 0.7 * losses[0]
    model = json.loads((cold / "model" / "config.json").read_text())
    assert model["model_type"] == "glm4v"
    assert (cold / "model" / "processor_config.json").is_file()


def test_engine_and_learner_agree_after_every_update(trained: Path) -> None:
    gaps = [record["sync/max_logprob_gap"] for step, record in metrics(trained).items() if step > 0]
    assert len(gaps) == 3
    assert max(gaps) < 1e-4


def test_every_group_keeps_its_image_and_every_rollout_its_verdict(trained: Path) -> None:
    rows = rollouts(trained, 1)
    assert {row["source"] for row in rows} == {"boxes", "words", "sums", "films"}
    firsts = {row["group"]: row for row in reversed(rows)}
    for row in rows:
        assert row["status"] not in ("bad_gold", "internal_error"), row["message"]
        assert bool(row["images"]) == (row["source"] in ("boxes", "words") and row is firsts[row["group"]])
        assert bool(row["videos"]) == (row["source"] == "films" and row is firsts[row["group"]])
    assert all(row["images"][0]["bytes"].startswith(b"\x89PNG") for row in rows if row["images"])
    for row in rows:
        for video in row["videos"] or ():
            assert video["bytes"] or len(video["frames"]) == len(video["times"]) == 4


def test_thinking_that_runs_out_is_forced_beside_images_too(trained: Path) -> None:
    rows = [row for step in (1, 2, 3) for row in rollouts(trained, step)]
    forced = [row for row in rows if row["forced"] and row["source"] != "sums"]
    assert forced
    assert all("</think>" in row["response"] for row in forced)


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(trained: Path, config: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    shutil.rmtree(folder / "checkpoints" / "step-000003")
    finish(folder, rlcs("train", config, f"run.dir={folder}", "--resume"))
    found, expected = metrics(folder)[3], metrics(trained)[3]
    timed = ("_s", "/s", "time")
    same = {key for key in expected if not key.endswith(timed) and "per_s" not in key and "time" not in key}
    assert {key: found[key] for key in same} == pytest.approx({key: expected[key] for key in same}, rel=1e-6, abs=1e-9)
    assert [row["response"] for row in rollouts(folder, 3)] == [row["response"] for row in rollouts(trained, 3)]


@pytest.mark.release
def test_a_run_that_generates_while_learning_is_resumed_with_its_images(config: str, tmp_path: Path) -> None:
    unbroken, resumed = tmp_path / "unbroken", tmp_path / "resumed"
    finish(unbroken, rlcs("train", config, f"run.dir={unbroken}", "run.schedule=overlapped"))
    shutil.copytree(unbroken, resumed)
    shutil.rmtree(resumed / "checkpoints" / "step-000003")
    shutil.rmtree(resumed / "checkpoints" / "step-000002")
    finish(resumed, rlcs("train", config, f"run.dir={resumed}", "run.schedule=overlapped", "--resume"))
    for step in (2, 3):
        assert {row["staleness"] for row in rollouts(resumed, step)} == {1}
        assert rollouts(resumed, step) == rollouts(unbroken, step)
        assert metrics(resumed)[step]["policy/loss"] == pytest.approx(metrics(unbroken)[step]["policy/loss"], rel=1e-6)


def test_a_checkpoint_is_evaluated_as_the_run_did(trained: Path, config: str, tmp_path: Path) -> None:
    folder = tmp_path / "eval"
    finish(folder, rlcs("eval", config, "--checkpoint", str(trained)))
    assert f"{metrics(trained)[3]['eval/all/pass@1']:.3f}" in output_of(folder)


@pytest.mark.release
def test_difficulty_is_graded_with_images(config: str, tmp_path: Path) -> None:
    folder = tmp_path / "grade"
    finish(folder, rlcs("grade", config, "--out", str(tmp_path / "g.parquet"), "data.train.0.limit=6",
                        "data.train.1.limit=6", "data.train.2.limit=6", "data.train.3.limit=6"))  # fmt: skip
    graded = pq.read_table(tmp_path / "g.parquet").to_pylist()
    assert len(graded) == 24
    assert all(0.0 <= row["pass_rate"] <= 1.0 for row in graded)
