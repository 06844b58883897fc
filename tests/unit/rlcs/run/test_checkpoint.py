import json
from pathlib import Path
from typing import Any

import pytest

from rlcs.config.schema import Config, LearnerConfig, LoraConfig, ModelConfig
from rlcs.errors import UserError
from rlcs.run import checkpoint


def write_model(folder: Path) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "weights.bin").write_bytes(b"12345")


def save(run_folder: Path, step: int, **state: Any) -> Path:
    """Write a whole checkpoint."""
    final = run_folder / "checkpoints" / checkpoint.folder_name(step)
    partial = checkpoint.begin(final)
    write_model(partial)
    (partial / "state.json").write_text(json.dumps(state))
    checkpoint.complete(partial, final, keep=2)
    return final


def test_a_checkpoint_holds_state_and_files(tmp_path: Path) -> None:
    saved = save(tmp_path, 10, says="hello")
    assert saved.name == "step-000010"
    assert checkpoint.read_state(saved) == {"says": "hello"}
    assert (saved / "model" / "weights.bin").read_bytes() == b"12345"


def test_a_checkpoint_is_whole_or_absent(tmp_path: Path) -> None:
    save(tmp_path, 1)
    final = tmp_path / "checkpoints" / "step-000002"
    partial = checkpoint.begin(final)
    (partial / "state.json").write_text("{}")
    assert [path.name for path in checkpoint.all_checkpoints(tmp_path)] == ["step-000001"]
    checkpoint.complete(partial, final, keep=0)
    assert checkpoint.latest(tmp_path) == final


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (9, 10, 100):
        save(tmp_path, step)
    assert [path.name for path in checkpoint.all_checkpoints(tmp_path)] == ["step-000010", "step-000100"]


def test_saving_a_step_again_replaces_it(tmp_path: Path) -> None:
    for number in (1, 2):
        saved = save(tmp_path, 1, number=number)
    assert checkpoint.latest(tmp_path) == saved
    assert checkpoint.read_state(saved)["number"] == 2


def test_resolve_takes_a_run_folder_or_a_checkpoint_and_explains_anything_else(tmp_path: Path) -> None:
    saved = save(tmp_path, 3)
    assert checkpoint.resolve(tmp_path) == saved
    assert checkpoint.resolve(saved) == saved
    with pytest.raises(UserError, match="holds no checkpoint"):
        checkpoint.resolve(saved / "model")


def test_what_an_interrupted_save_or_removal_left_goes_at_the_next_save(tmp_path: Path) -> None:
    root = tmp_path / "checkpoints"
    for name in (".step-000007.partial", ".step-000003.old"):
        write_model(make(root / name))
    assert checkpoint.all_checkpoints(tmp_path) == []
    save(tmp_path, 9)
    assert [path.name for path in root.iterdir()] == ["step-000009"]


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def saved_by(config: Config, folder: Path, *files: str) -> Path:
    """A checkpoint whose learner wrote these files."""
    saved = save(folder, 1, learner=checkpoint.learner_shape(config))
    state = make(saved / "learner" / "state")
    for file in files:
        (state / file).touch()
    return saved


def test_a_learner_of_another_shape_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config(learner=LearnerConfig(num_workers=2, zero_stage=3))
    saved = saved_by(config, tmp_path, "rank-00000-of-00002.safetensors", "rank-00001-of-00002.safetensors")
    checkpoint.check_shape(saved, config)
    assert capsys.readouterr().out == ""
    checkpoint.check_shape(saved, Config(learner=LearnerConfig(num_workers=1, zero_stage=1)))
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("step-000001: the learner's state is dealt anew, ")
    assert said.endswith("learner.num_workers from 2 to 1, learner.zero_stage from 3 to 1")


def test_a_checkpoint_of_the_first_release_fits_one_shape(tmp_path: Path) -> None:
    config = Config(learner=LearnerConfig(num_workers=2, zero_stage=3))
    saved = saved_by(config, tmp_path, "rank-00000.pt", "rank-00001.pt")
    checkpoint.check_shape(saved, config)
    with pytest.raises(UserError, match="by RLCS 0.1.0 and fits learner.zero_stage=3 only; set it back until the next"):
        checkpoint.check_shape(saved, Config(learner=LearnerConfig(num_workers=2, zero_stage=1)))


def test_an_adapter_takes_the_place_of_the_model_or_stands_beside_it() -> None:
    kept = {
        tuple(path.name for path in checkpoint.model_folders(Path("step-000001"), lora))
        for lora in (LoraConfig(), LoraConfig(rank=8), LoraConfig(rank=8, save_merged=True))
    }
    assert kept == {("model",), ("adapter",), ("adapter", "model")}


def test_an_adapter_goes_on_beside_the_base_that_it_was_trained_beside(tmp_path: Path) -> None:
    config = Config(model=ModelConfig(path="owner/base", lora=LoraConfig(rank=8)))
    learner = {**checkpoint.learner_shape(config), **checkpoint.base_of_adapters(config)}
    saved = save(tmp_path, 1, learner=learner)
    checkpoint.check_shape(saved, config)
    with pytest.raises(UserError, match="holds an adapter to model.path=owner/base, now it is other/base; set it back"):
        checkpoint.check_shape(saved, Config(model=ModelConfig(path="other/base", lora=LoraConfig(rank=8))))
