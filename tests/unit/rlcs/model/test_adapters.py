from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rlcs.config.schema import LoraConfig, ModelConfig
from rlcs.errors import UserError
from rlcs.model.adapters import adapter_names, shortened, write_adapter, write_adapter_config, write_merged
from rlcs.model.lora import add_adapters, whole
from rlcs.process.environment import prepare_process

prepare_process()


def written(folder: Path, base: str, settings: LoraConfig) -> dict[str, torch.Tensor]:
    """Write an adapter of the tiny policy into a folder, as training might leave it; return the merged weights."""
    from rlcs.model.files import resolve_model_path
    from rlcs.model.policy import load_model

    path = str(resolve_model_path("tiny://text"))
    model = load_model(path, ModelConfig(path=path), dtype=torch.float32, packed=False)
    torch.manual_seed(3)
    add_adapters(model, settings)
    names = adapter_names(model)
    with torch.no_grad():
        for name in names:
            model.get_parameter(name).add_(0.1 * torch.randn_like(model.get_parameter(name)))
    folder.mkdir()
    write_adapter(folder, {name: model.get_parameter(name).detach() for name in names})
    write_adapter_config(folder, model, settings, base=base or path)
    return whole(model, [name for name in model.state_dict() if name not in names])


def test_names_and_configuration_are_those_of_peft(tmp_path: Path) -> None:
    written(tmp_path / "adapter", "owner/base", LoraConfig(rank=2, alpha=8.0, targets=["q_proj", "down_proj"]))
    tensors = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"].shape == (2, 128)
    assert tensors["base_model.model.model.layers.3.mlp.down_proj.lora_B.weight"].shape == (128, 2)
    assert len(tensors) == 4 * 2 * 2
    config = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "owner/base" and config["peft_type"] == "LORA"
    assert (config["r"], config["lora_alpha"], config["target_modules"]) == (2, 8.0, ["down_proj", "q_proj"])


def test_an_adapter_on_disk_makes_a_model_of_its_base(tmp_path: Path) -> None:
    expected = written(tmp_path / "adapter", "", LoraConfig(rank=2, alpha=8.0))
    (tmp_path / "adapter" / "tokenizer.json").write_text("{}")
    write_merged(tmp_path / "adapter", tmp_path / "model")
    found = load_file(tmp_path / "model" / "model.safetensors")
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert {file.name for file in (tmp_path / "model").iterdir()} == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
    }


def test_a_base_that_is_gone_is_told_of(tmp_path: Path) -> None:
    written(tmp_path / "adapter", str(tmp_path / "gone"), LoraConfig(rank=2))
    with pytest.raises(UserError, match=r"cannot load the base of .*adapter=.*gone"):
        write_merged(tmp_path / "adapter", tmp_path / "model")


def test_names_are_shortened_where_that_says_the_same() -> None:
    everything = ["a.q", "a.k", "b.q", "b.k", "patches.q"]
    assert shortened(["a.k", "b.k"], everything) == ["k"]
    assert shortened(["a.q", "b.q"], everything) == ["a.q", "b.q"], "patches.q is not one of them"
