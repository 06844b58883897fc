"""What the workers of a job read from the disk of whatever machine they run on."""

from __future__ import annotations

from pathlib import Path

from rlcs.config.schema import Config, ModelConfig
from rlcs.run.nodes import wanted_by
from rlcs.run.placement import learning_job, training_job


def test_models_are_looked_for_file_by_file_and_plug_ins_that_are_modules() -> None:
    config = Config(model=ModelConfig(path="tiny://text"), plugins=["mine.py", "their.losses"])
    wanted = wanted_by(training_job(config))
    folder, files = wanted.folders["model.path"]
    assert Path(folder).is_dir() and files["model.safetensors"] > 10**6
    assert wanted.modules[-1] == "their.losses" and "mine.py" not in wanted.modules, "files go with the call"
    assert {"rlcs", "torch"} <= wanted.versions.keys()


def test_a_model_of_the_hub_is_each_machine_s_own_affair() -> None:
    assert wanted_by(learning_job(Config(), "owner/name", out=None)).folders == {}


def test_ranks_write_into_the_run_folder_and_where_the_model_is_to_be() -> None:
    config = Config()
    config.run.dir = "/runs/a"
    assert learning_job(config, "owner/name", out="/models/b").outputs == [Path("/runs/a"), Path("/models/b")]
    assert learning_job(config, "owner/name", out=None).outputs == [Path("/runs/a")]
