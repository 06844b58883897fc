"""Preference pairs as the learner of a reward model sees them: tokens, the loss, and how well they are ranked.

Example, one pair with conversations (5, 6, 1) and (5, 6, 2, 3): input_ids [5, 6, 1, 5, 6, 2, 3], lengths [3, 4]; the
model gives values [2], the first of the chosen conversation, the second of the rejected one.

Legend: P pairs of a micro-step, T tokens of all its conversations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from rlcs.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of two conversations with the same question."""

    chosen: tuple[int, ...]
    rejected: tuple[int, ...]

    @property
    def num_tokens(self) -> int:
        """Tokens of both: what the pair costs in a pack."""
        return len(self.chosen) + len(self.rejected)


DUMMY_PAIR = Pair((0,), (0,))
"""Runs through the model where a rank has nothing to do but must keep step with the others; trains nothing."""


@dataclass(frozen=True, slots=True)
class ConversationBatch:
    """What the reward model reads."""

    input_ids: Tensor
    """[T] int64, conversations one after the other."""
    lengths: tuple[int, ...]
    """Tokens of each conversation."""


def batch_of(conversations: Sequence[tuple[int, ...]], device: torch.device) -> ConversationBatch:
    """Lay conversations end to end."""
    tokens = torch.tensor([token for conversation in conversations for token in conversation], dtype=torch.int64)
    return ConversationBatch(tokens.to(device), tuple(map(len, conversations)))


def conversations_of(pairs: Sequence[Pair]) -> list[tuple[int, ...]]:
    """Return the conversations of all pairs, [2 P]: chosen, rejected, chosen, rejected, …"""
    return [conversation for pair in pairs for conversation in (pair.chosen, pair.rejected)]


def preference_losses(values: Tensor) -> Tensor:
    """Return -log sigmoid(r_chosen - r_rejected) of each pair, [P], from values [2 P] as `conversations_of` orders.

    The negative log-likelihood of the preferences under Bradley and Terry's model (Christiano et al. 2017, section
    2.2.3; Ouyang et al. 2022, equation 1).
    """
    return -logsigmoid(margins(values))


def margins(values: Tensor) -> Tensor:
    """Return r_chosen - r_rejected of each pair, [P]; the pair is ranked right where it is above 0."""
    return values[0::2] - values[1::2]


def ranking_metrics(values: Sequence[float], pairs: Sequence[Pair]) -> Metrics:
    """Return eval/… of values [2 P]: chosen, rejected, chosen, …

    accuracy: share of pairs whose chosen response has the higher value. loss: mean of -log sigmoid(margin).
    length_correlation: Pearson's between value and number of tokens; far above 0 it pays to write much.
    """
    given = np.asarray(values, dtype=np.float64)
    margins = given[0::2] - given[1::2]
    return {
        "eval/accuracy": float((margins > 0).mean()),
        "eval/loss": float(np.logaddexp(0.0, -margins).mean()),
        "eval/margin": float(margins.mean()),
        "eval/length_correlation": _correlation(given, np.array([len(one) for one in conversations_of(pairs)])),
        "eval/num_pairs": float(len(margins)),
    }


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return 0.0
    found = float(np.corrcoef(left, right)[0, 1])
    return found if math.isfinite(found) else 0.0
