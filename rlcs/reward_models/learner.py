"""The learner of a reward model: one rank that turns preference pairs into updates of a sequence classifier.

for each micro-step:  pairs -> flat tokens -> values -> loss (a share of the update's loss) -> backward
then                  clip, AdamW step, metrics summed over ranks
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist

from rlcs.config.schema import ModelConfig
from rlcs.learner.packing import plan_micro_steps
from rlcs.learner.rank import Rank
from rlcs.model.files import load_tokenizer
from rlcs.process.pulse import tick
from rlcs.reward_models.network import RewardModule, load_reward_model
from rlcs.reward_models.pairs import DUMMY_PAIR, Pair, batch_of, conversations_of, margins, preference_losses

SUMS = ("loss", "right", "margin", "pairs", "tokens")


class PairLearner(Rank):
    """One rank of a reward model's training."""

    def __init__(self, *, model_path: str, model: ModelConfig, **place: Any) -> None:
        """Load the model from the folder `model_path`; a language model gets a new head. `place`: see Rank."""

        def load(rank: Rank) -> RewardModule:
            tokenizer = load_tokenizer(model, model_path)
            return load_reward_model(
                model_path, model, dtype=rank.dtype, layout=rank.settings.packing, tokenizer=tokenizer
            )

        super().__init__(load, model_path=model_path, model=model, **place)

    def update(self, micro_steps: Sequence[Sequence[Pair]], *, num_pairs: int) -> dict[str, float]:
        """Make one optimizer update from this rank's micro-steps; return metrics over all ranks.

        num_pairs counts the pairs of the whole update, over all ranks: the loss is their mean.
        """
        self.assert_equal_micro_steps(len(micro_steps))
        rate = self.set_learning_rate()
        sums = torch.zeros(len(SUMS), dtype=torch.float64, device=self.device)
        for index, pairs in enumerate(micro_steps):
            self.engine.set_gradient_accumulation_boundary(is_boundary=index == len(micro_steps) - 1)
            values = self.engine(batch_of(conversations_of(pairs or [DUMMY_PAIR]), self.device))
            # A rank with nothing to do goes through the model all the same; its part weighs nothing.
            losses = preference_losses(values) * float(bool(pairs))
            # DeepSpeed takes the mean over ranks; the shares of the ranks are to be summed.
            self.engine.backward(losses.sum() / num_pairs * self.world_size)
            tick()
            if pairs:
                gaps = margins(values.detach().double())
                measured = torch.stack([losses.detach().double().sum(), (gaps > 0).double().sum(), gaps.sum()])
                counts = (len(pairs), sum(pair.num_tokens for pair in pairs))
                sums += torch.cat([measured, measured.new_tensor(counts)])
        grad_norm = self.step()
        dist.all_reduce(sums)
        total = dict(zip(SUMS, sums.tolist(), strict=True))
        assert total["pairs"] == num_pairs, f"update was told {num_pairs} pairs, its ranks hold {total['pairs']}"
        return {
            "reward_model/loss": total["loss"] / num_pairs,
            "reward_model/accuracy": total["right"] / num_pairs,
            "reward_model/margin": total["margin"] / num_pairs,
            "reward_model/grad_norm": grad_norm,
            "reward_model/lr": rate,
            "learner/tokens": total["tokens"],
        }

    def rate(self, conversations: Sequence[tuple[int, ...]]) -> list[float]:
        """Return the value of each conversation under the current weights.

        Under ZeRO-3 all ranks must call this at the same time (each with conversations of its own, or none).
        """
        lengths = [len(conversation) for conversation in conversations]
        plan = plan_micro_steps(lengths, num_ranks=1, pack_tokens=self.settings.pack_tokens).ranks[0]
        found: dict[int, float] = {}
        self.engine.eval()
        with torch.no_grad():
            for step in range(self.num_forwards(len(plan))):
                chosen = plan[step] if step < len(plan) else ()
                some = [conversations[number] for number in chosen]
                values = self.engine(batch_of(some or conversations_of([DUMMY_PAIR]), self.device))
                found |= dict(zip(chosen, values.tolist(), strict=False))
                tick()
        self.engine.train()
        return [found[number] for number in range(len(conversations))]
