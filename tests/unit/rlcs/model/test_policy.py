"""Loading a policy: code that comes with a checkpoint runs only where that was allowed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch

from rlcs.config.schema import ImagesConfig, ModelConfig
from rlcs.errors import UserError
from rlcs.model.files import load_preprocessing, resolve_model_path
from rlcs.model.policy import load_model
from rlcs.process.environment import prepare_process

OWN_CODE = """
from transformers import Qwen2Config, Qwen2ForCausalLM

class OwnConfig(Qwen2Config):
    model_type = "own"

class OwnModel(Qwen2ForCausalLM):
    config_class = OwnConfig
"""
OWN_CLASSES = {"model_type": "own", "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}}


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny policy as a model whose architecture transformers does not know: its code lies beside the weights."""
    prepare_process()
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "code"))
    folder = tmp_path / "model"
    shutil.copytree(resolve_model_path("tiny://text"), folder)
    (folder / "own.py").write_text(OWN_CODE)
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | OWN_CLASSES))
    return str(folder)


def test_code_of_the_checkpoint_runs_where_it_is_trusted(own_model: str) -> None:
    trusted = ModelConfig(path=own_model, trust_remote_code=True)
    assert load_preprocessing(trusted, ImagesConfig(), own_model).images is None
    loaded = load_model(own_model, trusted, dtype=torch.float32, packed=False)
    shipped = load_model(str(resolve_model_path("tiny://text")), trusted, dtype=torch.float32, packed=False)
    assert type(loaded).__name__ == "OwnModel"
    ids = torch.tensor([[5, 6, 7]])
    assert torch.equal(loaded(input_ids=ids).logits, shipped(input_ids=ids).logits)


def test_elsewhere_it_does_not_and_the_setting_is_told(own_model: str) -> None:
    with pytest.raises(UserError, match=r"model.trust_remote_code=true"):
        load_preprocessing(ModelConfig(path=own_model), ImagesConfig(), own_model)
    with pytest.raises(ValueError, match="trust_remote_code"):
        load_model(own_model, ModelConfig(path=own_model), dtype=torch.float32, packed=False)
