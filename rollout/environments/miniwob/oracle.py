"""A policy that sees the page's code and solves some tasks: it makes demonstrations for a cold start.

It acts by the text that a policy would write, so what it shows can be imitated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rlcs.errors import UserError, unknown_name
from rlcs.records import Task
from rollout.environments.browser.page import ours
from rollout.environments.miniwob.environment import MiniWob
from rollout.environments.miniwob.recipes import HELPERS, RECIPES
from rollout.environments.protocol import EnvironmentFault, Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Demonstration:
    """What was shown, and what the oracle did then."""

    observation: Observation
    text: str
    """The action in the action space of the environment; empty after the last observation."""


def demonstrate(environment: MiniWob, task: Task, seed: int = 0) -> Iterator[Demonstration]:
    """Play an episode, a turn at a time. Raises UserError on a task without a recipe."""
    name = str(task.params.get("page", task.subcategory))
    if environment.actions != "desktop":
        raise UserError(f"the oracle writes desktop actions, and this environment reads {environment.actions!r} ones")
    observation = environment.reset(task, seed)
    while observation.outcome is None:
        text = next_action(environment, name)
        yield Demonstration(observation=observation, text=text)
        observation = environment.step(text)
    yield Demonstration(observation=observation, text="")


def next_action(environment: MiniWob, name: str) -> str:
    """Return what the oracle would write now, on the page of a task."""
    if name not in RECIPES:
        raise unknown_name("task with a recipe", name, RECIPES)
    assert environment.page is not None, "an episode has begun"
    with ours():
        found = environment.page.evaluate(f"(() => {{ {HELPERS} return {RECIPES[name]}; }})()")
    if not found:
        raise EnvironmentFault(f"the oracle finds nothing to do on {name}")
    return _written(found)


def _written(found: dict[str, Any]) -> str:
    if found["does"] == "click":
        x, y = (round(1000 * share) for share in found["at"])
        return f"left_click(start_box='[{x},{y}]')"
    if found["does"] == "key":
        return f"key(keys='{found['text']}')"
    text = str(found["text"]).replace("\\", "\\\\").replace("'", "\\'")
    return f"type(content='{text}')"
