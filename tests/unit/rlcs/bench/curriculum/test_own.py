"""A person's configuration as what the benchmark trains: named like `--config` of any command, or a file of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlcs.bench.curriculum.own import OwnConfig
from rlcs.config.load import find_config
from rlcs.errors import UserError


def test_a_shipped_configuration_goes_by_its_name_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "runs/smollm2_sft/model").mkdir(parents=True)
    config = OwnConfig(Path("smollm2_bench"), base=tmp_path).load()
    assert config.run.name == "smollm2_bench"
    assert config.model.path == str(tmp_path / "runs/smollm2_sft/model")


def test_a_file_of_theirs_comes_before_a_shipped_one_of_that_name(tmp_path: Path) -> None:
    shipped = find_config(Path("tiny_text")).read_text(encoding="utf-8")
    (tmp_path / "tiny_text.yaml").write_text(shipped.replace("name: tiny_text", "name: mine"))
    assert OwnConfig(Path("tiny_text.yaml"), base=tmp_path).load().run.name == "mine"


def test_what_is_neither_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no configuration file smollm3; .*smollm2_bench"):
        OwnConfig(Path("smollm3"), base=tmp_path).load()
