"""The package `reasoning_gym`: whether it is there, what sets it has, and which of them cannot be used."""

from __future__ import annotations

from functools import cache
from typing import Any

from rlcs.errors import UserError, unknown_name

INSTALL = "pip install 'rlcs[reasoning-gym]'"

CATEGORIES = (
    "algebra", "algorithmic", "arc", "arithmetic", "code", "cognition", "games", "geometry", "graphs", "induction",
    "logic", "probability",
)  # fmt: skip
"""The kinds of sets that the library has; a task's domain is `reasoning.<category>`."""

LEFT_OUT = {
    "composite": "it is a mixture of other sets; give each of those a source of its own",
    "boxnet": "it has no right answers, and its scorer raises on most JSON that is no plan",
    "coin_flip": "its scorer gives 1 to every beginning of the right number: 0 for 0.3125",
    "game_of_life_halting": "its scorer gives 1 to any text where the answer is True or False",
    "puzzle24": "its scorer takes any four numbers that make 24, not only the ones that are given",
}
"""Sets whose scores would teach something else than the task, found by trying; and why."""


def domain_of(category: str) -> str:
    """Return the domain of the tasks of a category."""
    return f"reasoning.{category}"


@cache
def load_library() -> Any:
    """Return the module `reasoning_gym.factory`. Raises UserError, with the command that brings it, without it."""
    try:
        from reasoning_gym import factory
    except ImportError as error:
        raise UserError(f"Reasoning Gym is not installed ({error}); get it by {INSTALL}") from error
    return factory


def check_set(name: str) -> None:
    """Raise a UserError when there is no such set, or none that can be used."""
    known = load_library().DATASETS
    if name not in known:
        raise unknown_name("set of reasoning_gym://", name, known.keys() - LEFT_OUT.keys())
    if name in LEFT_OUT:
        raise UserError(f"the set {name!r} of Reasoning Gym cannot be used: {LEFT_OUT[name]}")
