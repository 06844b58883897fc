"""One simulated training run: the real Curriculum in the loop of rlcs/train.py, with a SimulatedLearner behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from curriculum import Curriculum
from curriculum.beliefs.tally import teaches
from curriculum.screening import first_completions, joined, num_completions
from rlcs.bench.curriculum.simulated_learner import Floats, LearnerModel, SimulatedLearner
from rlcs.bench.curriculum.simulated_pool import (
    HELD_OUT,
    NUM_DIMENSIONS,
    NUM_SUBCATEGORIES,
    REGIMES,
    make_pool,
)
from rlcs.bench.curriculum.simulated_text import TELLING
from rlcs.config.overrides import apply_override
from rlcs.config.schema import CurriculumConfig
from rlcs.records import TIERS, Completion, Group, Plan, Status, Task, Verdict

EVALUATE_EVERY = 4
"""Steps between evaluations."""
TIER_EDGES = (0.1, 0.3, 0.7, 0.9)
"""Of the diagnostics, whatever edges the curriculum has: true pass rates that part the tiers."""
LEARNER_SEED, COMPLETION_SEED = 101, 102
"""Tell the streams of random numbers of a run apart."""

COMPLETION = Completion(
    token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
)
VERDICTS = (
    Verdict(score=0.0, status=Status.INCORRECT),
    Verdict(score=1.0, status=Status.CORRECT),
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that decides how a run goes."""

    arm: str
    regime: str
    seed: int
    overrides: Sequence[str]
    """Settings of the curriculum, as on the command line."""
    num_tasks: int
    is_graded: bool
    """Whether the curriculum is told the pass@8 of the untrained policy."""
    budget: int
    """Completions to generate for training; the last step may go beyond."""
    group_size: int
    text: str = TELLING
    """Of TEXTS: what the questions say of their difficulty."""
    sample: float = 0.0
    """Share of the tasks that is measured beforehand, the others being predicted; 0: none."""
    model: LearnerModel = field(default_factory=LearnerModel)

    def settings(self) -> dict[str, Any]:
        """Return what another run must share for its result to be this one's: JSON-able."""
        curriculum = asdict(curriculum_config(self.overrides))
        shares = {"regime_shares": REGIMES[self.regime], "held_out_shares": HELD_OUT}
        return {**asdict(self), "overrides": list(self.overrides), "curriculum": curriculum, **shares}


def curriculum_config(overrides: Sequence[str]) -> CurriculumConfig:
    """Return the settings of the curriculum with `key=value` overrides; UserError for wrong ones."""
    tree: dict[str, Any] = {}
    for text in overrides:
        tree = apply_override(tree, text)
    config = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(CurriculumConfig), tree.get("curriculum", {})))
    assert isinstance(config, CurriculumConfig)
    return config


def simulate(job: Job) -> dict[str, Any]:
    """Train until the budget is spent, and return the result as rollouts_to_target.read_curve takes it."""
    run = SimulatedRun(job)
    while run.num_completions < job.budget:
        run.iterate()
        if run.num_steps % EVALUATE_EVERY == 0 or run.num_completions >= job.budget:
            run.evaluate()
    return run.result()


def group_of(row: int, num_right: int, size: int) -> Group:
    """Return a judged group of a task."""
    return Group(
        task=Task(id="", source="", domain="general", prompt="", answer="", row=row),
        prompt_ids=(1,),
        completions=(COMPLETION,) * size,
        verdicts=(VERDICTS[1],) * num_right + (VERDICTS[0],) * (size - num_right),
    )


class SimulatedRun:
    """A run in progress; completions are right or wrong by a coin of the task's pass rate."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.pool = make_pool(
            job.regime,
            num_tasks=job.num_tasks,
            is_graded=job.is_graded,
            model=job.model,
            seed=job.seed,
            text=job.text,
            sample=job.sample,
        )
        config = curriculum_config(job.overrides)
        config = replace(config, screen=first_completions(config, group_size=job.group_size, waits=True))
        self.curriculum = Curriculum(config, self.pool.index, seed=job.seed, texts=self.pool.texts)
        self.learner = SimulatedLearner(
            job.model,
            self.pool.items,
            num_dimensions=NUM_DIMENSIONS,
            rng=np.random.default_rng([job.seed, LEARNER_SEED]),
        )
        self._rng = np.random.default_rng([job.seed, COMPLETION_SEED])
        self._rates: list[Floats] = []
        self.num_completions = 0
        self.num_steps = 0
        self.steps: list[dict[str, float]] = []
        """Diagnostics of each step."""
        self.curve: list[dict[str, float]] = []
        self._num_told = 0
        self.evaluate()

    def iterate(self) -> None:
        """Draw, roll out, observe, select and learn, as rlcs/train.py does."""
        self.num_steps += 1
        plan: Plan | None = self.curriculum.next(self.num_steps)
        groups: list[Group] = []
        self._rates = []
        while plan is not None:
            judged = self.roll_out(plan)
            groups = joined(groups, judged) if plan.is_rest else groups + judged
            plan = self.curriculum.complete(self.num_steps, groups) or self.curriculum.refill(self.num_steps, groups)
        self.curriculum.observe(self.num_steps, groups)
        selection = self.curriculum.select(groups)
        batch = [groups[place] for place in selection.indices]
        rows = np.array([group.task.row for group in batch], dtype=np.int64)
        scores = np.array([sum(group.scores) for group in batch]) / self.job.group_size
        self.learner.update(rows, scores, group_size=self.job.group_size, batch_share=selection.share)
        self.num_completions += sum(len(group.completions) for group in groups)
        self.steps.append(self._told(groups, num_trained=len(batch)))

    def roll_out(self, plan: Plan) -> list[Group]:
        """Return judged groups of the planned tasks."""
        rates = self.learner.pass_rates(plan.rows)
        if not plan.is_rest:
            self._rates.append(rates)
        size = self.job.group_size
        counts = num_completions(plan, first=self.curriculum.config.screen or 0, whole=size) or [size] * len(plan.rows)
        num_right = self._rng.binomial(counts, rates)
        return [group_of(*one) for one in zip(plan.rows.tolist(), num_right.tolist(), counts, strict=True)]

    def evaluate(self) -> None:
        """Add a point to the curve: the expected accuracy on the tasks held out, without noise of sampling."""
        steps, self._num_told = self.steps[self._num_told :], len(self.steps)
        means = {name: float(np.mean([step[name] for step in steps])) for name in (steps[0] if steps else ())}
        accuracy = float(self.learner.held_out_rates(self.pool.held_out).mean())
        counts = {"completions": float(self.num_completions), "steps": float(self.num_steps)}
        self.curve.append({**counts, "accuracy": accuracy, **means})

    def result(self) -> dict[str, Any]:
        """Return the curve and the diagnostics."""
        job = self.job
        return {
            "arm": job.arm,
            "regime": job.regime,
            "seed": job.seed,
            "budget": job.budget,
            "grading": self.pool.grading,
            "curve": self.curve,
            "by_domain": self._by_domain(),
            "diagnostics": self._diagnostics(),
        }

    def _told(self, groups: Sequence[Group], *, num_trained: int) -> dict[str, float]:
        """Return the diagnostics of a step: what was drawn in truth, and what it was good for."""
        num_valid = sum(teaches(group.scores) for group in groups)
        tiers = np.bincount(np.searchsorted(TIER_EDGES, np.concatenate(self._rates), side="right"), minlength=5)
        return {
            "curriculum/invalid_rate": 1.0 - num_valid / len(groups),
            "curriculum/num_selected": float(num_trained),
            **{f"true/{tier}": float(share) for tier, share in zip(TIERS, tiers / len(groups), strict=True)},
        }

    def _by_domain(self) -> dict[str, float]:
        rates = self.learner.held_out_rates(self.pool.held_out)
        source = self.pool.held_out.dimension // NUM_SUBCATEGORIES
        return {name: float(rates[source == one].mean()) for one, name in enumerate(self.pool.index.sources)}

    def _diagnostics(self) -> dict[str, float]:
        """Return means over the run, and of the beliefs at its end how far they are off and how old they are."""
        beliefs = self.curriculum.snapshot(self.num_steps)
        rows = np.array(beliefs["task_id"].to_pylist(), dtype=np.int64)
        error = np.abs(beliefs["pass_rate"].to_numpy() - self.learner.pass_rates(rows))
        return {
            **{name: float(np.mean([step[name] for step in self.steps])) for name in self.steps[0]},
            "steps": float(self.num_steps),
            "tasks_seen": float(len(rows)),
            "posterior_error": float(error.mean()),
            "steps_since_seen": float(self.num_steps - beliefs["last_step"].to_numpy().mean()),
        }
