"""Cases on which verifiers once were wrong, each with the verifier that judges it: judged as `rlcs score` would.

A row names its `verifier` (else `math`, or `choice` where its kind says so) and has the right score in `expected`. The
file `prose` asks for the final answer in running text: no box is looked for.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import rewards  # noqa: F401  (registers the verifiers)
from rewards import Scorer
from rewards.registry import REWARDS
from rewards.routes import default_reward
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig

Row = dict[str, Any]

TOLERANCE = 1e-3
LEFT_OUT = {"judge"}
"""Asks an endpoint, which is not there."""


def reward_of(verifier: str, *, is_prose: bool) -> RewardConfig:
    """Return how `rlcs score` judges a line that names this verifier, or how running text is judged."""
    made = default_reward(verifier)
    return replace(made, format=FormatConfig(box="none")) if is_prose else made


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """Return the one scorer of this module: a source for each verifier and layout."""
    names = [name for name in REWARDS if name not in LEFT_OUT and REWARDS.get(name).function.__module__ != "__main__"]
    made = {
        source_of(name, is_prose): reward_of(name, is_prose=is_prose) for name in names for is_prose in (False, True)
    }
    found = Scorer(made, {name: name for name in made}, ScoringConfig())
    atexit.register(found.close)
    return found


def source_of(verifier: str, is_prose: bool) -> str:
    """Return the name of the source with this verifier and layout."""
    return f"{verifier} in prose" if is_prose else verifier


def verifier_of(row: Row) -> str:
    """Return the verifier that a row names or means."""
    named = row.get("verifier")
    return str(named) if named else "choice" if str(row.get("kind", "")).startswith("choice") else "math"


def score_of(row: Row, *, is_prose: bool) -> float | None:
    """Return what a row's response scores; None where it could not be judged."""
    question, params = row.get("question") or "", row.get("params") or {}
    source = source_of(verifier_of(row), is_prose)
    return scorer().score_one(row["response"], row["answer"], source=source, question=question, params=params).score


def agrees(row: Row, *, is_prose: bool) -> bool:
    """Tell whether a row scores what it should."""
    score = score_of(row, is_prose=is_prose)
    return score is not None and abs(score - row["expected"]) <= TOLERANCE


def is_overpaid(row: Row, *, is_prose: bool) -> bool:
    """Tell whether a row scores more than it should."""
    score = score_of(row, is_prose=is_prose)
    return score is not None and score > row["expected"] + TOLERANCE


FILES: dict[str, Callable[[Row], bool]] = {
    "faults": partial(agrees, is_prose=False),
    "prose": partial(agrees, is_prose=True),
}
OVERPAID: dict[str, Callable[[Row], bool]] = {
    "faults": partial(is_overpaid, is_prose=False),
    "prose": partial(is_overpaid, is_prose=True),
}
