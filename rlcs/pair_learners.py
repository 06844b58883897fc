"""The learner ranks of a reward model as one: pairs go in, are packed and balanced over ranks, updates come out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rlcs.cluster import gather
from rlcs.learners import RankGroup, plan_metrics
from rlcs.metrics import Metrics
from rlcs.pairs import Pair, conversations_of


class PairLearnerGroup(RankGroup):
    """The ranks that train a reward model."""

    def update(self, pairs: Sequence[Pair]) -> Metrics:
        """Make one optimizer update; a pair stays together in a micro-step. Return its metrics."""
        started = time.perf_counter()
        plan = self.plan_of([pair.num_tokens for pair in pairs])
        hands = zip(self.workers, plan.deal(pairs), strict=True)
        metrics: Metrics = gather([worker.call("update", hand, num_pairs=len(pairs)) for worker, hand in hands])[0]
        speed = metrics["learner/tokens"] / (time.perf_counter() - started)
        return {**metrics, **plan_metrics(plan), "learner/tokens_per_s": speed}

    def rate(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the values of all conversations: chosen, rejected, chosen, …; the ranks share the work."""
        return self.shared("rate", conversations_of(pairs))
