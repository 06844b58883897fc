"""Records survive a kill, and what was graded under other settings is not gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from videos import pictures

import rewards  # noqa: F401  (registers the verifiers)
from rlcs.config.schema import (
    Config,
    DataConfig,
    EnvironmentConfig,
    FieldsConfig,
    ModelConfig,
    RewardConfig,
    SourceConfig,
)
from rlcs.errors import UserError
from rlcs.grading.log import RecordLog, graded, job_of, latest, model_digest, opened_parts, task_key, task_keys
from rlcs.plugins import load_plugins
from rlcs.tasks import load_pool
from rollout.environments import builtin  # noqa: F401  (registers the environments)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))


def config(*names: str) -> Config:
    sources = [SourceConfig(name=name, path=f"{name}.jsonl") for name in names or ("a",)]
    return Config(
        model=ModelConfig(path="m"), data=DataConfig(train=sources), rewards={"default": RewardConfig(params={"x": 1})}
    )


def job(settings: Config, *models: str) -> dict[str, dict[str, Any]]:
    return job_of(settings, settings.data.train, dict(zip(models or ("m",), models or ("m",), strict=True)))


def begin(out: Path, settings: Config, *models: str, restart: bool = False, record: bool = True) -> None:
    """Open the parts of a grading, and grade one task."""
    with opened_parts(out, job(settings, *models), restart=restart) as parts:
        if record:
            with RecordLog(parts, "m", num_completions=2) as log:
                log.append(7, num_tokens=3, scores=[1.0, 0.0])


def changed(change: Callable[[Config], object]) -> Config:
    settings = config()
    change(settings)
    return settings


def test_records_come_back_in_order_and_an_unjudged_score_is_nan(tmp_path: Path) -> None:
    log = RecordLog(tmp_path, "m", num_completions=3)
    assert len(log.read()) == 0
    with log:
        log.append(2**63 + 5, num_tokens=12, scores=[1.0, None, 0.25])
        log.append(4, num_tokens=9, scores=[0.0, 0.0, 0.0])
    records = log.read()
    assert records["task"].tolist() == [2**63 + 5, 4]
    assert records["num_tokens"].tolist() == [12, 9]
    np.testing.assert_array_equal(records["scores"], np.array([[1.0, np.nan, 0.25], [0.0, 0.0, 0.0]], dtype=np.float32))


@pytest.mark.parametrize("num_bytes", [1, 11, 19])
def test_a_record_cut_short_counts_for_nothing_and_the_next_one_takes_its_place(tmp_path: Path, num_bytes: int) -> None:
    log = RecordLog(tmp_path, "m", num_completions=2)
    with log:
        log.append(1, num_tokens=1, scores=[0.0, 1.0])
    with log.file.open("ab") as stream:
        stream.write(b"\x01" * num_bytes)  # a whole one has 20
    assert log.read()["task"].tolist() == [1]
    with log:
        log.append(2, num_tokens=1, scores=[0.0, 1.0])
    assert log.read()["task"].tolist() == [1, 2]


def test_a_record_is_in_the_file_before_the_next_task_is_judged(tmp_path: Path) -> None:
    with RecordLog(tmp_path, "m", num_completions=1) as log:
        log.append(1, num_tokens=1, scores=[0.0])
        assert RecordLog(tmp_path, "m", num_completions=1).read()["task"].tolist() == [1]


def test_models_have_files_of_their_own(tmp_path: Path) -> None:
    long = "/models/" + "x" * 60
    names = ["a/b", "a-b", "tiny://text", long, long.replace("/models", "/others")]
    files = {RecordLog(tmp_path, name, num_completions=1).file for name in names}
    assert len(files) == 5
    assert all(file.parent == tmp_path and len(file.name) < 80 for file in files)


def test_the_last_record_of_a_task_counts_and_one_without_a_score_is_to_be_made_again(tmp_path: Path) -> None:
    with RecordLog(tmp_path, "m", num_completions=2) as log:
        for task, scores in ((5, [None, None]), (3, [0.0, 1.0]), (5, [None, 1.0]), (9, [None, None])):
            log.append(task, num_tokens=1, scores=scores)
    last = latest(log.read())
    assert last["task"].tolist() == [3, 5, 9]
    assert last["scores"][1, 1] == 1.0
    assert sorted(graded(log.read()).tolist()) == [3, 5]
    assert len(latest(log.read()[:0])) == 0


def test_a_task_is_another_one_when_question_gold_or_parameters_change(tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    source = SourceConfig(name="s", path=str(file))
    source.fields = replace(source.fields, params="params", difficulty="label")

    def keys(*rows: dict[str, Any]) -> list[int]:
        full = [{"prompt": "p", "answer": "1", "params": {"t": 1}, "label": 0.5, **row} for row in rows]
        file.write_text("".join(json.dumps(row) + "\n" for row in full))
        return task_keys(load_pool([source])).tolist()

    before = keys({}, {}, {}, {})
    after = keys({"label": 0.9}, {"prompt": "q"}, {"answer": "2"}, {"params": {"t": 2}}, {})
    assert [old == new for old, new in zip(before, after, strict=False)] == [True, False, False, False]
    assert len({*before, *after}) == 8
    pool = load_pool([source])
    assert task_keys(pool.select([3, 0])).tolist() == [after[3], after[0]]


def test_a_task_is_another_one_when_images_or_videos_change(tmp_path: Path) -> None:
    one, other = pictures(2)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(one)
    films = [{"frames": frames, "times": times} for frames in ([one], [other]) for times in ([0.0], [1.0])]
    shown = [([], []), ([one], []), ([other], []), *(([], [film]) for film in films), ([one], films)]
    text: dict[str, Any] = {"id": "7", "prompt": "p", "answer": "1"}
    rows = [{**text, "images": [{"bytes": one} for one in images], "videos": videos} for images, videos in shown]
    rows += [{**text, "images": [{"path": name}]} for name in ("a.png", "b.png")]

    def key(row: dict[str, Any]) -> int:
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "s.parquet")
        fields = FieldsConfig(id="id", **{name: name for name in ("images", "videos") if row.get(name)})
        source = SourceConfig(name="s", path=str(tmp_path / "s.parquet"), fields=fields)
        return int(task_keys(load_pool([source]))[0])

    assert len({key(row) for row in rows}) == len(rows)
    assert key(rows[0]) == task_key("s", "7", "p", '"1"', None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: setattr(c.grade, "num_completions", 4), "grade.num_completions (grading) was 8, now it is 4"),
        (lambda c: setattr(c.rollout, "temperature", 0.5), "rollout.temperature (grading) was 1.0, now it is 0.5"),
        (
            lambda c: setattr(c.data.train[0], "system_prompt", "Think."),
            "system_prompt (source a) was None, now it is 'Think.'",
        ),
        (
            lambda c: setattr(c.rewards["default"].format, "box", "glm"),
            "rewards.default.format.box (source a) was not set, now it is 'glm'",
        ),
        (
            lambda c: setattr(c.rewards["default"], "params", {"y": 1}),
            "rewards.default.params.x (source a) was 1, now it is not set; "
            "rewards.default.params.y (source a) was not set, now it is 1",
        ),
    ],
)
def test_settings_that_change_what_a_grade_means_are_refused(
    tmp_path: Path, change: Callable[[Config], object], expected: str
) -> None:
    out = tmp_path / "grades.parquet"
    begin(out, config())
    with pytest.raises(UserError) as caught:
        begin(out, changed(change))
    assert str(caught.value) == (
        f"{out}.parts was begun otherwise, and grades of two kinds must not mix: {expected}. "
        "Set it back, name another --out, or forget what was graded: --restart"
    )
    begin(out, changed(change), restart=True, record=False)
    assert not list(tmp_path.rglob("*.records"))


def test_a_source_that_its_environment_judges_is_graded_by_the_settings_of_that(tmp_path: Path) -> None:
    def playing(**params: int) -> Config:
        made = EnvironmentConfig(name="textarena", params=params)
        return changed(lambda c: setattr(c.data.train[0], "environment", made))

    settings = job(playing(max_turns=3))["source a"]
    assert settings["environment.params.max_turns"] == 3 and "reward" not in settings
    begin(tmp_path / "grades.parquet", playing(max_turns=3))
    with pytest.raises(UserError, match=r"environment.params.max_turns \(source a\) was 3, now it is 4"):
        begin(tmp_path / "grades.parquet", playing(max_turns=4))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: setattr(c.run, "steps", 3),
        lambda c: setattr(c.rollout, "num_workers", 2),
        lambda c: setattr(c.rewards["default"], "max_unjudged_share", 0.9),
        lambda c: setattr(c.grade, "label_strength", 0.0),
        lambda c: c.data.train.append(SourceConfig(name="b", path="b.jsonl")),
    ],
)
def test_settings_that_do_not_are_let_through(tmp_path: Path, change: Callable[[Config], object]) -> None:
    begin(tmp_path / "grades.parquet", config())
    begin(tmp_path / "grades.parquet", changed(change))


def test_long_texts_are_compared_to_their_ends(tmp_path: Path) -> None:
    def asked(ending: str) -> Config:
        return changed(lambda c: setattr(c.data.train[0], "system_prompt", "x" * 100 + ending))

    begin(tmp_path / "grades.parquet", asked("."))
    with pytest.raises(UserError, match="system_prompt"):
        begin(tmp_path / "grades.parquet", asked("!"))


def test_a_source_that_is_left_out_for_a_while_must_come_back_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "grades.parquet"
    begin(out, config("a", "b"))
    begin(out, config("a"))
    other = config("a", "b")
    other.data.train[1].prompt_template = "Problem: {prompt}"
    with pytest.raises(UserError, match=r"prompt_template \(source b\) was None"):
        begin(out, other)


def test_models_may_join_and_must_not_leave(tmp_path: Path) -> None:
    out = tmp_path / "grades.parquet"
    begin(out, config(), "m")
    begin(out, config(), "m", "n")
    with pytest.raises(UserError, match="model m took part, now it does not"):
        begin(out, config(), "n")


def test_nothing_is_refused_before_a_task_was_graded(tmp_path: Path) -> None:
    out = tmp_path / "grades.parquet"
    begin(out, config(), record=False)
    begin(out, changed(lambda c: setattr(c.grade, "num_completions", 4)), record=False)


def test_weights_that_were_trained_on_are_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(bytes(300_000))
    before = model_digest(tmp_path)
    weights.touch()
    assert model_digest(tmp_path) == before
    weights.write_bytes(bytes(299_999) + b"\x01")
    assert model_digest(tmp_path) != before
    assert model_digest("owner/name") == "owner/name"


def test_a_verifier_of_ones_own_that_was_edited_is_refused(tmp_path: Path) -> None:
    plugin = tmp_path / "my_verifier_for_grades.py"
    code = 'from rlcs import reward\n@reward("edited")\ndef edited(answer: str, gold: str) -> float:\n    return 1.0\n'
    plugin.write_text(code)
    load_plugins([str(plugin)])
    settings = changed(lambda c: setattr(c.rewards["default"], "verifier", "edited"))
    before = job(settings)
    assert job(settings) == before
    plugin.write_text(code + "# better\n")
    assert job(settings) != before


def test_grades_that_were_made_elsewhere_are_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "grades.parquet"
    out.write_bytes(b"mine")
    with pytest.raises(UserError, match=r"grades.parquet exists and no grades.parquet.parts to go on from"):
        begin(out, config())
    begin(out, config(), restart=True)
    assert out.read_bytes() == b"mine"


def test_two_commands_do_not_write_to_one_file(tmp_path: Path) -> None:
    out = tmp_path / "grades.parquet"
    with opened_parts(out, job(config()), restart=False) as parts:
        with RecordLog(parts, "m", num_completions=1) as log:
            log.append(1, num_tokens=1, scores=[0.0])
        with pytest.raises(UserError, match="another rlcs grade writes to .*; wait for its end, or name another --out"):
            begin(out, config(), restart=True)
        assert len(log.read()) == 1
