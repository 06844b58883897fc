"""A reward model: a Hugging Face sequence classifier with one output, on packed or padded conversations.

The value of a conversation is read at its last token that is not the padding token, as transformers does it, so that
both layouts and transformers itself give the same numbers.

Legend: T tokens of the batch, S conversations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError
from rlcs.model.attention import NAME as BLOCK_ATTENTION
from rlcs.model.policy import load_model, packed_inputs, padded_rows, suits_block_attention
from rlcs.reward_models.pairs import ConversationBatch

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel


class RewardModule(nn.Module):
    """A sequence classifier whose forward pass gives one value a conversation."""

    def __init__(self, model: PreTrainedModel, *, layout: str) -> None:
        """layout: packed, padded, or auto: packed where the model allows it."""
        super().__init__()
        able = _can_be_packed(model)
        if layout == "shared":
            raise UserError("learner.packing=shared is for policies; set it to packed, padded or auto")
        if layout == "packed" and not able:
            name = type(model).__name__
            raise UserError(f"learner.packing=packed does not fit {name}; set it to padded or auto")
        self.model = model
        self.layout = "packed" if layout != "padded" and able else "padded"
        self.padding: int = model.config.get_text_config().pad_token_id

    def forward(self, batch: ConversationBatch) -> Tensor:
        """Return the values [S], float32."""
        values = self._packed(batch) if self.layout == "packed" else self._padded(batch)
        return values.float()

    def _packed(self, batch: ConversationBatch) -> Tensor:
        """All conversations in one row; attention stays inside each."""
        inputs = packed_inputs(self.model, batch.input_ids, batch.lengths)
        hidden = self.model.base_model(**inputs, use_cache=False).last_hidden_state[0]
        head: nn.Module = self.model.score  # type: ignore[assignment]  # declared Tensor or Module
        values: Tensor = head(hidden[last_places(batch, self.padding)])
        return values[:, 0]

    def _padded(self, batch: ConversationBatch) -> Tensor:
        """[S, L] rows, through the model's own forward pass."""
        input_ids, real = padded_rows(batch.input_ids, batch.lengths, filler=self.padding)
        values: Tensor = self.model(input_ids=input_ids, attention_mask=real.long()).logits
        return values[:, 0]


def last_places(batch: ConversationBatch, padding: int) -> Tensor:
    """Return where in the packed row each conversation has its last token that is not padding, [S]."""
    places = torch.arange(len(batch.input_ids), device=batch.input_ids.device)
    found, start = [], 0
    for part in torch.split(torch.where(batch.input_ids == padding, -1, places), list(batch.lengths)):
        found.append(part.max().clamp(min=start))
        start += len(part)
    return torch.stack(found)


def load_reward_model(
    path: str, settings: ModelConfig, *, dtype: torch.dtype, layout: str, tokenizer: Any
) -> RewardModule:
    """Load a sequence classifier, or a language model that gets a new head of one output."""
    model = load_model(path, settings, dtype=dtype, packed=False, head="SequenceClassification", num_labels=1)
    text_config = model.config.get_text_config()
    if text_config.pad_token_id is None:
        text_config.pad_token_id = padding_of(tokenizer)
    module = RewardModule(model, layout=layout)
    if module.layout == "packed" and settings.attention == "auto":
        model.set_attn_implementation(BLOCK_ATTENTION)
    return module


def padding_of(tokenizer: Any) -> int:
    """Return the token that fills up rows: the tokenizer's own, or the one that ends texts."""
    found = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    if found is None:
        raise UserError("the tokenizer of the reward model has neither a padding nor an end token; give it one")
    return int(found)


def classifier_fault(config: PretrainedConfig) -> str | None:
    """Return why a configuration is not that of a trained reward model, or None."""
    names = config.architectures or ["a model of unknown kind"]
    if not names[0].endswith("ForSequenceClassification"):
        return f"it is {names[0]}, which gives no rating; expected …ForSequenceClassification (see rlcs reward-model)"
    if config.num_labels != 1:
        return f"it has {config.num_labels} outputs; expected one"
    return None


def _can_be_packed(model: PreTrainedModel) -> bool:
    """Tell whether the value is a linear head on the last token of a causal model with plain attention."""
    from transformers.modeling_layers import GenericForSequenceClassification

    return isinstance(model, GenericForSequenceClassification) and suits_block_attention(model.config)
