"""`rlcs bench dashboard`: what the pages of the dashboard cost on a run of 100,000 steps and 10 million rollouts.

The folder is made up (run_folder.py). Each measurement happens in a process of its own, so that its peak memory is that
of the dashboard alone; the web server and the browser are not part of it. Tables show CPU time of all threads, which
on an idle core is at least the time that passes; the JSON file has both.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.process.console import console, say

AIMS = {"first page": 2.0, "peak memory": 1.0}
"""Seconds of the first page, GiB of memory; every other line is an interaction:"""
INTERACTION_S = 1.0
NUM_PROCESSES = 3
"""Times that the folder is opened afresh."""
NUM_REPEATS = 5
MIN_STEPS = 100
Raw = dict[str, list[dict[str, float]]]
"""Per line of the table: wall and cpu seconds of each measurement (or GiB)."""


def run(*, num_steps: int, folder: Path | None, json_target: Path | None) -> None:
    """Write the run folder (or take `folder` where it is one already), measure, print a table and the JSON file."""
    with _run_folder(folder, num_steps) as found:
        raw: Raw = defaultdict(list)
        for number in range(NUM_PROCESSES):
            say(f"opening the folder afresh, {number + 1} of {NUM_PROCESSES}")
            with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
                for name, values in pool.submit(measure, found, everything=number == 0).result().items():
                    raw[name] += values
    console.print(result_table(raw, num_steps))
    environment = surroundings(Config(), threads=os.cpu_count() or 1)
    write_json(json_target, "dashboard", {"environment": environment, "num_steps": num_steps, "results": raw})


@contextmanager
def _run_folder(folder: Path | None, num_steps: int) -> Iterator[Path]:
    from rlcs.bench.dashboard.run_folder import write_folder

    with tempfile.TemporaryDirectory() as temporary:
        target = folder or Path(temporary) / "run"
        if not target.exists():
            started = time.perf_counter()
            partial = target.with_name(target.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            write_folder(partial, num_steps)
            partial.rename(target)
            say(f"wrote a run of {num_steps:,} steps in {time.perf_counter() - started:,.0f} s")
        _check_folder(target)
        yield target


def _check_folder(folder: Path) -> None:
    from rlcs.bench.dashboard.made_up import SOURCES
    from rlcs.dashboard.data.run import Run

    found = Run(folder)
    if found.sources() != list(SOURCES) or len(found.rollout_steps()) < MIN_STEPS:
        raise UserError(f"{folder} is no run that this benchmark wrote; name a folder that does not exist yet")


def measure(folder: Path, *, everything: bool) -> Raw:
    """Open a run folder as the dashboard does and time what a person does with it; in a fresh process."""
    from rlcs.dashboard.data.run import Run

    raw: Raw = defaultdict(list)
    opened = Run(folder)
    with stopwatch(raw, "first page"):
        show_page(opened, "overview")
    with stopwatch(raw, "all metrics read"):
        while opened.read_share() < 1.0:
            time.sleep(0.05)
        opened.curves()
    if everything:
        for name, act in interactions(opened).items():
            for number in range(NUM_REPEATS):
                with stopwatch(raw, name):
                    act(number)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    raw["peak memory"].append({"wall": peak, "cpu": peak})
    return dict(raw)


def show_page(opened: Any, page: str, **view: Any) -> int:
    """Build what a page shows: its figures as JSON, and on the overview alarms and domains; return the bytes."""
    from rlcs.dashboard.alarms import alarms
    from rlcs.dashboard.data.domains import domain_states
    from rlcs.dashboard.data.view import View
    from rlcs.dashboard.figures import FIGURES

    if page == "overview":
        assert opened.summary() and alarms(opened) is not None and domain_states(opened)
    shown = View(**view)
    return sum(len(spec.build([opened], shown).to_json()) for spec in FIGURES.values() if spec.page == page)


def interactions(opened: Any) -> dict[str, Callable[[int], Any]]:
    """Return what a person does, by name; each takes the number of the repeat, so that nothing is asked twice."""
    from rlcs.bench.dashboard.made_up import SOURCES, SUBCATEGORIES
    from rlcs.dashboard.data.compare import rollouts_to_target, run_table
    from rlcs.dashboard.data.rollouts import RolloutQuery, find_rollouts, group
    from rlcs.dashboard.data.task_history import task_history
    from rlcs.dashboard.data.tasks import TaskQuery, find_tasks, forget_tasks

    sources, axes = list(SOURCES), ("step", "rollouts", "tokens", "hours", "step")
    domains = list(dict.fromkeys(SOURCES.values()))
    steps = opened.rollout_steps().tolist()
    some = [row["task_id"] for row in find_tasks(opened, TaskQuery(limit=NUM_REPEATS, sort="num_seen")).rows]
    sorts = ("pass_rate", "trend", "num_seen", "certainty", "task_id")

    def after_a_new_snapshot(number: int) -> None:
        forget_tasks()
        find_tasks(opened, TaskQuery(sort=sorts[number]))

    return {
        "overview: axis, smoothing": lambda n: show_page(opened, "overview", axis=axes[n], smoothing=10 * n + 1),
        "overview: a domain": lambda n: show_page(opened, "overview", domain=domains[n]),
        "curriculum": lambda n: show_page(opened, "curriculum", axis=axes[n]),
        "curriculum: a domain": lambda n: show_page(opened, "curriculum", domain=domains[n]),
        "curriculum: a subcategory": lambda n: show_page(
            opened, "curriculum", source=sources[n], subcategory=SUBCATEGORIES[n % len(SUBCATEGORIES)]
        ),
        "tasks: a new snapshot": after_a_new_snapshot,
        "tasks: sorted": lambda n: find_tasks(opened, TaskQuery(sort=sorts[n], offset=50 * n)),
        "tasks: filtered": lambda n: find_tasks(opened, TaskQuery(source=sources[n], kind=("stuck", "worse")[n % 2])),
        "task: history": lambda n: task_history(opened, some[n]),
        "rollouts: a step": lambda n: find_rollouts(opened, RolloutQuery(step=steps[n * 7])),
        "rollouts: a group": lambda n: group(opened, steps[-1 - n * 7], n),
        "rollouts: of a task": lambda n: find_rollouts(opened, RolloutQuery(task_id=some[n])),
        "rollouts: a subcategory": lambda n: find_rollouts(
            opened, RolloutQuery(source=sources[n], subcategory=SUBCATEGORIES[n % len(SUBCATEGORIES)])
        ),
        "rollouts: timeouts": lambda n: find_rollouts(opened, RolloutQuery(status="timeout", source=sources[n])),
        "rollouts: text found often": lambda n: find_rollouts(opened, RolloutQuery(text=f"</think><answer>{n}")),
        "rollouts: text not found": lambda n: find_rollouts(opened, RolloutQuery(text=f"zebra{n}")),
        "compare": lambda n: (run_table([opened]), rollouts_to_target([opened] * 2), show_page(opened, "compare")),
    }


@contextmanager
def stopwatch(raw: Raw, name: str) -> Iterator[None]:
    """Add wall and CPU seconds of what happens inside."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    raw[name].append({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu})


def middle(values: Sequence[dict[str, float]], clock: str) -> float:
    """Return the median of wall or cpu."""
    return median(value[clock] for value in values)


def result_table(raw: Raw, num_steps: int) -> Table:
    """Return a row for each measurement: medians, the largest, and the aim."""
    table = Table(title=f"Dashboard, a run of {num_steps:,} steps and {num_steps * 100:,} rollouts")
    table.add_column("what", no_wrap=True)
    for heading in ("median\nCPU", "largest\nCPU", "median\nwall", "aim"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, values in raw.items():
        aim = AIMS.get(name, INTERACTION_S)
        is_timed, unit = name != "all metrics read", "GiB" if name == "peak memory" else "s"
        colour = "green" if middle(values, "cpu") <= aim or not is_timed else "yellow"
        table.add_row(
            name,
            f"[{colour}]{middle(values, 'cpu'):.2f}[/{colour}] {unit}",
            f"{max(value['cpu'] for value in values):.2f} {unit}",
            f"{middle(values, 'wall'):.2f} {unit}",
            f"≤ {aim:.0f} {unit}" if is_timed else "",
        )
    return table
