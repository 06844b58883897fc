"""What a machine of a cluster lacks, told in words before anything loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.process.nodes import Wanted, files_of, problems_here, remove_probe, versions_here, write_probe


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / ".cache").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"12345")
    (folder / ".lock").touch()
    return folder


def wanted(folder: Path | str, files: dict[str, int], **more: object) -> Wanted:
    return Wanted(
        folders={"model.path": (str(folder), files)},
        modules=more.get("modules", ()),  # type: ignore[arg-type]
        versions=more.get("versions", {}),  # type: ignore[arg-type]
    )


def test_the_files_of_a_model_are_those_that_are_not_hidden(model: Path) -> None:
    assert files_of(model) == {"config.json": 2, "model.safetensors": 5}


def test_a_machine_that_has_everything_lacks_nothing(model: Path) -> None:
    assert problems_here(wanted(model, files_of(model), modules=("json",), versions=versions_here())) == []


def test_a_missing_folder_a_missing_file_and_another_file_are_told(model: Path) -> None:
    (problem,) = problems_here(wanted("/no/where", {}))
    assert problem.startswith("has no folder /no/where (model.path): copy it there")
    (problem,) = problems_here(wanted(model, {"config.json": 2, "tokenizer.json": 7}))
    assert problem.startswith(f"has no file {model}/tokenizer.json (model.path)")
    (problem,) = problems_here(wanted(model, {"model.safetensors": 6000}))
    assert problem.startswith(f"has another {model}/model.safetensors, of 5 bytes and not 6,000 (model.path)")


def test_plug_ins_and_versions_must_be_there(model: Path) -> None:
    problems = problems_here(wanted(model, {}, modules=("not_installed.losses",), versions={"torch": "1.0"}))
    assert problems[0] == "cannot import the plug-in not_installed.losses: install it there too"
    assert problems[1].endswith("and not 1.0: install the same everywhere") and problems[1].startswith("has torch 2")


def test_builds_of_one_version_are_the_same() -> None:
    assert versions_here()["torch"].replace(".", "").isdigit()


def test_a_probe_is_written_where_the_folder_is_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "probe"
    assert write_probe(str(file)) is None and file.is_file()
    remove_probe(str(file))
    remove_probe(str(file))
    assert not file.exists()
    assert write_probe(str(tmp_path / "run" / "probe")) == f"it has no folder {tmp_path / 'run'}"
    assert not (tmp_path / "run").exists()
    (tmp_path / "taken").mkdir()
    assert write_probe(str(tmp_path / "taken")) == f"it cannot write into {tmp_path}: Is a directory"
