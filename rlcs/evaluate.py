"""Held-out evaluation: pass@1 and unbiased pass@k per source, domain and difficulty tier.

`rlcs eval` runs it alone; a training run calls it before the first step, every few steps and after the last.
"""

from __future__ import annotations

from pathlib import Path

from rlcs.config.schema import Config
from rlcs.metrics import Metrics


def run(config: Config, *, checkpoint: Path | None = None) -> Metrics:
    """Evaluate the model of `checkpoint` (or model.path) on data.eval, print the table, return the metrics."""
    from rlcs.run.assembly import assemble_evaluation
    from rlcs.run.display import print_evaluation

    with assemble_evaluation(config, checkpoint=checkpoint) as evaluator:
        metrics = evaluator.evaluate(step=0, policy_version=0)
    print_evaluation(metrics)
    return metrics
