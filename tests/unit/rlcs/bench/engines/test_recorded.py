"""What a run trained on, made again from its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from rlcs.bench.engines.recorded import recorded_work
from rlcs.config.load import save_config
from rlcs.config.schema import Config, LearnerConfig, ModelConfig, SourceConfig
from rlcs.errors import UserError
from rlcs.process.environment import prepare_process
from rlcs.records import Batch, Completion, Group, Status, Task, Verdict, Video
from rlcs.run.rollout_rows import ROLLOUT_SCHEMA, rollout_rows
from rlcs.tasks import load_pool

SOURCES = [
    SourceConfig(name="boxes", path="tiny://box?levels=2-2&count=5"),
    SourceConfig(name="sums", path="tiny://addition?levels=2-2&count=5"),
    SourceConfig(name="films", path="tiny://video_order?levels=1-1&count=5"),
]


def group_of(task: Task, text: str) -> Group:
    completion = Completion(
        text=text, token_ids=(40,) * len(text), loss_mask=(1,) * len(text), logprobs=(0.0,) * len(text),
        finish_reason="stop", policy_version=0, forced=False,
    )  # fmt: skip
    verdicts = (Verdict(score=1.0, status=Status.CORRECT),)
    return Group(task=task, prompt_ids=(1,), completions=(completion,), verdicts=verdicts)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of two steps; the second trained on a box of 7 tokens, a sum of 3 and a film of 5, not on the others."""
    prepare_process()
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))
    run = tmp_path / "run"
    (run / "rollouts").mkdir(parents=True)
    config = Config(model=ModelConfig(path="tiny://vision"), learner=LearnerConfig(pack_tokens=64))
    save_config(replace(config, data=replace(config.data, train=SOURCES)), run / "config.yaml")
    tasks = load_pool(SOURCES).take([0, 1, 5, 10])
    first, second = [group_of(tasks[1], "x")], [group_of(tasks[0], "1234567"), group_of(tasks[2], "123")]
    second.append(group_of(tasks[3], "12345"))
    batches = {
        1: Batch(groups=first, selected=(), advantages=((0.5,),), share=1.0),
        2: Batch(groups=second, selected=(0, 1, 2), advantages=((0.5,),) * 3, share=1.0),
    }
    for step, batch in batches.items():
        rows = [row for number in range(len(batch.groups)) for row in rollout_rows(step, number, batch)]
        pq.write_table(pa.Table.from_pylist(rows, schema=ROLLOUT_SCHEMA), run / f"rollouts/step-{step:06d}.parquet")
    return run


def test_prompts_images_and_responses_are_as_they_were(folder: Path) -> None:
    work = recorded_work(folder)
    by_size = {len(sample.token_ids): sample for sample in work.samples}
    assert set(by_size) == {7, 3, 5}
    assert by_size[7].num_image_tokens > 0 == by_size[3].num_image_tokens < by_size[5].num_image_tokens
    assert by_size[5].images and all(isinstance(image.reference, Video) for image in by_size[5].images)
    assert sorted(work.lengths) == sorted(sample.num_tokens for sample in work.samples)
    assert work.pack_sizes == (32, 64, 128) and work.balance_pack_tokens == 64
    assert work.cost is not None and work.reader is not None
    of_images = dict(zip(work.lengths, work.cost, strict=True))
    box, text = by_size[7].num_tokens, by_size[3].num_tokens
    assert of_images[box] > 1.3 * box and of_images[text] == pytest.approx(text, rel=0.01)


def test_rollouts_of_before_there_were_videos_are_read(folder: Path) -> None:
    for file in (folder / "rollouts").iterdir():
        table = pq.read_table(file)
        pq.write_table(table.filter(pc.field("source") != "films").drop_columns(["videos"]), file)
    assert {len(sample.token_ids) for sample in recorded_work(folder).samples} == {7, 3}


def test_a_folder_without_rollouts_is_refused(folder: Path) -> None:
    for file in (folder / "rollouts").iterdir():
        file.unlink()
    with pytest.raises(UserError, match="holds no rollout that was trained on"):
        recorded_work(folder)
