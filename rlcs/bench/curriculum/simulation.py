"""`rlcs bench curriculum --simulate`: rollouts to target on a simulated learner, many seeds and large pools in minutes.

The arms of the training benchmark, with the real Curriculum; only the policy is simulated (simulated_learner.py). Runs
go through in parallel, seed by seed. With an output folder every finished run is kept there, under a name that changes
with its settings, and not run again.

    OUT/simulation/REGIME-ARM-SEED-HASH.json
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from rlcs.bench.curriculum.plots import require_plotters
from rlcs.bench.curriculum.report import report
from rlcs.bench.curriculum.simulated_learner import LearnerModel
from rlcs.bench.curriculum.simulated_pool import REGIMES
from rlcs.bench.curriculum.simulated_run import Job, curriculum_config, simulate
from rlcs.bench.curriculum.simulated_text import SHUFFLED, TELLING
from rlcs.bench.curriculum.study import ARMS, BASELINE
from rlcs.bench.report import surroundings
from rlcs.config.overrides import apply_override
from rlcs.config.schema import Config
from rlcs.errors import UserError, unknown_name
from rlcs.process.console import console, say, track
from rlcs.process.environment import num_cores
from rlcs.records import TIERS

NUM_STEPS = 160
"""The budget is what so many steps of a batch without expansion generate."""
GROUP_SIZE = 8
NUM_SEEDS, NUM_QUICK_SEEDS = 100, 5
NUM_TASKS = 100_000
FOLDER = "simulation"
SIMULATED = "simulated."
"""Begins an override of a constant of the simulated learner."""

COLUMNS = {
    "steps": ("steps", "{:.0f}"),
    "curriculum/num_selected": ("trained", "{:.1f}"),
    "tasks_seen": ("seen", "{:,.0f}"),
    "posterior_error": ("error", "{:.2f}"),
    "steps_since_seen": ("age", "{:.0f}"),
    **{f"true/{tier}": (tier.replace("_", "\n").replace("medium", "mid"), "{:.0%}") for tier in TIERS},
}
"""Diagnostics shown: name to heading and format."""
LEGEND = (
    "Trained: groups a step. Seen: tasks in all; of these, at the end, error: mean |believed - true pass rate|; age: "
    "steps since last seen. The other columns: share of the tasks drawn, by true pass rate."
)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What is to be run."""

    arms: Sequence[str] = ()
    """Of ARMS; none means all. The baseline always takes part: it sets the targets."""
    regimes: Sequence[str] = ()
    """Of REGIMES; none means all."""
    num_seeds: int = NUM_SEEDS
    num_tasks: int = NUM_TASKS
    is_graded: bool = False
    sample: float = 0.0
    """Share of the tasks that is graded, the others being predicted; 0: none."""
    text: str = TELLING
    """Of TEXTS: what questions say of their difficulty."""
    budget: int | None = None
    """Completions that a run generates; None: those of NUM_STEPS batches."""
    overrides: Sequence[str] = ()
    """Settings of the curriculum that all arms share, as on the command line, an arm's own win; and simulated.…=…"""

    def jobs(self) -> list[Job]:
        """Return all runs, seed by seed, so that a simulation cut short has whole pairs; UserError on wrong names."""
        check_names("arm", self.arms, ARMS)
        check_names("regime", self.regimes, REGIMES)
        arms = [arm for arm in ARMS if not self.arms or arm in (BASELINE, *self.arms)]
        shared, model = read_overrides(self.overrides)
        batch_size = curriculum_config(shared).batch_size
        return [
            Job(
                arm=arm,
                regime=regime,
                seed=seed,
                overrides=(*shared, *ARMS[arm]),
                num_tasks=self.num_tasks,
                is_graded=self.is_graded,
                budget=self.budget or NUM_STEPS * batch_size * GROUP_SIZE,
                group_size=GROUP_SIZE,
                sample=self.sample,
                text=self.text,
                model=model,
            )
            for seed in range(self.num_seeds)
            for regime in self.regimes or REGIMES
            for arm in arms
        ]


def plan_simulation(
    *,
    arms: Sequence[str] | None,
    regimes: Sequence[str] | None,
    num_seeds: int | None,
    num_tasks: int | None,
    budget: int | None,
    quick: bool,
    is_graded: bool,
    overrides: Sequence[str],
    sample: float = 0.0,
    text: str = TELLING,
) -> Simulation:
    """Return the simulation that a command line asks for."""
    return Simulation(
        arms=arms or [],
        regimes=regimes or [],
        num_seeds=num_seeds or (NUM_QUICK_SEEDS if quick else NUM_SEEDS),
        num_tasks=num_tasks or NUM_TASKS,
        is_graded=is_graded,
        sample=sample,
        text=text,
        budget=budget,
        overrides=overrides,
    )


def read_overrides(overrides: Sequence[str]) -> tuple[list[str], LearnerModel]:
    """Return those of the curriculum as they are, and the learner with the constants of `simulated.NAME=VALUE`."""
    shared = [text for text in overrides if not text.startswith(SIMULATED)]
    if foreign := [text for text in shared if not text.startswith("curriculum.")]:
        raise UserError(
            f"override {foreign[0]!r}: of a simulated learner, settings are curriculum.… and {SIMULATED}…, for example "
            f"{SIMULATED}step_size=0.8"
        )
    constants: dict[str, Any] = {}
    for text in overrides:
        if text.startswith(SIMULATED):
            constants = apply_override(constants, text.removeprefix(SIMULATED), schema=LearnerModel)
    return shared, LearnerModel(**constants)


def check_names(kind: str, names: Sequence[str], known: Mapping[str, Any]) -> None:
    """Raise a UserError with the nearest name for the first of `names` that is not known."""
    for name in names:
        if name not in known:
            raise unknown_name(kind, name, known)


def run(simulation: Simulation, *, out: Path | None, json_target: Path | None) -> None:
    """Simulate what is not kept yet, print the tables, write plots and the JSON file."""
    jobs = simulation.jobs()
    if out is not None:
        require_plotters()
    results = run_jobs(jobs, keep=None if out is None else out / FOLDER)
    grades = (
        "graded" if simulation.is_graded else f"{simulation.sample:.0%} graded" if simulation.sample else "ungraded"
    )
    grades += ", shuffled texts" if simulation.text == SHUFFLED else ""
    title = f"Simulated learner, {simulation.num_tasks:,} tasks, {grades}"
    about = {"environment": surroundings(Config(), threads=1), "model": asdict(jobs[0].model), "graded": grades}
    report(results, title=title, out=out, benchmark="curriculum_simulation", json_target=json_target, about=about)
    for regime in dict.fromkeys(job.regime for job in jobs):
        told = [result for result in results if result["regime"] == regime]
        console.print(diagnostics_table(regime, told), soft_wrap=False)
    say(LEGEND)


def run_jobs(jobs: Sequence[Job], *, keep: Path | None) -> list[dict[str, Any]]:
    """Return the results of all jobs in their order; those in the folder `keep` are read, the others added to it."""
    files = [None if keep is None else keep / kept_name(job) for job in jobs]
    results = [_read(file) for file in files]
    missing = [place for place, result in enumerate(results) if result is None]
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        say(f"{len(jobs)} runs, {len(jobs) - len(missing)} of them finished before; kept in {keep}")
    try:
        for place, result in _simulated([jobs[place] for place in missing]):
            results[missing[place]] = result
            _write(files[missing[place]], result)
    except KeyboardInterrupt:
        if keep is not None:
            say(f"stopped; the finished runs are kept in {keep}, the same command goes on")
        raise
    return [result for result in results if result is not None]


def _simulated(jobs: Sequence[Job]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield place and result of each job as it ends, one process a core; Ctrl-C lets those at hand end in peace."""
    if not jobs:
        return
    with ProcessPoolExecutor(num_cores(), mp_context=multiprocessing.get_context("spawn")) as executor:
        with _interrupts_ignored():
            places = {executor.submit(simulate, job): place for place, job in enumerate(jobs)}
        try:
            for future in track(as_completed(places), total=len(jobs), text=f"simulating {len(jobs)} runs"):
                yield places[future], future.result()
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C, which a terminal sends to all processes: those started meanwhile ignore it for good."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def kept_name(job: Job) -> str:
    """Return the file name of a result: readable, and different for different settings or versions of RLCS."""
    settings = json.dumps({**job.settings(), "version": version("rlcs")}, sort_keys=True)
    arm = re.sub(r"[^a-z0-9]+", "-", job.arm.lower()).strip("-")
    return f"{job.regime}-{arm}-{job.seed}-{hashlib.sha256(settings.encode()).hexdigest()[:12]}.json"


def _read(file: Path | None) -> dict[str, Any] | None:
    if file is None or not file.exists():
        return None
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return result


def _write(file: Path | None, result: dict[str, Any]) -> None:
    """Write beside, then rename: a file is whole or absent."""
    if file is not None:
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(json.dumps(result) + "\n", encoding="utf-8")
        partial.rename(file)


def diagnostics_table(regime: str, results: Sequence[dict[str, Any]]) -> Table:
    """Return the medians over seeds of what was drawn in a regime, and what was believed in the end."""
    table = Table(title=f"What was drawn, {regime}", box=SIMPLE_HEAD, padding=0)
    table.add_column("arm", no_wrap=True)
    for heading, _ in COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for arm in dict.fromkeys(result["arm"] for result in results):
        found = [result["diagnostics"] for result in results if result["arm"] == arm]
        table.add_row(arm, *(show.format(median(one[name] for one in found)) for name, (_, show) in COLUMNS.items()))
    return table
