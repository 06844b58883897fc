"""`rlcs bench rivals`: plays the cases, prints the tables and writes the JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from rlcs.bench.report import Comparison, comparison_table, surroundings, write_json
from rlcs.bench.rivals.cases import Case
from rlcs.bench.rivals.match import AS_IT_COMES, SIDES, Result, play
from rlcs.bench.rivals.usage import Step
from rlcs.config.schema import Config
from rlcs.process.console import console, say
from rlcs.process.environment import num_cores, prepare_process

GIB = 2**30


def run(
    cases: Sequence[Case], *, models: dict[str, Path], overrides: Sequence[str], python: Path, json_target: Path | None
) -> None:
    """Play the cases one after the other and tell what came of each.

    models: a folder for cases whose model is another than that of their configuration.
    """
    prepare_process()
    results = []
    for case in cases:
        model = [f"model.path={models[case.name]}"] if case.name in models else []
        say(f"{case.name}: RLCS and TRL in turn, {case.num_steps} steps each")
        results.append(play(case, [*model, *overrides], python))
        print_result(results[-1])
    environment = surroundings(Config(), threads=num_cores())
    found = {one.case.name: as_record(one) for one in results}
    write_json(json_target, "rivals", {"environment": environment, "overrides": list(overrides), "cases": found})


def print_result(result: Result) -> None:
    """Print both tables of a case."""
    title = f"{result.case.name}: RLCS against TRL {result.versions['trl']} ({result.threads} threads), medians"
    console.print(comparison_table(title, compare(result), sides=SIDES))
    say(f"seconds of a step, medians: {'; '.join(parts_in_words(result, side) for side in SIDES)}")
    console.print(learning_table(result))


def compare(result: Result) -> list[Comparison]:
    """Return the speeds of whole steps, round by round; per CPU second as well, which other programs hardly move."""
    aims = {"completions": result.case.aim}
    return [
        Comparison(
            what=what if clock == "seconds" else f"{what}, CPU",
            unit="/s" if clock == "seconds" else "/CPU s",
            ours=speeds(result, "RLCS", f"num_{what}", clock),
            bare=speeds(result, "TRL", f"num_{what}", clock),
            aim=aims.get(what) if clock == "seconds" else None,
        )
        for clock in ("seconds", "cpu_seconds")
        for what in ("completions", "tokens")
    ]


def speeds(result: Result, side: str, what: str, clock: str) -> list[float]:
    """Return `what` (a count of Step) divided by a clock of it, of each round."""
    length = result.case.steps
    rounds = [result.steps[side][length * k : length * (k + 1)] for k in range(result.case.rounds)]
    return [total(steps, what) / total(steps, clock) for steps in rounds]


def total(steps: Sequence[Step], what: str) -> float:
    """Return the sum of a number over steps."""
    return float(sum(getattr(step, what) for step in steps))


def parts_in_words(result: Result, side: str) -> str:
    """Return where a side spends its time: medians over the steps of its rounds."""
    steps = result.steps[side]
    middle = {name: median(step.parts[name] for step in steps) for name in steps[0].parts}
    return f"{side} " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in middle.items())


def learning_table(result: Result) -> Table:
    """Return what each run learned and needed; its rewards are means of the first and the last quarter of its steps."""
    table = Table(title=f"{result.case.name}: after the same number of completions; memory is PSS, all processes")
    table.add_column("run", no_wrap=True)
    for heading in ("completions", "reward", "pass@1", "s/step", "GiB"):
        table.add_column(heading, justify="right", no_wrap=True)
    if result.accuracy:
        table.add_row("start", "0", "", f"{result.accuracy['start']:.3f}", "", "")
    for name in (*SIDES, AS_IT_COMES):
        if name in result.steps:
            table.add_row(name, *_learning_row(result, name))
    return table


def _learning_row(result: Result, name: str) -> list[str]:
    steps = [*result.warm_up.get(name, []), *result.steps[name]]
    few = max(len(steps) // 4, 1)
    first, last = (total(some, "reward") / few for some in (steps[:few], steps[-few:]))
    accuracy = result.accuracy.get(name)
    return [
        f"{total(steps, 'num_completions'):,.0f}",
        f"{first:.3f} -> {last:.3f}",
        "" if accuracy is None else f"{accuracy:.3f}",
        f"{total(result.steps[name], 'seconds') / len(result.steps[name]):.1f}",
        f"{result.memory[name] / GIB:.1f}",
    ]


def as_record(result: Result) -> dict[str, Any]:
    """Return what goes into the JSON file of a case."""
    return {**asdict(result), "comparisons": {one.what: one.summary() for one in compare(result)}}
