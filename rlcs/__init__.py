"""RLCS: reinforcement learning with curriculum sampling for language and vision-language models.

What a plug-in imports is here (`from rlcs import reward, Verdict`); each name is loaded when it is first used, so that
`import rlcs` and `rlcs --help` stay light.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curriculum import Sampler
    from rewards.adapters import compute_score, trl_reward
    from rewards.registry import get_reward, reward
    from rlcs.algorithm.losses import TokenBatch, TokenLoss
    from rlcs.errors import UserError
    from rlcs.plugins import ADVANTAGES, LOSSES, SAMPLERS
    from rlcs.records import Completion, Group, Status, Task, Verdict

__version__ = "0.1.0"

__all__ = [
    "ADVANTAGES", "LOSSES", "SAMPLERS", "Completion", "Group", "Sampler", "Status", "Task", "TokenBatch", "TokenLoss",
    "UserError", "Verdict", "__version__", "compute_score", "get_reward", "reward", "trl_reward",
]  # fmt: skip

SIBLINGS = ("rewards", "curriculum", "rollout")

_HOMES = {
    "UserError": "rlcs.errors",
    "Completion": "rlcs.records",
    "Group": "rlcs.records",
    "Status": "rlcs.records",
    "Task": "rlcs.records",
    "Verdict": "rlcs.records",
    "ADVANTAGES": "rlcs.plugins",
    "LOSSES": "rlcs.plugins",
    "SAMPLERS": "rlcs.plugins",
    "Sampler": "curriculum",
    "TokenBatch": "rlcs.algorithm.losses",
    "TokenLoss": "rlcs.algorithm.losses",
    "compute_score": "rewards.adapters",
    "trl_reward": "rewards.adapters",
    "get_reward": "rewards.registry",
    "reward": "rewards.registry",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rlcs' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def _check_siblings() -> None:
    """Make sure that Python finds our `rewards`, `curriculum` and `rollout`, not files of the same name elsewhere.

    Nothing is imported. It runs in Ray's workers too, where a person's own `rewards.py` would else answer in silence.
    """
    home = Path(__file__).resolve().parent.parent
    for name in SIBLINGS:
        spec = importlib.util.find_spec(name)
        places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or "nothing"])
        if [Path(place).resolve() for place in places[:1]] != [home / name]:
            raise ImportError(
                f"`import {name}` finds {places[0] if places else 'nothing'}, but RLCS needs its own package "
                f"{home / name}; rename your {name}, or work in another folder, with the `rlcs` command, in an "
                "environment of its own"
            )


_check_siblings()
