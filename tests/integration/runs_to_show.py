"""What test_dashboard.py shows beside a real run: grades of a part of its tasks, and a step of two episodes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from rlcs.algorithm.advantages import build_batch
from rlcs.config.schema import Config
from rlcs.metrics import rollout_metrics
from rlcs.records import Completion, Group, Outcome, PromptImage, Status, Task, Turn, Verdict
from rlcs.run.folder import RunFolder
from rlcs.tasks.grade_costs import METADATA_KEY
from rlcs.tiny.generate import generate_rows, parse_path


def graded_additions(folder: Path) -> Path:
    """Write grades as `rlcs grade` does: of 400 tasks every other one, 100 measured, 100 predicted; 400 completions."""
    rows = list(generate_rows(parse_path("tiny://addition?levels=1-8&count=400")))[::2]
    ids, is_measured = [f"addition:{row['id']}" for row in rows], np.arange(200) % 2 == 0
    columns = {
        "task_id": ids, "source": ["addition"] * 200, "pass_rate": np.full(200, 0.5), "certainty": np.full(200, 4.0),
        "num_completions": np.where(is_measured, 4, 0), "num_unjudged": np.zeros(200, dtype=int),
        "label": pa.nulls(200, pa.float32()), "pass_rate/m": pa.array(np.full(200, 0.5), mask=~is_measured),
    }  # fmt: skip
    columns |= {name: columns["pass_rate/m"] for name in ("measured", "pass@1")}
    told = {METADATA_KEY: json.dumps({"num_completions_total": 400})}
    pq.write_table(pa.table(columns).replace_schema_metadata(told), folder / "grades.parquet")
    return folder / "grades.parquet"


def played(folder: Path) -> Path:
    """Write a step of two episodes of a screen, as a run does: one of three turns, and one that failed in its first."""
    stream = io.BytesIO()
    Image.new("RGB", (320, 420), "lightgray").save(stream, "PNG")
    screen = stream.getvalue()
    says = "<think>{}</think><answer><|begin_of_box|>{}<|end_of_box|></answer>".format
    texts = (says("the field", "left_click(start_box='[250,750]')"), says("hm", "lft(1)"), says("ok", "done()"))
    answers: tuple[tuple[str | bytes, ...], ...] = (("focused", screen), ("Nothing was done.", screen), ("the end",))
    words = ((), ("unreadable",), ())
    turns = tuple(
        Turn(part=place, start=0, stop=9, text=text, shown=shown, counted=counted, seconds=0.1, replays=place % 2)
        for place, (text, shown, counted) in enumerate(zip(texts, answers, words, strict=True))
    )
    lost = Outcome(status=Status.ENV_FAULT, message="the browser is gone")
    won = Outcome(score=1.0, status=Status.CORRECT, message="reward 1")
    episode = Completion(
        token_ids=(5,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False,
        text="", opening="Press Submit.", turns=turns,
    )  # fmt: skip
    group = Group(
        task=Task(id="web:1", source="web", domain="gui.episode", prompt="A page.", answer=""),
        prompt_ids=(1,), images=(PromptImage(reference=screen, start=0, num_tokens=1),),
        completions=(replace(episode, outcome=won), replace(episode, outcome=lost, turns=turns[:1])),
        verdicts=(Verdict(score=1.0, status=Status.CORRECT), Verdict(score=None, status=Status.ENV_FAULT)),
    )  # fmt: skip
    run = RunFolder(folder, Config(), resume_from=None)
    run.write_rollouts(1, build_batch([group], [], "grpo"))
    run.close()
    (folder / "metrics.jsonl").write_text(json.dumps({"step": 1, **rollout_metrics([group], seconds=1.0)}) + "\n")
    return folder
