"""`rlcs bench environments --engine`: what turns cost the engine, where the environment answers at once.

One engine plays episodes, and then samples single answers to the very prompts that its turns had, in turn and several
times; both have the same budgets, and about as many tokens come out. The engine waits for the environment while it has
nothing else to do: the idle share.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table

from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config, ImagesConfig, RolloutConfig
from rlcs.plugins import pack
from rlcs.process.console import console, waiting
from rlcs.process.environment import prepare_process
from rlcs.records import Completion, Group, Task
from rlcs.tiny import resolve_tiny_model
from rollout.episodes.rules import EpisodeRules
from rollout.requests import RolloutRequest, Sampling

if TYPE_CHECKING:
    from rollout.vllm_engine import VllmEngine

SETTINGS = RolloutConfig(max_think_tokens=48, max_answer_tokens=16, max_num_seqs=64, kv_cache_gib=0.5)
NUM_TASKS, NUM_COMPLETIONS, NUM_TURNS, NUM_ROUNDS = 16, 8, 4, 5
CONTEXT = 768


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What one call of the engine did."""

    tokens: int
    """Sampled or inserted in answers and turns; what an environment showed is not counted."""
    seconds: float
    idle_s: float
    """Of them, those in which the engine waited for environments."""

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / self.seconds


@dataclass(frozen=True, kw_only=True)
class Round:
    """One layout, once as episodes and once as single answers to the same prompts."""

    layout: str
    episodes: Sampled
    answers: Sampled

    @property
    def ratio(self) -> float:
        """Tokens a second of episodes, as a share of those of answers."""
        return self.episodes.rate / self.answers.rate


def run(*, json_target: Path | None) -> None:
    """Measure both layouts, print the table, write the JSON file."""
    rounds = measure(num_tasks=NUM_TASKS, num_rounds=NUM_ROUNDS)
    console.print(table(rounds))
    results = [{"layout": one.layout, "episodes": vars(one.episodes), "answers": vars(one.answers)} for one in rounds]
    write_json(json_target, "episodes", {"environment": surroundings(Config(), threads=1), "results": results})


def measure(*, num_tasks: int, num_rounds: int) -> list[Round]:
    """Return the rounds of both layouts, in turn; a first one of each, in which things start, is left out."""
    prepare_process()
    from rollout.vllm_engine import VllmEngine

    with waiting("loading the tiny policy"):
        engine = VllmEngine(
            model_path=str(resolve_tiny_model("tiny://text")), dtype="float32", settings=SETTINGS,
            images=ImagesConfig(), max_model_len=CONTEXT, seed=0, threads=1,
        )  # fmt: skip
    try:
        return [
            one_round(engine, layout, num_tasks, seed)
            for seed in range(num_rounds + 1)
            for layout in ("append", "fresh")
        ][2:]
    finally:
        engine.close()


def one_round(engine: VllmEngine, layout: str, num_tasks: int, seed: int) -> Round:
    """Play episodes, and then answer the prompts of their turns."""
    rules = EpisodeRules(
        environment="echo", params={"turns": NUM_TURNS}, layout=layout, context_tokens=CONTEXT,
        plugins=tuple(pack(["rlcs.bench.echo"])),
    )  # fmt: skip
    requests = [
        RolloutRequest(task=_task(number), prompt_ids=(), seed=1000 * seed + number, episode=rules)
        for number in range(num_tasks)
    ]
    groups, episodes = sampled(engine, requests, NUM_COMPLETIONS)
    prompts = sorted(found for group in groups for one in group.completions for found in prompts_of(group, one))
    again = [
        RolloutRequest(task=_task(0), prompt_ids=ids, seed=1000 * seed + number)
        for number, (_, ids) in enumerate(prompts)
    ]
    return Round(layout=layout, episodes=episodes, answers=sampled(engine, again, 1)[1])


def sampled(engine: VllmEngine, requests: Sequence[RolloutRequest], count: int) -> tuple[list[Group], Sampled]:
    """Let the engine do some requests; return the groups and what it took."""
    began, waited = time.perf_counter(), engine.stage.waited_s
    groups = [
        group for _, group in engine.generate(requests, sampling=Sampling(num_completions=count, temperature=1.0))
    ]
    seconds = time.perf_counter() - began
    tokens = sum(one.num_tokens for group in groups for one in group.completions)
    return groups, Sampled(tokens=tokens, seconds=seconds, idle_s=engine.stage.waited_s - waited)


def prompts_of(group: Group, completion: Completion) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the number of each turn, and all tokens that the policy had before it."""
    for number, turn in enumerate(completion.turns):
        part = completion if turn.part == 0 else completion.later[turn.part - 1]
        prompt = group.prompt_ids if turn.part == 0 else completion.later[turn.part - 1].prompt_ids
        yield number, (*prompt, *part.token_ids[: turn.start])


def table(rounds: Sequence[Round]) -> Table:
    """Return the table, a row for each layout: medians over rounds."""
    found = Table(title=f"Episodes of {NUM_TURNS} turns against single answers to the same prompts; medians")
    for heading in ("layout", "tokens/s, episodes", "tokens/s, answers", "ratio", "lowest", "engine idle"):
        found.add_column(heading, justify="right")
    for layout in dict.fromkeys(one.layout for one in rounds):
        some = [one for one in rounds if one.layout == layout]
        idle = median(one.episodes.idle_s / one.episodes.seconds for one in some)
        found.add_row(
            layout,
            f"{median(one.episodes.rate for one in some):,.0f}",
            f"{median(one.answers.rate for one in some):,.0f}",
            f"{median(one.ratio for one in some):.2f}",
            f"{min(one.ratio for one in some):.2f}",
            f"{idle:.1%}",
        )
    return found


def _task(number: int) -> Task:
    left, right = 1000 + 37 * number, 2000 + 53 * number
    return Task(id=f"echo:{number}", source="echo", domain="general", prompt=f"{left}+{right}=", answer="")
