"""Every configuration that is shipped is whole: as it stands where it runs here, else beside a person's own files."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from places import ROOT
from videos import encoded

from rewards.sandbox.browser import find_program
from rlcs import demonstrate
from rlcs.check import run, run_reward_model, run_sft
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.run.preflight import prepare
from rollout.environments.miniwob.environment import check_miniwob

CONFIGS = ROOT / "configs"
AS_THEY_STAND: dict[str, Callable[[Config], None]] = {
    "quickstart": run,
    "grounding": run,
    "ocr": run,
    "gui": run,
    "video": run,
    "tiny_text": run_sft,
    "reward_model": run_reward_model,
}
WITH_A_MODEL: dict[str, Callable[[Config], None]] = {"smollm2": run, "smollm2_bench": run, "smollm2_sft": run_sft}
"""Those for the model that `make smollm2` fetches."""
WITH_PAGES: dict[str, Callable[[Config], None]] = {"miniwob": run, "miniwob_sft": run_sft}
"""Those that play, or need a file of what was played, in pages of MiniWoB++."""
AFTER_DEMONSTRATIONS = ("planning", "tools")
"""Those whose cold start, of the same name and _sft, imitates experts."""
BY_A_FEW_TASKS: dict[str, Callable[[Config], None]] = {
    "webpage": run,
    "rlcs": run,
    "tiny_vision": run_sft,
    "tiny_all_domains": run_sft,
}
"""Those of many sources or tasks; what shows pages needs Chromium."""
WITH_FILES = ("stem", "glm4.1v_9b", "qwen_vl_7b")
NEEDS_A_RUN = {"general", "curriculum_bench"}
"""The first trains on the ratings of a model that another run makes, the second is completed by the bench."""

ROWS: dict[str, dict[str, Any]] = {
    "boxes": {"question": "where is the cup?", "boxes": [[20, 10, 60, 40]]},
    "counts": {"question": "how many cups?", "count": 3},
    "text": {"question": "read", "text": "EXIT 24"},
    "charts": {"question": "sum?", "answer": "12.5"},
    "screens": {"instruction": "open it", "action": {"action_type": "click", "box_2d": [[100, 100, 200, 200]]}},
    "stem": {"question": "1 + 1 =", "answer": "2", "subject": "sums"},
    "questions": {"question": "1 + 1 =", "answer": "so #### 2"},
    "moments": {"question": "when is it light?", "span": [0.5, 1.5], "video": "a.mp4"},
    "pages": {"question": "write it", "html": "<!doctype html><html><body><p>hello</p></body></html>"},
    "chat": {"question": "hello"},
}


def test_no_configuration_is_forgotten() -> None:
    cold_starts = {f"{name}_sft" for name in AFTER_DEMONSTRATIONS}
    others = {*WITH_A_MODEL, *WITH_PAGES, *AFTER_DEMONSTRATIONS, *BY_A_FEW_TASKS}
    runs_here = {*AS_THEY_STAND, *others, *cold_starts}
    assert {file.stem for file in CONFIGS.glob("*.yaml")} == runs_here | {*WITH_FILES, *NEEDS_A_RUN}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLCS_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", AS_THEY_STAND)
def test_a_configuration_that_runs_here_is_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check = AS_THEY_STAND[name]
    check(prepare(CONFIGS / f"{name}.yaml", [], is_judged=check is run))
    assert capsys.readouterr().out.endswith("the configuration is whole\n")


@pytest.mark.parametrize("name", WITH_A_MODEL)
def test_a_configuration_for_a_fetched_model_is_whole_beside_another(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check = WITH_A_MODEL[name]
    # A token a character: prompts are several times as long.
    changes = ["model.path=tiny://text", "data.max_prompt_tokens=600"]
    check(prepare(CONFIGS / f"{name}.yaml", changes, is_judged=check is run))
    assert capsys.readouterr().out.endswith("the configuration is whole\n")


@pytest.mark.parametrize("name", WITH_PAGES)
def test_a_configuration_for_pages_is_whole(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        check_miniwob(walls="best", scale=1.0, max_turns=1, seconds=1.0, browser="")
    except UserError as error:
        pytest.skip(str(error))
    pieces = [{"text": "Click the button.", "image": None}]
    turn = {"text": "<answer>left_click(start_box='[1,2]')</answer>", "shown": [], "fresh": False}
    pq.write_table(pa.Table.from_pylist([{"opening": pieces, "turns": [turn]}]), tmp_path / "won.parquet")
    path = "miniwob://click-test?seeds=0-1" if name == "miniwob" else str(tmp_path / "won.parquet")
    check = WITH_PAGES[name]
    changes = [f"data.train.0.path={path}", "data.eval=[]", "model.path=tiny://vision"]
    check(prepare(CONFIGS / f"{name}.yaml", changes, is_judged=check is run))
    assert capsys.readouterr().out.endswith("the configuration is whole\n")


@pytest.mark.parametrize("name", AFTER_DEMONSTRATIONS)
def test_a_configuration_is_whole_beside_what_its_experts_won(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "planning":
        pytest.importorskip("textarena", reason="the extra rlcs[textarena]")
    config = prepare(CONFIGS / f"{name}.yaml", ["model.path=tiny://text"])
    run(config)
    assert capsys.readouterr().out.endswith("the configuration is whole\n")
    few = [replace(source, path=few_of(source.path)) for source in config.data.train]
    won = tmp_path / "won.parquet"
    demonstrate.run(replace(config, data=replace(config.data, train=few)), out=won)
    run_sft(prepare(CONFIGS / f"{name}_sft.yaml", [f"data.train.0.path={won}"], is_judged=False))
    assert capsys.readouterr().out.endswith("the configuration is whole\n")


@pytest.mark.parametrize("name", BY_A_FEW_TASKS)
def test_a_large_configuration_is_whole_by_a_few_tasks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check = BY_A_FEW_TASKS[name]
    if check is run:
        try:
            find_program()
        except UserError as error:
            pytest.skip(str(error))
    config = prepare(CONFIGS / f"{name}.yaml", [], is_judged=check is run)
    sources = [replace(source, path=few_of(source.path)) for source in config.data.train]
    check(replace(config, data=replace(config.data, train=sources)))
    assert capsys.readouterr().out.endswith("the configuration is whole\n")


def few_of(path: str) -> str:
    """Return the path of the first rows of a generated source."""
    return re.sub("seeds=0-[0-9]+", "seeds=0-1", re.sub("count=[0-9]+", "count=6", path))


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_configuration_for_gpus_is_whole_beside_files_of_yours(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = prepare(CONFIGS / f"{name}.yaml", [])
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(picture, "PNG")
    (tmp_path / "a.png").write_bytes(picture.getvalue())
    (tmp_path / "a.mp4").write_bytes(encoded(20))
    changes = ["model.path=tiny://vision", "reward_models={helpful: {path: 'tiny://reward'}}"]
    for number, source in enumerate(config.data.train):
        file = tmp_path / f"{source.name}.jsonl"
        file.write_text(json.dumps({**ROWS[source.name], "images": ["a.png"]}) + "\n")
        changes.append(f"data.train.{number}.path={file}")
    run(
        prepare(
            CONFIGS / f"{name}.yaml", [one for one in changes if config.reward_models or "reward_models" not in one]
        )
    )
    output = capsys.readouterr().out
    assert output.count("1 as expected") == len(config.data.train)
    assert output.endswith("the configuration is whole\n")
