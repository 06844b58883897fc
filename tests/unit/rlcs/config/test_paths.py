"""Paths become absolute before the run changes into its folder."""

from __future__ import annotations

from pathlib import Path

from rlcs.config.paths import resolve_paths
from rlcs.config.schema import Config, DataConfig, ModelConfig, RunConfig, SftConfig, SourceConfig


def config_of(**sections: object) -> Config:
    return Config(**{"model": ModelConfig(path="org/model"), **sections})  # type: ignore[arg-type]


def test_the_run_folder_is_runs_and_the_name(tmp_path: Path) -> None:
    assert resolve_paths(config_of(run=RunConfig(name="n")), base=tmp_path).run.dir == f"{tmp_path}/runs/n"
    assert resolve_paths(config_of(run=RunConfig(dir="here")), base=tmp_path).run.dir == f"{tmp_path}/here"
    assert resolve_paths(config_of(run=RunConfig(dir="/there")), base=tmp_path).run.dir == "/there"


def test_a_model_folder_becomes_absolute_and_a_hub_name_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert resolve_paths(config_of(model=ModelConfig(path="folder")), base=tmp_path).model.path == f"{tmp_path}/folder"
    for name in ("org/model", "tiny://text"):
        assert resolve_paths(config_of(model=ModelConfig(path=name)), base=tmp_path).model.path == name


def test_data_files_become_absolute_and_datasets_names_stay(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    paths = ["a.jsonl", "sub/*.parquet", "./x", "folder", "openai/gsm8k", "tiny://addition?levels=1-4", "/abs.json"]
    sources = [SourceConfig(name=str(number), path=path) for number, path in enumerate(paths)]
    resolved = resolve_paths(config_of(data=DataConfig(train=sources[:3], eval=sources[3:])), base=tmp_path)
    assert [source.path for source in [*resolved.data.train, *resolved.data.eval]] == [
        f"{tmp_path}/a.jsonl", f"{tmp_path}/sub/*.parquet", f"{tmp_path}/x", f"{tmp_path}/folder",
        "openai/gsm8k", "tiny://addition?levels=1-4", "/abs.json",
    ]  # fmt: skip


def test_other_files_become_absolute_and_modules_stay(tmp_path: Path) -> None:
    source = SourceConfig(name="a", path="a.jsonl", grades="g.parquet")
    config = config_of(
        model=ModelConfig(path="m", chat_template="chat.jinja"), data=DataConfig(train=[source]),
        sft=SftConfig(out="out"), plugins=["mine.py", "package.module"],
    )  # fmt: skip
    resolved = resolve_paths(config, base=tmp_path)
    assert resolved.data.train[0].grades == f"{tmp_path}/g.parquet"
    assert resolved.model.chat_template == f"{tmp_path}/chat.jinja"
    assert resolved.sft.out == f"{tmp_path}/out"
    assert resolved.plugins == [f"{tmp_path}/mine.py", "package.module"]


def test_home_is_understood_and_the_original_is_left_alone(tmp_path: Path) -> None:
    config = config_of(data=DataConfig(train=[SourceConfig(name="a", path="~/a.jsonl")]))
    assert resolve_paths(config, base=tmp_path).data.train[0].path == str(Path.home() / "a.jsonl")
    assert config.data.train[0].path == "~/a.jsonl"
