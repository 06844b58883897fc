"""Held-out evaluation: pass@1 and unbiased pass@k per source, domain and difficulty tier.

A training run evaluates before the first step, every few steps and after the last; `rlcs eval` does it alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rlcs.config.schema import Config, EvalConfig
from rlcs.metrics import Clock, Metrics, is_truncated, mean
from rlcs.records import TIERS, Group, Task
from rlcs.run.generation import Generation
from rollout.requests import Sampling


@dataclass
class Evaluator:
    """Held-out tasks and how they are rolled out."""

    generation: Generation
    tasks: list[Task]
    sampling: Sampling
    config: Config

    def evaluate(self, *, step: int, policy_version: int) -> Metrics:
        """Return the eval/… metrics of the engines' present weights; the same seeds at every step (paired)."""
        if not self.tasks:
            return {}
        clock = Clock()
        with clock("eval"):
            requests = self.generation.requests(self.tasks, step=0, purpose="eval")
            text = f"held-out tasks, step {step}"
            judging = self.generation.generate(
                requests, sampling=self.sampling, policy_version=policy_version, text=text
            )
            groups = judging.groups()
        found = evaluation_metrics(groups, self.config.eval, self.config.curriculum.tier_edges)
        return {**found, "time/eval_s": clock.seconds("eval")}


def pass_at_k(num_completions: int, num_passed: int, k: int) -> float:
    """Return the unbiased estimate of pass@k: 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, eq. 1).

    Example: 2 of 4 passed, k = 2: 1 - C(2, 2) / C(4, 2) = 5/6.
    """
    if not 1 <= k <= num_completions:
        raise ValueError(f"k must lie in 1..{num_completions}, got {k}")
    return 1.0 - math.comb(num_completions - num_passed, k) / math.comb(num_completions, k)


def tier_of(difficulty: float | None, edges: Sequence[float]) -> str:
    """Return the tier of an expected pass rate: edges [.1, .3, .7, .9] and 0.5 give "medium"; None gives "ungraded"."""
    if difficulty is None:
        return "ungraded"
    return TIERS[sum(difficulty >= edge for edge in edges)]


def evaluation_metrics(groups: Sequence[Group], settings: EvalConfig, tier_edges: Sequence[float]) -> Metrics:
    """Return eval/<slice>/pass@k for every source, domain/<domain>, tier/<tier> and for all tasks together.

    With eval.by_subcategory also for every <source>/<subcategory>.

    A completion that could not be judged is left out; a task with none judged counts in eval/unjudged_tasks.
    """
    values: dict[str, list[float]] = defaultdict(list)
    unjudged = 0
    for group in groups:
        scores = group.scores
        unjudged += not scores
        num_passed = sum(score >= settings.threshold for score in scores)
        for part in _slices(group.task, settings, tier_edges) if scores else ():
            values[f"eval/{part}/num_tasks"].append(1.0)
            values[f"eval/{part}/score"].append(mean(scores))
            for k in (k for k in settings.k if k <= len(scores)):
                values[f"eval/{part}/pass@{k}"].append(pass_at_k(len(scores), num_passed, k))
    metrics = {key: sum(v) if key.endswith("num_tasks") else mean(v) for key, v in values.items()}
    completions = [completion for group in groups for completion in group.completions]
    return {
        **metrics,
        "eval/unjudged_tasks": float(unjudged),
        "eval/forced_share": mean([float(completion.forced) for completion in completions]),
        "eval/truncated_share": mean([float(is_truncated(completion)) for completion in completions]),
    }


def _slices(task: Task, settings: EvalConfig, tier_edges: Sequence[float]) -> tuple[str, ...]:
    kind = (f"{task.source}/{task.subcategory}",) if settings.by_subcategory and task.subcategory else ()
    return ("all", task.source, f"domain/{task.domain}", f"tier/{tier_of(task.difficulty, tier_edges)}", *kind)
