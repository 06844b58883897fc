"""The line of metrics.jsonl of a step that run_folder.py made up: the keys that a real run of its sources has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Posterior
from curriculum.beliefs.strata import stratify
from rlcs.records import TIERS, TaskIndex

EDGES = np.array([0.1, 0.3, 0.7, 0.9])
SOURCES = {
    "arithmetic": "stem.math", "algebra": "stem.math", "geometry": "stem.math", "units": "stem.physics",
    "reactions": "stem.chemistry", "boxes": "grounding.box", "receipts": "ocr.text", "bar_charts": "chart",
    "desktop": "gui.action", "grids": "logic",
}  # fmt: skip
SUBCATEGORIES = ("short", "long", "in words", "mixed")
NUM_TASKS = 100_000
GROUPS = 10
GROUP_SIZE = 10
SEED = 0
TIMEOUT, NO_ANSWER, FORMAT_ERROR, UNJUDGED = 2, 3, 4, 5
SHARES = {"timeout": TIMEOUT, "no_answer": NO_ANSWER, "format_error": FORMAT_ERROR, "unjudged": UNJUDGED, "correct": 1}
Array = NDArray[Any]


def metrics_of(world: World, chunk: Chunk, number: int, *, evaluate: bool) -> dict[str, float]:
    """Return the metrics of one step of a chunk, with those of an evaluation where it is due."""
    found = {
        "step": int(chunk.steps[number]),
        **_rollout(world, chunk, number),
        **_reward(world, chunk, number),
        **_curriculum(world, chunk, number),
        **_learning(world, number),
        **(_held_out(world, int(chunk.steps[number])) if evaluate else {}),
    }
    return {key: value for key, value in found.items() if np.isfinite(value)}


def _rollout(world: World, chunk: Chunk, number: int) -> dict[str, float]:
    tokens = chunk.tokens[number]
    world.num_generated += tokens.size
    world.num_tokens += int(tokens.sum())
    return {
        "rollout/num_generated": float(tokens.size), "rollout/num_generated_total": float(world.num_generated),
        "rollout/num_tasks": float(len(tokens)), "rollout/num_tokens": float(tokens.sum()),
        "rollout/num_tokens_total": float(world.num_tokens), "rollout/mean_tokens": float(tokens.mean()),
        "rollout/forced_share": float((tokens > 1900).mean()), "rollout/truncated_share": 0.0,
        "rollout/tokens_per_s": 7000.0 * float(world.rng.uniform(0.8, 1.2)), "rollout/worker_restarts": 0.0,
        "cluster/stuck_workers": 0.0,
    }  # fmt: skip


def _reward(world: World, chunk: Chunk, number: int) -> dict[str, float]:
    status, source = chunk.status[number], world.source[chunk.rows[number]]
    names = list(SOURCES)
    whole = _mean_score(chunk.score[number])
    found = {"reward/mean": whole, "reward/component/correctness": whole}
    by_domain: dict[str, list[float]] = {}
    for code in np.unique(source).tolist():
        name, own = names[code], source == code
        counts = np.bincount(status[own].ravel(), minlength=8) / status[own].size
        found[f"reward/{name}/mean"] = _mean_score(chunk.score[number][own])
        found |= {f"reward/{name}/{kind}_share": float(counts[at]) for kind, at in SHARES.items()}
        by_domain.setdefault(SOURCES[name], []).append(found[f"reward/{name}/mean"])
    return found | {f"reward/{domain}/mean": sum(values) / len(values) for domain, values in by_domain.items()}


def _mean_score(score: Array) -> float:
    known = score[np.isfinite(score)]
    return float(known.mean()) if known.size else float("nan")


def _curriculum(world: World, chunk: Chunk, number: int) -> dict[str, float]:
    drawn = np.bincount(np.searchsorted(EDGES, world.pass_rates(chunk.rows[number], chunk.steps[number])), minlength=5)
    some = np.arange(0, len(world.hardness), 1000)
    pool = np.bincount(np.searchsorted(EDGES, world.pass_rates(some, chunk.steps[number])), minlength=5) / len(some)
    invalid = 1.0 - float(chunk.is_selected[number].mean())
    ratio = min(1.0 / max(1.0 - invalid, 1e-9), 3.0)
    return {
        "curriculum/invalid_rate": invalid, "curriculum/expansion_ratio": ratio, "curriculum/expansion_ema": ratio,
        "curriculum/num_planned": float(len(chunk.rows[number])), "curriculum/short_batches": 0.0,
        "curriculum/num_valid": float(chunk.is_selected[number].sum()),
        "curriculum/num_selected": float(chunk.is_selected[number].sum()),
        **{f"curriculum/tier/{tier}/share": float(drawn[i] / drawn.sum()) for i, tier in enumerate(TIERS)},
        **{f"curriculum/pool/{tier}/share": float(pool[i]) for i, tier in enumerate(TIERS)},
    }  # fmt: skip


def _learning(world: World, number: int) -> dict[str, float]:
    noise = world.rng.uniform(0.5, 1.5, 16).tolist()
    phases = dict(zip(("rollout", "score", "learn", "sync", "record"), (20.0, 1.0, 12.0, 1.5, 0.2), strict=True))
    seconds = {f"time/{phase}_s": usual * noise[i] for i, (phase, usual) in enumerate(phases.items())}
    return {
        "policy/loss": noise[5] * 1e-3, "policy/entropy": 0.3 * noise[6], "policy/clip_share": noise[7] * 1e-3,
        "policy/grad_norm": noise[8] * 0.1, "policy/kl": 0.0, "policy/lr": 1e-6, "policy/mismatch_kl": noise[9] * 1e-4,
        "policy/mismatch_max": noise[10] * 1e-2, "sync/max_logprob_gap": noise[11] * 1e-3,
        "learner/pack_efficiency": 0.95, "learner/rank_balance": 1.01, "learner/num_micro_steps": 4.0,
        "learner/tokens": noise[12] * 1e5, "learner/tokens_per_s": 9000.0 * noise[13],
        **seconds, "time/step_s": sum(seconds.values()),
    }  # fmt: skip


def _held_out(world: World, step: int) -> dict[str, float]:
    rate = float(world.pass_rates(np.arange(0, len(world.hardness), 1000), np.array(step)).mean())
    parts = {"all": 500.0, **{f"domain/{domain}": 50.0 for domain in dict.fromkeys(SOURCES.values())}}
    passed = {f"eval/{part}/pass@1": float(world.rng.binomial(int(n), rate) / n) for part, n in parts.items()}
    counts = {f"eval/{part}/num_tasks": n for part, n in parts.items()}
    return {**passed, **counts, "eval/unjudged_tasks": 0.0, "time/eval_s": 30.0}


class World:
    """The pool of tasks, what is believed of it, and how well the policy does."""

    def __init__(self, num_steps: int) -> None:
        self.num_steps = num_steps
        self.rng = np.random.default_rng(SEED)
        self.hardness = self.rng.normal(1.0, 2.0, NUM_TASKS)
        """[NUM_TASKS] logits; a policy of this skill solves a task half of the time."""
        self.source: Array = np.arange(NUM_TASKS) * len(SOURCES) // NUM_TASKS
        """[NUM_TASKS] place in SOURCES."""
        self.subcategory: Array = np.array(SUBCATEGORIES)[np.arange(NUM_TASKS) % len(SUBCATEGORIES)]
        """[NUM_TASKS]"""
        self.ids = pa.array([f"{list(SOURCES)[code]}:{row:06d}" for row, code in enumerate(self.source.tolist())])
        self.index = self._index()
        strata = stratify(self.index, by_subcategory=True)
        self.posterior = Posterior(self.index.difficulty, strata=strata, prior_strength=0.25, half_life=100.0)
        self.num_generated = 0
        self.num_tokens = 0

    def _index(self) -> TaskIndex:
        domains = tuple(dict.fromkeys(SOURCES.values()))
        of_source = np.array([domains.index(domain) for domain in SOURCES.values()], dtype=np.int16)
        return TaskIndex(
            ids=self.ids, source=self.source.astype(np.int16), sources=tuple(SOURCES),
            domain=of_source[self.source], domains=domains,
            subcategory=(np.arange(NUM_TASKS) % len(SUBCATEGORIES)).astype(np.int16), subcategories=SUBCATEGORIES,
            difficulty=np.full(NUM_TASKS, np.nan, dtype=np.float32), proportions=(1.0 / len(SOURCES),) * len(SOURCES),
        )  # fmt: skip

    @property
    def domains(self) -> Array:
        """[number of sources] the domain of each source."""
        return np.array(list(SOURCES.values()))

    def pass_rates(self, rows: Array, step: Array) -> Array:
        """Return how often the policy of a step solves tasks."""
        skill = 3.0 * step / self.num_steps
        return np.asarray(1.0 / (1.0 + np.exp(self.hardness[rows] - skill)))


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Consecutive steps: what was drawn and what became of it."""

    steps: Array
    """[C]"""
    rows: Array
    """[C, GROUPS] tasks."""
    status: Array
    """[C, GROUPS, GROUP_SIZE] places in STATUSES."""
    tokens: Array
    """[C, GROUPS, GROUP_SIZE]"""

    score: Array
    """[C, GROUPS, GROUP_SIZE]; NaN where it could not be judged."""
    is_selected: Array
    """[C, GROUPS] whether scores differ."""
