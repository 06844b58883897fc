"""One case played: rounds in turn, then what both have learned, and what RLCS learns as it comes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlcs.bench.report import in_turn
from rlcs.bench.rivals.cases import Case, grpo_settings, shared_overrides
from rlcs.bench.rivals.ours import Ours, our_side, tasks_of
from rlcs.bench.rivals.theirs import Theirs
from rlcs.bench.rivals.usage import Step, peaks
from rlcs.config.schema import Config
from rlcs.model.files import resolve_model_path
from rlcs.process.console import say, waiting
from rlcs.process.environment import num_cores
from rlcs.records import Task
from rlcs.run.assembly import assemble_evaluation
from rlcs.run.preflight import prepare
from rlcs.run.training import EVALUATED

SIDES = ("RLCS", "TRL")
AS_IT_COMES = "RLCS as it comes"


@dataclass(kw_only=True)
class Result:
    """What came of a case; steps and figures by side."""

    case: Case
    warm_up: dict[str, list[Step]] = field(default_factory=lambda: {side: [] for side in SIDES})
    steps: dict[str, list[Step]] = field(default_factory=lambda: {side: [] for side in SIDES})
    """Those of the rounds, in order; of AS_IT_COMES all."""
    memory: dict[str, int] = field(default_factory=dict)
    """Largest sum of PSS, bytes."""
    accuracy: dict[str, float] = field(default_factory=dict)
    """pass@1 on held-out tasks: `start`, and of each side at its end."""
    threads: int = 0
    """Threads of TRL."""
    versions: dict[str, str] = field(default_factory=dict)
    """Packages of TRL's environment."""
    grpo: dict[str, Any] = field(default_factory=dict)
    """Arguments of TRL's GRPOConfig."""


def play(case: Case, overrides: Sequence[str], python: Path) -> Result:
    """Play a case; overrides are for the configuration that both sides take their settings from."""
    result = Result(case=case)
    with tempfile.TemporaryDirectory(prefix="rivals-") as name:
        folder = Path(name)
        config = configuration(case, overrides, folder / "ours")
        same_work = [*overrides, *shared_overrides(config)]
        shared = configuration(case, same_work, folder / "ours")
        with our_side(shared, every_group=True) as ours:
            if case.is_evaluated:
                result.accuracy["start"] = ours.accuracy()
            with their_side(result, ours, folder, python) as theirs:
                play_rounds(result, ours, theirs)
                if case.is_evaluated:
                    theirs.save(folder / "trl_model")
            if case.is_evaluated:
                result.accuracy["RLCS"] = ours.accuracy()
        if case.is_evaluated:
            learned = configuration(case, [*same_work, f"model.path={folder / 'trl_model'}"], folder / "ours")
            with assemble_evaluation(learned, checkpoint=None) as evaluator:
                result.accuracy["TRL"] = evaluator.evaluate(step=case.num_steps, policy_version=0)[EVALUATED]
            train_as_it_comes(result, configuration(case, overrides, folder / "as_it_comes"))
    return result


def configuration(case: Case, overrides: Sequence[str], folder: Path) -> Config:
    """Return the configuration of a run of our side that evaluates when it is told to and saves nothing."""
    held_out = ["eval.num_completions=4"] if case.is_evaluated else ["data.eval=[]"]
    # One more than is done: overlapped, the last step of a run generates nothing.
    own = [f"run.dir={folder}", f"run.steps={case.num_steps + 1}", "eval.every=0", "checkpoint.every=0", *held_out]
    return prepare(Path(case.config), [*own, *overrides])


@contextmanager
def their_side(result: Result, ours: Ours, folder: Path, python: Path) -> Iterator[Theirs]:
    """Yield TRL's side, which has loaded the same model and gets the tasks that ours draws, in the same order."""
    config = ours.training.config
    tasks = tasks_of(ours, result.case.num_steps)
    result.grpo = grpo_settings(config, result.case, output=folder / "trl")
    settings = {
        "model": str(resolve_model_path(config.model.path)),
        "grpo": result.grpo,
        **write_tasks(folder / "tasks.jsonl", ours, tasks),
    }
    theirs = Theirs(python, folder, settings, ours.judge_of(tasks))
    ours.others = theirs.pid
    try:
        with waiting("TRL loads the model"), ours.stop.interruptible():
            result.versions = theirs.wait_until_ready()
        yield theirs
    finally:
        theirs.close()


def write_tasks(file: Path, ours: Ours, tasks: Sequence[Task]) -> dict[str, Any]:
    """Write the prompts as texts; return what TRL's side is told of them."""
    renderer = ours.training.generation.renderer
    file.write_text("".join(json.dumps(renderer.text(task)) + "\n" for task in tasks), encoding="utf-8")
    return {"tasks": str(file), "num_tokens": [len(prompt) for prompt in renderer.render(tasks)]}


def play_rounds(result: Result, ours: Ours, theirs: Theirs) -> None:
    """Warm both sides up, then let them do steps in turn, each as the first in every other round."""
    case = result.case
    with peaks({"RLCS": ours.processes, "TRL": theirs.processes}) as memory:
        for threads in (1, num_cores(), 1):
            result.warm_up["RLCS"].append(ours.step())
            result.warm_up["TRL"].append(their_step(ours, theirs, threads))
        _, together, alone = (step.seconds for step in result.warm_up["TRL"])
        result.threads = num_cores() if together < alone else 1
        for number in range(case.rounds):
            for side in in_turn(number):
                for _ in range(case.steps):
                    if side == "ours":
                        result.steps["RLCS"].append(ours.step())
                    else:
                        result.steps["TRL"].append(their_step(ours, theirs, result.threads))
            say(f"{case.name}, round {number + 1} of {case.rounds}: {last_speeds(result)}")
    result.memory |= memory


def their_step(ours: Ours, theirs: Theirs, threads: int) -> Step:
    """Let TRL do a step; Ctrl-C ends it at once."""
    with ours.stop.interruptible():
        return theirs.step(threads)


def train_as_it_comes(result: Result, config: Config) -> None:
    """Train with the curriculum and all else that the configuration has, for as many completions as TRL had."""
    goal = sum(step.num_completions for step in (*result.warm_up["TRL"], *result.steps["TRL"]))
    steps: list[Step] = []
    with our_side(config, every_group=False) as ours, peaks({AS_IT_COMES: ours.processes}) as memory:
        while sum(step.num_completions for step in steps) < goal:
            steps.append(ours.step())
        result.accuracy[AS_IT_COMES] = ours.accuracy()
    result.steps[AS_IT_COMES] = steps
    result.memory |= memory


def last_speeds(result: Result) -> str:
    """Return completions/s of each side in its newest step, in words."""
    newest = {side: result.steps[side][-1] for side in SIDES}
    return ", ".join(f"{side} {one.num_completions / one.seconds:.3g} completions/s" for side, one in newest.items())
