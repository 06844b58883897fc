"""All tasks of MiniWoB++ tried: what each asks for, whether the same clicks always show the same, how the oracle does.

    python -m rlcs.bench.miniwob docs/miniwob.md

writes the table of that page anew: two episodes of random actions each, on pages that work beside one another.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from rlcs.miniwob.catalogue import LEFT_OUT, usable_tasks
from rlcs.miniwob.library import all_tasks
from rlcs.miniwob.paths import MAX_SEED
from rlcs.records import Status, Task
from rollout.environments import builtin  # noqa: F401  (registers)
from rollout.environments.experts import play
from rollout.environments.hosts.episode import digest_of
from rollout.environments.hosts.pool import Hosts
from rollout.environments.miniwob.environment import MiniWob
from rollout.environments.miniwob.recipes import RECIPES

NUM_TURNS = 6
SEED = 3
START, END = "<!-- table -->\n", "<!-- end of the table -->\n"


@dataclass(slots=True)
class Tried:
    """An episode of random actions."""

    asked: str = ""
    """The first line of what was shown: what the task asks for."""
    digests: list[str] = field(default_factory=list)
    score: float | None = None
    """None while it goes on, or where there was a fault."""
    has_fault: bool = False


def main(page: Path) -> None:
    """Try every task and write the table into the page, between its two marks."""
    names = usable_tasks()
    first, second = try_tasks(names), try_tasks(names)
    steps = oracle_steps(list(RECIPES))
    head = "| task | asks, for example | the same twice | oracle, actions | not used because |\n"
    rows = [_row(name, first.get(name), second.get(name), steps.get(name)) for name in all_tasks()]
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}{head}|{'---|' * 5}\n{''.join(rows)}{END}{after}", encoding="utf-8")


def try_tasks(names: Sequence[str]) -> dict[str, Tried]:
    """Play an episode of each task with the actions that its name gives."""
    hosts = Hosts("miniwob", {"observe": "both", "max_turns": NUM_TURNS})
    found, randoms, left = {name: Tried() for name in names}, [Random(name) for name in names], list(range(len(names)))
    try:
        while left or hosts.num_working:
            while left and hosts.num_free:
                key = left.pop(0)
                hosts.begin(key, page_task(names[key], SEED), 0)
            hosts.wait(1.0)
            for reply in hosts.poll():
                tried = found[names[reply.key]]
                tried.asked = tried.asked or str(reply.observation.parts[0]).partition("\n")[0]
                tried.digests.append(digest_of(reply.observation))
                if outcome := reply.observation.outcome:
                    tried.score, tried.has_fault = outcome.score, outcome.status is Status.ENV_FAULT
                    hosts.close(reply.key)
                else:
                    hosts.step(reply.key, random_action(randoms[reply.key]))
    finally:
        hosts.end()
    return found


def random_action(random: Random) -> str:
    """Return an action that a policy without eyes could write."""

    def place() -> str:
        return f"[{random.randint(0, 1000)},{random.randint(0, 1000)}]"

    kinds = ("click", "drag", "type", "scroll", "key", "double", "hover", "nonsense")
    kind = random.choices(kinds, weights=(12, 3, 3, 2, 2, 1, 1, 1))[0]
    return {
        "click": f"left_click(start_box='{place()}')",
        "drag": f"left_drag(start_box='{place()}', end_box='{place()}')",
        "type": f"type(content='ab{random.randint(0, 9)}')",
        "scroll": f"scroll(start_box='{place()}', direction='down', step=3)",
        "key": f"key(keys='{random.choice(['Tab', 'Enter', 'ctrl+a', 'Down', 'ctrl+v'])}')",
        "double": f"left_double_click(start_box='{place()}')",
        "hover": f"hover(start_box='{place()}')",
        "nonsense": "I do not know",
    }[kind]


def oracle_steps(names: Sequence[str]) -> dict[str, int]:
    """Return how many actions the oracle takes for each task, on a held-out seed."""
    environment, found = MiniWob(observe="text", max_turns=20), {}
    for name in names:
        played = play(environment, page_task(name, MAX_SEED + SEED))
        assert played.outcome is not None and played.outcome.score == 1.0, f"{name} is not solved"
        found[name] = len(played.turns)
    environment.close()
    return found


def page_task(name: str, seed: int) -> Task:
    """Return the task of a page."""
    params = {"page": name, "page_seed": seed}
    return Task(
        id=f"miniwob:{name}-{seed}", source="miniwob", domain="gui.episode", prompt="", answer=name, params=params
    )


def _row(name: str, first: Tried | None, second: Tried | None, steps: int | None) -> str:
    if first is None or second is None:
        return f"| {name} | | | | {LEFT_OUT[name]} |\n"
    same = "yes" if first == second and not first.has_fault else "**no**"
    asked = first.asked.replace("|", "\\|")
    asked = asked if len(asked) <= 100 else asked[:97] + "…"
    return f"| {name} | {asked} | {same} | {steps or ''} | |\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
