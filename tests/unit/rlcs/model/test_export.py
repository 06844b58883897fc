"""Weights as buckets and as safetensors files."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from rlcs.model.export import bucket_names, write_weights


class Tied(nn.Module):
    """An embedding, a layer with a saved and an unsaved buffer, and a head that is the embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 3)
        self.layer = nn.Linear(3, 3)
        self.layer.register_buffer("scale", torch.ones(1))
        self.layer.register_buffer("cache", torch.ones(1), persistent=False)
        self.head = nn.Linear(3, 4, bias=False)
        self.head.weight = self.embedding.weight


def test_buckets_hold_everything_once_in_order_up_to_their_size() -> None:
    # Bytes: embedding 48, layer.weight 36, layer.bias 12, layer.scale 4.
    assert bucket_names(Tied(), 52) == [["embedding.weight"], ["layer.weight", "layer.bias", "layer.scale"]]
    assert bucket_names(Tied(), 1) == [["embedding.weight"], ["layer.weight"], ["layer.bias"], ["layer.scale"]]


def test_a_small_model_is_one_file(tmp_path: Path) -> None:
    write_weights(tmp_path, [[("a", torch.arange(3.0))], [], [("b", torch.ones(2, 2).T)]])
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
    loaded = load_file(tmp_path / "model.safetensors")
    assert loaded["a"].tolist() == [0.0, 1.0, 2.0] and loaded["b"].shape == (2, 2)


def test_a_large_model_is_numbered_shards_with_an_index(tmp_path: Path) -> None:
    tensors = [(f"t{number}", torch.full((4,), float(number))) for number in range(5)]
    write_weights(tmp_path, [tensors[:3], tensors[3:]], shard_bytes=32)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 80
    assert sorted(set(index["weight_map"].values())) == [f"model-0000{k}-of-00003.safetensors" for k in (1, 2, 3)]
    for name, tensor in tensors:
        assert torch.equal(load_file(tmp_path / index["weight_map"][name])[name], tensor)
