"""A reward model gives the same values packed, padded and through transformers alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError
from rlcs.model.files import load_tokenizer, resolve_model_path
from rlcs.process.environment import prepare_process
from rlcs.reward_models.network import RewardModule, classifier_fault, load_reward_model, padding_of
from rlcs.reward_models.pairs import batch_of

prepare_process()
CPU = torch.device("cpu")
PADDING = 9
CONVERSATIONS = [(5, 6, 1), (5, 6, 2, 3), (7,), (4, 3, PADDING), tuple(range(40)), (PADDING, PADDING)]
"""Some end in the padding token, one is nothing else: the value is that of the last other token, or of the first."""


@pytest.fixture(scope="module")
def classifier() -> Any:
    """A Qwen2 sequence classifier whose weights are all away from their initial values."""
    from transformers import AutoModelForSequenceClassification, Qwen2Config

    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_config(
        Qwen2Config(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            vocab_size=48, num_labels=1, pad_token_id=PADDING,
        )
    )  # fmt: skip
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    return model.eval()


def values(model: Any, layout: str) -> Tensor:
    with torch.no_grad():
        found: Tensor = RewardModule(model, layout=layout)(batch_of(CONVERSATIONS, CPU))
    return found


def test_packed_padded_and_one_by_one_agree(classifier: Any) -> None:
    with torch.no_grad():
        alone = torch.cat([classifier(input_ids=torch.tensor([one])).logits[:, 0] for one in CONVERSATIONS])
    torch.testing.assert_close(values(classifier, "padded"), alone, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(values(classifier, "packed"), alone, atol=1e-5, rtol=1e-5)
    assert alone.std() > 0.01, "values that are all alike would agree whatever the code does"


@pytest.mark.parametrize("layout", ["packed", "padded", "auto"])
def test_a_language_model_gets_a_head_of_one_output(layout: str) -> None:
    path = str(resolve_model_path("tiny://text"))
    settings = ModelConfig(path=path)
    torch.manual_seed(3)
    tokenizer = load_tokenizer(settings, path)
    module = load_reward_model(path, settings, dtype=torch.float32, layout=layout, tokenizer=tokenizer)
    assert module.layout == ("padded" if layout == "padded" else "packed")
    texts = tokenizer(["<|user|>1+1=<|assistant|>2<|endoftext|>", "<|user|>1+1=<|assistant|>33<|endoftext|>"])
    conversations = [tuple(ids) for ids in texts["input_ids"]]
    together = module(batch_of(conversations, CPU))
    alone = torch.cat([module(batch_of([one], CPU)) for one in conversations])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    together.sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_a_model_that_sees_both_ways_is_never_packed() -> None:
    from transformers import BertConfig, BertForSequenceClassification

    model = BertForSequenceClassification(
        BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, vocab_size=48,
                   num_labels=1, pad_token_id=0)
    ).eval()  # fmt: skip
    assert RewardModule(model, layout="auto").layout == "padded"
    with torch.no_grad():
        together = RewardModule(model, layout="auto")(batch_of([(5, 6, 1), (7, 8)], CPU))
        alone = torch.cat([model(input_ids=torch.tensor([one])).logits[:, 0] for one in [(5, 6, 1), (7, 8)]])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    with pytest.raises(UserError, match="learner.packing=packed does not fit BertForSequenceClassification"):
        RewardModule(model, layout="packed")
    with pytest.raises(UserError, match="learner.packing=shared is for policies"):
        RewardModule(model, layout="shared")


def test_what_is_no_reward_model_is_told() -> None:
    from transformers import Qwen2Config

    def fault(**settings: Any) -> str:
        return classifier_fault(Qwen2Config(**settings)) or ""

    assert fault(architectures=["Qwen2ForSequenceClassification"], num_labels=1) == ""
    assert fault(architectures=["Qwen2ForSequenceClassification"], num_labels=3) == "it has 3 outputs; expected one"
    assert fault(architectures=["Qwen2ForCausalLM"]).startswith("it is Qwen2ForCausalLM, which gives no rating")
    assert fault().startswith("it is a model of unknown kind")


def test_rows_are_filled_up_with_the_padding_token_else_the_end_token() -> None:
    class Tokens:
        pad_token_id: int | None = None
        eos_token_id: int | None = 4

    tokenizer = Tokens()
    assert padding_of(tokenizer) == 4
    tokenizer.pad_token_id = 7
    assert padding_of(tokenizer) == 7
    tokenizer.pad_token_id = tokenizer.eos_token_id = None
    with pytest.raises(UserError, match="neither a padding nor an end token"):
        padding_of(tokenizer)


@pytest.fixture
def saved(classifier: Any, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that saves the classifier with the tokenizer of the tiny policy."""

    def save() -> Path:
        classifier.save_pretrained(tmp_path)
        return tmp_path

    return save


def test_a_saved_classifier_is_loaded_with_its_own_head(classifier: Any, saved: Callable[..., Path]) -> None:
    folder = str(saved())
    settings = ModelConfig(path=folder)
    module = load_reward_model(folder, settings, dtype=torch.float32, layout="auto", tokenizer=None)
    with torch.no_grad():
        found = module(batch_of(CONVERSATIONS, CPU))
    torch.testing.assert_close(found, values(classifier, "padded"), atol=1e-5, rtol=1e-5)
