"""The pairs of `rlcs reward-model` as tokens: those to train on, and those held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rlcs.config.schema import Config
from rlcs.console import say
from rlcs.conversations import ConversationEncoder
from rlcs.errors import UserError
from rlcs.pairs import Pair
from rlcs.tasks import Preference, load_preferences


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferenceData:
    """Pairs to train on, and pairs on which to measure."""

    train: list[Pair]
    held_out: list[Pair]


def load_data(config: Config, tokenizer: Any) -> PreferenceData:
    """Return the pairs as tokens. Those longer than preferences.max_tokens are dropped; the console says how many."""
    train, held_out = load_preferences(config.data, seed=config.run.seed)
    encoder, longest = ConversationEncoder(tokenizer), config.preferences.max_tokens
    return PreferenceData(
        train=_encoded(train, encoder, longest, "those to train on"),
        held_out=_encoded(held_out, encoder, longest, "those held out"),
    )


def _encoded(pairs: Sequence[Preference], encoder: ConversationEncoder, longest: int, where: str) -> list[Pair]:
    found = [
        Pair(encoder.encode(pair.prompt, pair.chosen), encoder.encode(pair.prompt, pair.rejected)) for pair in pairs
    ]
    kept = [pair for pair in found if max(len(pair.chosen), len(pair.rejected)) <= longest]
    if len(kept) < len(found):
        say(f"dropped {len(found) - len(kept)} of {len(found)} pairs of {where}: longer than {longest} tokens")
    if not kept:
        raise UserError(f"all {len(found)} pairs of {where} are longer than preferences.max_tokens={longest}; raise it")
    return kept
