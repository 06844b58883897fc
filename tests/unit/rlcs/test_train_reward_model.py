"""Where a trained reward model is written, and what lies beside its weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rlcs.config.schema import Config, LoraConfig, ModelConfig, PreferencesConfig
from rlcs.errors import UserError
from rlcs.model.files import load_tokenizer, resolve_model_path
from rlcs.process.environment import prepare_process
from rlcs.reward_models.catalogue import FILE
from rlcs.reward_models.pairs import Pair
from rlcs.run.epochs import Epochs
from rlcs.train_reward_model import PreferenceData, Training, start

TEXT = ModelConfig(path="tiny://text")
EPOCHS = Epochs(what="pairs", num_items=1, batch_size=1, epochs=1.0, seed=0, section="preferences")


class Learners:
    """Stands for the ranks: the chosen response has a value of 3, the rejected one of 1."""

    def rate(self, pairs: Sequence[Pair]) -> list[float]:
        return [3.0, 1.0] * len(pairs)

    def save_model(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "model.safetensors").touch()


@pytest.mark.parametrize("out", [None, "mine"])
def test_the_model_goes_where_it_was_asked_with_tokenizer_and_scale(tmp_path: Path, out: str | None) -> None:
    prepare_process()
    config = Config(model=TEXT, preferences=PreferencesConfig(out=out and str(tmp_path / out)))
    learners: Any = Learners()
    folder: Any = SimpleNamespace(path=tmp_path / "run")
    state: Any = None
    data = PreferenceData(train=[], held_out=[Pair((5, 6), (5, 7))])
    tokenizer = load_tokenizer(TEXT, resolve_model_path(TEXT.path))
    written, found = Training(config, folder, learners, data, tokenizer, EPOCHS, state).write_model()
    assert written == tmp_path / (out or "run/model")
    assert {"model.safetensors", "tokenizer.json", FILE} <= {file.name for file in written.iterdir()}
    assert (json.loads((written / FILE).read_text())["mean"], found["eval/accuracy"]) == (2.0, 1.0)


def test_adapters_are_refused() -> None:
    config = Config(model=ModelConfig(path="tiny://text", lora=LoraConfig(rank=8)))
    with ExitStack() as stack, pytest.raises(UserError, match=r"trains all weights.*; set model\.lora\.rank=0"):
        start(config, stack, resume=False)
