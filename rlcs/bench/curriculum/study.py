"""What `rlcs bench curriculum` runs: regimes, arms and seeds, each run with its configuration and its folder.

OUT/start/                         policies that runs start from
OUT/data/                          pools, their grades, and held-out tasks
OUT/REGIME/ARM/seed-S/             one run folder a run, and its result.json

With a configuration of a person (own.py) there is one regime, which has its name, and no start and no data here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlcs.bench.curriculum.own import OwnConfig
from rlcs.bench.curriculum.regimes import NUM_HELD_OUT, REGIMES, definition, write_held_out, write_pool
from rlcs.config.load import load_config
from rlcs.config.schema import Config
from rlcs.errors import UserError, unknown_name
from rlcs.tiny.generate import TEXT_KINDS

BASELINE = "uniform"
"""The arm whose best accuracy sets the targets."""
REFILL = "uniform + refill"
"""DAPO's dynamic sampling (arXiv 2503.14476): what most systems offer against wasted rollouts."""
OURS = "rlcs"
"""The defaults."""

_AS_PUBLISHED = ("curriculum.temperature=1",)
"""Their chances are 1 - s and p (1 - p) themselves, not a power of these."""
_AS_DRAWN = ("curriculum.expansion.enabled=false",)

ARMS: dict[str, tuple[str, ...]] = {
    BASELINE: ("curriculum.sampler=uniform", *_AS_DRAWN),
    REFILL: ("curriculum.sampler=uniform", *_AS_DRAWN, "curriculum.max_refills=8"),
    "pools": ("curriculum.sampler=pools", *_AS_DRAWN),
    "1 - s": ("curriculum.sampler=prioritized", *_AS_PUBLISHED, *_AS_DRAWN),
    "learnability": ("curriculum.sampler=learnability", *_AS_PUBLISHED, *_AS_DRAWN),
    "thompson": ("curriculum.sampler=thompson", *_AS_DRAWN),
    "tiers, no expansion": ("curriculum.sampler=tiers", *_AS_DRAWN),
    "rlcs, no texts": ("curriculum.predict=false", "curriculum.screen=0"),
    "rlcs, unscreened": ("curriculum.screen=0",),
    OURS: (),
}
"""Name to overrides of a configuration, as on the command line."""

SCHEDULES: dict[str, tuple[str, ...]] = {
    "overlapped": ("run.schedule=overlapped",),
    "overlapped + anchor": ("run.schedule=overlapped", "algorithm.anchor=rollout"),
}
"""Arms to name: batches that are one update old. They screen nothing: to be compared with "rlcs, unscreened"."""

IGNORE_GRADES = (BASELINE, REFILL, "pools")
"""Arms that need no grades, and so have no share in what they cost."""

CONFIG = Path("curriculum_bench")
RESULT = "result.json"
DEFAULT_OUT = Path("runs/bench_curriculum")
BUDGET, QUICK_BUDGET = 5120, 3072
NUM_SEEDS, NUM_OWN_SEEDS, NUM_TASKS = 5, 3, 1000
QUICK_REGIMES, QUICK_ARMS = ("hard-heavy",), (BASELINE, REFILL, OURS)


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is to be run. Rollouts are counted in completions."""

    out: Path
    regimes: Sequence[str]
    arms: Sequence[str]
    seeds: Sequence[int]
    budget: int = BUDGET
    """Completions that a run generates for training, at least."""
    eval_every: int = 512
    """Completions between two evaluations."""
    num_tasks: int = NUM_TASKS
    """Tasks of a pool."""
    is_graded: bool = False
    """Tell the curriculum pass@8 of the starting policy on every task."""
    is_shuffled: bool = False
    """Show the curriculum the question of another task for each: texts that tell nothing of difficulty."""
    overrides: Sequence[str] = ()
    """Settings that all arms share, as on the command line."""
    own: OwnConfig | None = None
    """Whose model and data are trained on, instead of the tiny policy on pools of the benchmark."""

    @property
    def runs(self) -> list[Run]:
        """All runs, regime by regime and seed by seed, so that a study cut short has whole pairs."""
        return [Run(self, *key) for key in ((r, a, s) for r in self.regimes for s in self.seeds for a in self.arms)]

    @property
    def settings(self) -> dict[str, Any]:
        """What all its runs share."""
        return {
            "budget": self.budget,
            "eval_every": self.eval_every,
            "num_tasks": self.num_tasks,
            "is_graded": self.is_graded,
            "overrides": list(self.overrides),
            **({"is_shuffled": True} if self.is_shuffled else {}),
        }

    def working_folder(self) -> AbstractContextManager[None]:
        """Work in the output folder, which Ray puts on its workers' import path."""
        self.out.mkdir(parents=True, exist_ok=True)
        return contextlib.chdir(self.out)


@dataclass(frozen=True)
class Run:
    """One training run of a study."""

    study: Study
    regime: str
    arm: str
    seed: int

    @property
    def folder(self) -> Path:
        """Its run folder."""
        return self.study.out / self.regime / self.arm.replace(" ", "_") / f"seed-{self.seed}"

    @property
    def overrides(self) -> tuple[str, ...]:
        """What makes its arm."""
        return {**ARMS, **SCHEDULES}[self.arm]

    @property
    def of_learner(self) -> tuple[str, ...]:
        """What of it the learner is told when it starts."""
        return tuple(one for one in self.overrides if one.startswith("algorithm."))

    @property
    def settings(self) -> dict[str, Any]:
        """What it shares with the runs that it may be compared with."""
        own = self.study.own
        return {**self.study.settings, "definition": own.definition if own else definition(self.regime)}

    @property
    def held_out(self) -> tuple[str, ...]:
        """Names of its held-out sets, whose accuracies are told apart."""
        return self.study.own.held_out if self.study.own else TEXT_KINDS

    @property
    def result(self) -> dict[str, Any] | None:
        """What came of it, or None when it is not finished. Raises UserError when it ran with other settings."""
        file = self.folder / RESULT
        if not file.exists():
            return None
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if any(result.get(name) != value for name, value in self.settings.items()):
            raise UserError(f"{file} is of a run with other settings; name another --out, or remove {self.study.out}")
        return result

    def config(self, start: str | None) -> Config:
        """Return its configuration, starting from the policy `start`, and see that its data is there.

        A configuration of a person names the policy itself.
        """
        run = [f"run.dir={self.folder}", f"run.seed={self.seed}"]
        if self.study.own is not None:
            return self.study.own.load([*run, *self.study.overrides, *self.overrides])
        data = _data(self.study, self.regime, self.seed)
        run.append(f"model.path={start}")
        lr = f"learner.lr={REGIMES[self.regime].lr}"
        grades = [f"data.train.0.grades={self.grades}"] if self.study.is_graded else []
        return load_config(CONFIG, [*run, lr, *data, *grades, *self.study.overrides, *self.overrides])

    @property
    def grades(self) -> Path:
        """Grades of its pool, shared by all arms."""
        return _pool(self.study, self.regime, self.seed).with_suffix(".grades.parquet")


def plan_study(
    *,
    out: Path | None,
    arms: Sequence[str] | None,
    regimes: Sequence[str] | None,
    num_seeds: int | None,
    num_tasks: int | None,
    budget: int | None,
    quick: bool,
    is_graded: bool,
    overrides: Sequence[str],
    sample: float | None = None,
    is_shuffled: bool = False,
    config: Path | None = None,
) -> Study:
    """Return the study that a command line asks for; UserError on a wrong name or override.

    `sample`: this share of the tasks is graded with 4 completions each, and the others are predicted.
    """
    if sample:
        is_graded, overrides = True, [f"grade.sample={sample}", "grade.num_completions=4", *overrides]
    _check_names("arm", arms or (), {**ARMS, **SCHEDULES})
    _check_names("regime", regimes or (), REGIMES)
    own = None if config is None else OwnConfig(config)
    if own is not None and (regimes or num_tasks or is_graded):
        raise UserError(
            "--regime, --tasks, --graded and --sample make pools of the benchmark; --config brings its own data"
        )
    chosen = arms or (QUICK_ARMS if quick or own else tuple(ARMS))
    checked = own.load(overrides) if own else load_config(CONFIG, list(overrides))
    default_out = DEFAULT_OUT.with_name(f"bench_{checked.run.name}") if own else DEFAULT_OUT
    return Study(
        out=(out or default_out.with_name(default_out.name + "_quick" * quick)).expanduser().absolute(),
        regimes=(checked.run.name,) if own else regimes or (QUICK_REGIMES if quick else tuple(REGIMES)),
        arms=[arm for arm in (*ARMS, *SCHEDULES) if arm in (BASELINE, *chosen)],
        seeds=range(num_seeds or (1 if quick else NUM_OWN_SEEDS if own else NUM_SEEDS)),
        budget=budget or (QUICK_BUDGET if quick else BUDGET),
        num_tasks=num_tasks or NUM_TASKS,
        is_graded=is_graded,
        is_shuffled=is_shuffled,
        overrides=overrides,
        own=own,
    )


def _pool(study: Study, regime: str, seed: int) -> Path:
    return study.out / "data" / f"{regime}-{study.num_tasks}-{seed}.jsonl"


def _data(study: Study, regime: str, seed: int) -> list[str]:
    """Return the overrides that name a run's data, after writing what is not there yet."""
    pool = _pool(study, regime, seed)
    if not pool.exists():
        write_pool(pool, regime, num_tasks=study.num_tasks, seed=seed)
    held_out = {kind: study.out / "data" / f"held_out-{kind}.jsonl" for kind in TEXT_KINDS}
    for kind, file in held_out.items():
        if not file.exists():
            write_held_out(file, kind, num_tasks=NUM_HELD_OUT)
    sources = ", ".join(_source(kind, file) for kind, file in held_out.items())
    return [f"data.train=[{_source('pool', pool)}]", f"data.eval=[{sources}]"]


def _source(name: str, file: Path) -> str:
    """Return a data source as an override writes it."""
    return f"{{name: {name}, path: '{file}', fields: {{id: id, subcategory: subcategory}}}}"


def _check_names(what: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise unknown_name(what, name, known)
