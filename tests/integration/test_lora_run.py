"""A run with adapters (LoRA) beside the tiny policy, with real Ray, vLLM and DeepSpeed; its checkpoint, evaluated."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from rlcs_command import finish, metrics, rlcs

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lora") / "run"
    command = rlcs(
        "train", "quickstart", f"run.dir={folder}", "run.steps=2", "model.lora.rank=8", "curriculum.batch_size=8",
        "rollout.group_size=4", "eval.every=2",
    )  # fmt: skip
    finish(folder, command)
    return folder


def test_engines_run_what_the_adapters_make_of_the_base(run_folder: Path) -> None:
    gaps = [record["sync/max_logprob_gap"] for record in metrics(run_folder).values()]
    assert len(gaps) == 3 and max(gaps) < 1e-4
    assert all(record["policy/grad_norm"] > 0 for step, record in metrics(run_folder).items() if step)


def test_a_checkpoint_holds_the_adapter_and_evaluation_merges_it(run_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    checkpoint = run_folder / "checkpoints" / "step-000002"
    assert {path.name for path in checkpoint.iterdir()} == {"adapter", "learner", "state.json", "curriculum.parquet"}
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= {
        path.name for path in (checkpoint / "adapter").iterdir()
    }
    tensors = load_file(checkpoint / "adapter" / "adapter_model.safetensors")
    assert all(tensor.abs().max() > 0 for name, tensor in tensors.items() if "lora_B" in name), "some have not moved"
    evaluation = rlcs("eval", str(run_folder / "config.yaml"), "--checkpoint", str(run_folder))
    result = subprocess.run(evaluation, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if "│ all" in line]
    assert f"{metrics(run_folder)[2]['eval/all/pass@1']:.3f}" in line
    assert (checkpoint / "model" / "config.json").is_file()
