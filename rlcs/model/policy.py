"""The policy: a Hugging Face model that gives, for flat packed tokens, the log-probability of each next token.

One module, one forward call per micro-step, so that DeepSpeed's ZeRO-3 hooks see everything. Three layouts of the same
samples give the same numbers:

    packed  one row, position ids restarting at 0, attention block by block (rlcs.model.attention); no token is wasted
    shared  packed, and the prompt of several completions stands once before them (rlcs.model.prompts)
    padded  one row a sample, filled up at the right

A vision-language model has positions in three dimensions (time, height, width) beside the ordinary ones, from which
transformers tells where a packed sample begins: four rows. Its vision tower runs once on each different image.

Legend: T tokens of the micro-step, N scored tokens (those that are trained on), S samples, L tokens of the longest, R
pieces of a packed row, D hidden size.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError, unknown_name
from rlcs.images import has_vision, image_tokens
from rlcs.model.attention import NAME as BLOCK_ATTENTION
from rlcs.model.attention import block_attention, make_blocks
from rlcs.model.batch import Images, MicroBatch
from rlcs.model.log_probs import TokenScorer, score_logits, without

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

LAYOUTS = ("shared", "packed", "padded")
LOGIT_SETTINGS = ("final_logit_softcapping", "logit_scale", "logits_scaling", "logits_soft_cap")
"""Configuration entries of models whose logits are more than the output head times the hidden state."""
ATTENTION_SETTINGS = ("attn_logit_softcapping", "attention_chunk_size")
"""Configuration entries of models whose attention block_attention does not compute."""
LAYER_TYPES = {"full_attention", "sliding_attention"}


def load_model(
    path: str, settings: ModelConfig, *, dtype: torch.dtype, packed: bool, head: str | None = None, **options: Any
) -> PreTrainedModel:
    """Load a model from a resolved folder, ready for training.

    head: that of a transformers' AutoModelFor…; by default the one that makes text, of images too where it has eyes.

    Call rlcs.process.environment.prepare_process before: transformers is imported here and not above for its sake.
    """
    import transformers

    transformers.AttentionInterface.register(BLOCK_ATTENTION, block_attention)
    asked = None if settings.attention == "auto" else settings.attention
    if head is None:
        config = transformers.AutoConfig.from_pretrained(path, trust_remote_code=settings.trust_remote_code)
        head = "ImageTextToText" if has_vision(config) else "CausalLM"
    model: PreTrainedModel = getattr(transformers, f"AutoModelFor{head}").from_pretrained(
        path,
        dtype=dtype,
        attn_implementation=asked or "sdpa",
        trust_remote_code=settings.trust_remote_code,
        **options,
    )
    if asked is None and packed and suits_block_attention(model.config):
        model.set_attn_implementation(_packed_attention(model.config))
    if settings.gradient_checkpointing:
        # The reentrant kind would run the layers' hooks in an order that ZeRO-3 does not expect.
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


def _packed_attention(config: PretrainedConfig) -> str | dict[str, str]:
    """Return block attention for the language model; the vision tower keeps its own, whose blocks are images.

    Without FlashAttention transformers calls SDPA once an image, in Qwen2.5-VL once a window of 64 patches.
    """
    from transformers.utils.import_utils import is_flash_attn_2_available

    if not has_vision(config):
        return BLOCK_ATTENTION
    fast = torch.cuda.is_available() and is_flash_attn_2_available() and config.dtype != torch.float32
    return {"text_config": BLOCK_ATTENTION, **({"vision_config": "flash_attention_2"} if fast else {})}


def suits_block_attention(config: PretrainedConfig) -> bool:
    """Tell whether all layers use plain causal attention, over everything or over a sliding window."""
    entries = config.get_text_config().to_dict()
    special = any(entries.get(name) is not None for name in ATTENTION_SETTINGS)
    return not special and set(entries.get("layer_types") or ()) <= LAYER_TYPES


def layout_of(model: PreTrainedModel, asked: str) -> str:
    """Return the layout for `learner.packing`; raises UserError where prompts are to be shared and cannot be.

    They can where attention is block attention, and nothing is dropped at random: copies of a prompt would each lose
    something else.
    """
    text_config = model.config.get_text_config()
    dropout = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    dropout.append(getattr(text_config, "attention_dropout", 0.0) or 0.0)
    able = text_config._attn_implementation == BLOCK_ATTENTION and not any(dropout)
    if asked == "shared" and not able:
        raise UserError(
            "learner.packing=shared needs model.attention=auto, a model of plain causal or sliding-window attention, "
            f"and no dropout, which {type(model).__name__} is not here; set it to packed or auto"
        )
    return ("shared" if able else "packed") if asked == "auto" else asked


class PolicyModel(nn.Module):
    """A causal language model with a forward pass made for reinforcement learning."""

    def __init__(self, model: PreTrainedModel, *, layout: str, temperature: float) -> None:
        super().__init__()
        if layout not in LAYOUTS:
            raise UserError(f"learner.packing={layout!r} is not a layout; set it to shared, packed, padded or auto")
        self.model = model
        self.layout = layout
        self.temperature = temperature
        self.never = image_tokens(model.config)
        self.scorer = None
        if _plain_head(model):
            self.scorer = TokenScorer(model.get_output_embeddings(), temperature=temperature, never=self.never)

    def forward(self, batch: MicroBatch, *, hidden: bool = False) -> tuple[Tensor, Tensor]:
        """Return log-probabilities [N] of `batch.targets` and entropies [N] (no gradient), float32.

        hidden: return the last hidden states [N, D] of `batch.predictors` in their place, and nothing [0] beside them;
        the output head is not computed. One call for both, since ZeRO-3 gathers parameters in this one alone.
        """
        inputs, places = self._padded(batch) if self.layout == "padded" else self._packed(batch)
        if batch.images is not None:
            inputs["mm_encoder_outputs"] = {"image": self._image_features(batch.images)}
        if self.scorer is None and not hidden:
            logits = self.model(**inputs, use_cache=False).logits.flatten(0, 1)[places]
            return score_logits(without(logits.float() / self.temperature, self.never), batch.targets)
        last = self.model.base_model(**inputs, use_cache=False).last_hidden_state
        chosen = last.flatten(0, 1).index_select(0, places)
        if hidden or self.scorer is None:
            return chosen, chosen.new_empty(0)
        scored: tuple[Tensor, Tensor] = self.scorer(chosen, batch.targets)
        return scored

    def _packed(self, batch: MicroBatch) -> tuple[dict[str, Any], Tensor]:
        """One row of T tokens; scored tokens stand where the batch says."""
        inputs = packed_inputs(self.model, batch.input_ids, batch.lengths, batch.continues)
        if batch.images is not None:
            positions = grid_positions(self.model, batch, batch.images)
            inputs["position_ids"] = torch.cat([inputs["position_ids"], positions])[:, None]
        return inputs, batch.predictors

    def _padded(self, batch: MicroBatch) -> tuple[dict[str, Any], Tensor]:
        """[S, L] rows. No mask: padding stands at the right, and a causal model never looks there."""
        assert set(batch.continues) == {None}, "padded samples have a prompt each"
        input_ids, real = padded_rows(batch.input_ids, batch.lengths, filler=0)
        inputs: dict[str, Any] = {"input_ids": input_ids}
        if batch.images is not None:
            positions = grid_positions(self.model, batch, batch.images)
            rows = [padded_rows(row, batch.lengths, filler=0)[0] for row in positions]
            # Counted through to the end of the row: a step back would look like the start of another sample.
            ordinary = torch.arange(input_ids.shape[1], device=input_ids.device).expand_as(input_ids)
            inputs["position_ids"] = torch.stack([ordinary, *rows])
        return inputs, real.flatten().nonzero().squeeze(1)[batch.predictors]

    def _image_features(self, images: Images) -> Any:
        """Run the vision tower on the different images and lay its features out in the order of the tokens."""
        base: Any = self.model.base_model
        found = base.get_image_features(images.pixel_values, images.grids, return_dict=True)
        found.pooler_output = tuple(found.pooler_output[number] for number in images.order)
        layers = getattr(found, "deepstack_features", None)
        if layers is not None:
            found.deepstack_features = [tuple(layer[number] for number in images.order) for layer in layers]
        return found


def grid_positions(model: PreTrainedModel, batch: MicroBatch, images: Images) -> Tensor:
    """Return the positions [3, T] of tokens in time, height and width, as vLLM counts them.

    Text goes on behind the largest position so far. transformers (5.19) agrees but for videos of Qwen2.5-VL, behind
    which it goes on from half of the longer side, however long the video is.
    """
    vision: Any = model.config.vision_config
    merge, per_second = vision.spatial_merge_size, getattr(vision, "tokens_per_second", 1.0)
    sizes = [(t, h // merge, w // merge) for t, h, w in images.grids.tolist()]
    of_row = [(sizes[number], images.seconds[number] * per_second) for number in images.order]
    is_image, firsts = images.is_image.cpu(), [0, *accumulate(images.counts)]
    found: list[Tensor] = []
    ends: list[int] = []
    for piece, marks in enumerate(is_image.split(list(batch.lengths))):
        prompt = batch.continues[piece]
        grids = of_row[firsts[piece] : firsts[piece + 1]]
        positions, end = _piece_positions(marks, grids, begin=0 if prompt is None else ends[prompt])
        found.append(positions)
        ends.append(end)
    return torch.cat(found, dim=1).to(batch.input_ids.device)


def _piece_positions(
    is_image: Tensor, grids: Sequence[tuple[tuple[int, int, int], float]], *, begin: int
) -> tuple[Tensor, int]:
    """Return positions [3, tokens] of a piece and the one after them.

    grids: tokens of each image in time, height and width, and what a step in time counts.
    Example, begin 5, text, 1 x 1 x 2, text: (5, 6, 6, 8), (5, 6, 6, 8), (5, 6, 7, 8), and 9 comes next.
    """
    places = is_image.nonzero()[:, 0].tolist()
    found: list[Tensor] = []
    done = taken = 0
    for (steps, height, width), step in grids:
        size, start = steps * height * width, places[taken]
        found.append(torch.arange(begin, begin + start - done).expand(3, -1))
        begin += start - done
        grid = torch.cartesian_prod(torch.arange(steps), torch.arange(height), torch.arange(width)).T.clone()
        grid[0] = (grid[0].double() * step).long()
        found.append(grid + begin)
        begin += int(grid.max()) + 1
        done, taken = start + size, taken + size
    assert taken == len(places), f"{len(places)} tokens of images, and their images have {taken}"
    rest = len(is_image) - done
    found.append(torch.arange(begin, begin + rest).expand(3, -1))
    return torch.cat(found, dim=1), begin + rest


def freeze_parts(model: PreTrainedModel, parts: Sequence[str]) -> None:
    """Take parts of the model out of training: vision (tower), merger (vision to language), language."""
    known = ("vision", "merger", "language") if has_vision(model.config) else ("language",)
    for part in parts:
        if part not in known:
            raise unknown_name("part in model.freeze", part, known)
    for name, parameter in model.named_parameters():
        if part_of(name) in parts:
            parameter.requires_grad_(False)


def part_of(name: str) -> str:
    """Return the part of the model that a parameter belongs to: vision, merger or language."""
    if "visual." not in name:
        return "language"
    return "merger" if "merger" in name else "vision"


def packed_inputs(
    model: PreTrainedModel,
    input_ids: Tensor,
    lengths: Sequence[int],
    continues: Sequence[int | None] | None = None,
) -> dict[str, Any]:
    """Return what a model reads of pieces laid end to end, input_ids [T]: one row, positions restarting at 0.

    continues: the piece that each one continues, from where its positions are counted on; by default none does.
    """
    befores = [0 if prompt is None else lengths[prompt] for prompt in continues or [None] * len(lengths)]
    counted = [torch.arange(before, before + length) for before, length in zip(befores, lengths, strict=True)]
    positions = torch.cat(counted).to(input_ids.device)
    inputs: dict[str, Any] = {"input_ids": input_ids[None], "position_ids": positions[None]}
    if model.config.get_text_config()._attn_implementation == BLOCK_ATTENTION:
        inputs["blocks"] = make_blocks(lengths, input_ids.device, continues)
    else:
        assert not any(befores), "only block attention shares prompts"
    return inputs


def padded_rows(input_ids: Tensor, lengths: Sequence[int], *, filler: int) -> tuple[Tensor, Tensor]:
    """Lay samples [T] out as rows [S, L], filled up at the right; also return where the real tokens are, [S, L]."""
    sizes = torch.tensor(lengths, device=input_ids.device)
    real = torch.arange(max(lengths), device=sizes.device) < sizes[:, None]
    return input_ids.new_full(real.shape, filler).masked_scatter(real, input_ids), real


def _plain_head(model: PreTrainedModel) -> bool:
    """Tell whether the logits are the output head times the hidden state, and no more."""
    text_config = model.config.get_text_config()
    changed = any(text_config.to_dict().get(name) is not None for name in LOGIT_SETTINGS)
    return type(model.get_output_embeddings()) is nn.Linear and not changed
