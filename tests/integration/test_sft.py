"""`rlcs sft` as people run it: the cold start of the tiny policy, on real DeepSpeed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import torch
from rlcs_command import descendants, finish, metrics, output_of, rlcs, start, still_alive, wait_for
from safetensors.torch import load_file

from rlcs.process.environment import prepare_process

pytestmark = pytest.mark.timeout(600)
prepare_process()


def command(folder: Path, count: int, *more: str) -> list[str]:
    traces = f"data.train.0.path=tiny://traces?levels=1-3&count={count}"
    return rlcs("sft", "tiny_text", f"run.dir={folder}", traces, *more)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sft") / "run"
    finish(folder, command(folder, 960))
    return folder


def test_the_loss_falls_and_every_trace_is_used_once(trained: Path) -> None:
    records = metrics(trained)
    assert list(records) == list(range(1, 31))
    assert records[1]["policy/loss"] > 5.0, "266 tokens, freshly initialised: about ln 266 = 5.6"
    assert records[30]["policy/loss"] < 0.5 * records[1]["policy/loss"]


def test_the_model_loads_in_transformers_and_has_its_tokenizer(trained: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(trained / "model")
    model = AutoModelForCausalLM.from_pretrained(trained / "model")
    assert tokenizer.decode(tokenizer("<think>1+2=3</think>")["input_ids"]) == "<think>1+2=3</think>"
    assert len(tokenizer) == model.config.vocab_size


@pytest.mark.release
def test_the_same_configuration_gives_the_same_weights(trained: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    finish(again, command(again, 960))
    expected, found = (load_file(folder / "model" / "model.safetensors") for folder in (trained, again))
    assert list(expected) == list(found)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_run_stopped_by_ctrl_c_goes_on_and_ends_with_the_same_weights(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(folder, command(folder, 960))
    wait_for(lambda: 3 in metrics(folder), process, folder)
    started = descendants(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130, output_of(folder)
    assert "stopped after update" in output_of(folder) and "--resume" in output_of(folder)
    assert still_alive(started) == []
    assert len(metrics(folder)) < 30, "it was stopped on the way"
    finish(folder, command(folder, 960, "--resume"))
    assert {step: one["policy/loss"] for step, one in metrics(folder).items()} == {
        step: one["policy/loss"] for step, one in metrics(trained).items()
    }
    expected, found = (load_file(path / "model" / "model.safetensors") for path in (trained, folder))
    assert all(torch.equal(expected[name], found[name]) for name in expected)
