"""A share of the tasks is measured: the records say how far it has come, and a larger share adds to a smaller one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from curriculum.prediction.partial_grades import FIRST
from rlcs.config.schema import Config, GradeConfig, ModelConfig, SourceConfig
from rlcs.grading.log import NOT_ASKED, RecordLog, graded, task_keys
from rlcs.grading.partial import Answers, known_part, measure_share
from rlcs.grading.pass_rates import grade_table, model_grades, summary, write_grades
from rlcs.tasks import TaskPool, load_pool

Build = Callable[..., SourceConfig]
NUM_TASKS = 100


@pytest.fixture
def make_source(tmp_path: Path) -> Build:
    """Return a builder of JSONL sources."""

    def build(*rows: dict[str, str], name: str = "s", grades: str | None = None) -> SourceConfig:
        file = tmp_path / f"{name}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return SourceConfig(name=name, path=str(file), grades=grades)

    return build


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))


class Model:
    """Solves every task whose number ends on a digit below 5, and fails the others; counts what it is asked."""

    def __init__(self, fails_after: int = 10**9) -> None:
        self.asked: list[int] = []
        self.num_completions = 0
        self.fails_after = fails_after

    def ask(self, rows: np.ndarray, num_completions: int, number: int) -> dict[int, Answers]:
        if number == 0 and len(self.asked) >= self.fails_after:
            raise KeyboardInterrupt
        self.asked += rows.tolist() if number == 0 else []
        self.num_completions += len(rows) * num_completions
        return {
            row: Answers(scores=[float(row % 10 < 5)] * num_completions, num_tokens=3 * num_completions)
            for row in rows.tolist()
        }


def pool_of(make_source: Build) -> TaskPool:
    rows = [
        {"prompt": "add " * (9 if number % 10 < 5 else 1) + str(number), "answer": "1"} for number in range(NUM_TASKS)
    ]
    return load_pool([make_source(*rows)])


def measure(pool: TaskPool, folder: Path, model: Model, share: float) -> RecordLog:
    log = RecordLog(folder, "m", num_completions=4)
    with log:
        measure_share(pool, task_keys(pool), log, model.ask, share=share, num_completions=4, most=50, seed=0)
    return log


def test_so_many_are_measured_and_a_larger_share_adds_to_them(make_source: Build, tmp_path: Path) -> None:
    pool, model = pool_of(make_source), Model()
    log = measure(pool, tmp_path, model, 0.32)
    assert len(set(model.asked)) == len(model.asked) == len(log.read()) == 32
    records = log.read()
    assert (records["scores"] != NOT_ASKED).sum() == model.num_completions
    assert records["num_tokens"].sum() == 3 * model.num_completions
    assert 32 * FIRST <= model.num_completions < 32 * 4, "some are plain after the first completions"
    measure(pool, tmp_path, model, 0.2)
    assert len(model.asked) == 32, "there are enough already"
    measure(pool, tmp_path, model, 0.5)
    assert len(set(model.asked)) == len(model.asked) == 50


def test_after_a_stop_no_task_on_record_is_asked_again(make_source: Build, tmp_path: Path) -> None:
    pool, broken, model = pool_of(make_source), Model(fails_after=16), Model()
    with pytest.raises(KeyboardInterrupt):
        measure(pool, tmp_path, broken, 0.48)
    log = measure(pool, tmp_path, model, 0.48)
    assert len(log.read()) == 48
    assert not set(model.asked) & set(broken.asked)


def test_records_of_fewer_completions_count_what_was_asked(make_source: Build, tmp_path: Path) -> None:
    pool = pool_of(make_source)
    keys = task_keys(pool)
    log = RecordLog(tmp_path, "m", num_completions=4)
    with log:
        log.append(int(keys[0]), num_tokens=5, scores=[1.0, 1.0])
        log.append(int(keys[1]), num_tokens=5, scores=[1.0, None, 0.0, 0.0])
        log.append(int(keys[2]), num_tokens=5, scores=[None, None])
    assert set(graded(log.read()).tolist()) == set(keys[:2].tolist())
    found = model_grades(keys, log.read(), threshold=1.0)
    assert found.num_completions[:4].tolist() == [2, 4, 2, 0]
    assert found.num_unjudged[:4].tolist() == [0, 1, 2, 0]
    np.testing.assert_allclose(found.pass_rate[:4], [1.0, 1 / 3, np.nan, np.nan])
    assert found.num_generated == 8
    assert known_part(pool, keys, log.read(), seed=0).is_measured[:4].tolist() == [True, True, False, False]


def test_the_file_has_a_pass_rate_and_its_certainty_for_every_task_and_training_takes_both(
    make_source: Build, tmp_path: Path
) -> None:
    pool = pool_of(make_source)
    log = measure(pool, tmp_path, Model(), 0.4)
    keys, config = (
        task_keys(pool),
        Config(model=ModelConfig(path="m"), grade=GradeConfig(num_completions=4, sample=0.4)),
    )
    models = {"m": model_grades(keys, log.read(), threshold=1.0)}
    table = grade_table(pool.index, models, config, partial=known_part(pool, keys, log.read(), seed=0).grades())
    assert table["pass_rate"].null_count == table["certainty"].null_count == 0
    assert table["measured"].null_count == 60
    assert "40 of 100 tasks were measured, the others predicted from their texts" in summary(table, tmp_path / "g")[1]
    write_grades(table, tmp_path / "grades.parquet")
    rows = [{"prompt": "p", "answer": "1"}] * NUM_TASKS
    index = load_pool([make_source(*rows, grades=str(tmp_path / "grades.parquet"))]).index
    np.testing.assert_allclose(index.difficulty, table["pass_rate"].to_numpy(), rtol=1e-6)
    assert index.certainty is not None and index.is_predicted is not None
    np.testing.assert_allclose(index.certainty, table["certainty"].to_numpy(), rtol=1e-6)
    assert index.is_predicted.sum() == 60
    is_solved = np.arange(NUM_TASKS) % 10 < 5
    predicted = index.is_predicted
    assert index.difficulty[predicted & is_solved].min() > index.difficulty[predicted & ~is_solved].max()
    plain = load_pool([make_source(*rows, name="other")]).index
    assert plain.certainty is plain.is_predicted is None
