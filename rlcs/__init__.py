"""RLCS: reinforcement learning with curriculum sampling for language and vision-language models.

What a plug-in imports is here (`from rlcs import reward, Verdict`); each name is loaded when it is first used, so that
`import rlcs` and `rlcs --help` stay light.

The layers: each imports from those below it only, and `lint-imports` holds it to that (pyproject.toml).

    cli/                                      # what a person types
    bench/                                    # what it costs, measured
    train_overlapped                          # the loop of train in another order
    train  sft  demonstrate  evaluate  grade  train_reward_model  check  score  doctor  dashboard/   # a command each
    grading/                                  # difficulty before training
    run/                                      # a run: put together, kept, shown
    reward_models/                            # where no rule can judge
    learner/                                  # samples in, weights out
    rollout/  algorithm/                      # prompts in, completions out; the mathematics
    model/                                    # the network and its input
    rewards/  curriculum/  tasks/             # verdicts; which tasks come next; data
    process/  reasoning_gym/  miniwob/  games/   # what any process needs; libraries of tasks
    tiny/  videos/                            # the embedded default; frames with their times
    images                                    # opened with caps
    config/  plugins  metrics                 # settings; names; numbers of a step
    records  errors                           # what crosses a boundary

Names on one line do not import one another. Files and folders of this package:

records.py             Task, Completion, Verdict, Group, Sample: read this first
train.py               rlcs train: the loop, which is the method's table of contents
train_overlapped.py    the same in another order: generating while learning
sft.py                 rlcs sft: the cold start on traces and episodes
demonstrate.py         rlcs demonstrate: episodes for it, played by experts
train_reward_model.py  rlcs reward-model: training on preference pairs
evaluate.py            rlcs eval: pass@1 and pass@k on held-out tasks
grade.py               rlcs grade: how hard the tasks are, before training
check.py               rlcs check: what is wrong, before any model loads
score.py               rlcs score: the reward system alone, a verdict a line
doctor.py              rlcs doctor: what is installed, what works, what to do
errors.py              errors that a person can fix, in one plain line
metrics.py             numbers of a step, from its records
images.py              images opened with caps, one way everywhere
plugins.py             names, the decorators that register them, people's own files
run/                   a run: put together, kept, shown
learner/               samples in, weights out
algorithm/             advantages and losses: the mathematics, no process
model/                 the network and its input
reward_models/         reward models, trained and served
grading/               grades: kept as they come, made into pass rates
tasks/                 data sources in, a pool of tasks out
process/               what any process needs: Ray, environment, interrupts, console
config/                settings: schema, loading, checks
reasoning_gym/         the sets of Reasoning Gym as tasks, and their scorers
miniwob/               the pages of MiniWoB++ as tasks
games/                 the games of TextArena as tasks
videos/                videos as frames with their times, one way everywhere
tiny/                  the embedded default: generated tasks, tiny real models
cli/                   the commands as typed
dashboard/             what a run folder says, as a page
bench/                 measurements that anyone can rerun
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
    from rlcs.records import Completion, Group, Outcome, Status, Task, Verdict
    from rollout.environments.protocol import EnvironmentFault, Observation
    from rollout.environments.registry import environment
    from rollout.environments.tools.functions import tool

__version__ = "0.1.0"

__all__ = [
    "ADVANTAGES", "ENVIRONMENTS", "LOSSES", "SAMPLERS", "Completion", "EnvironmentFault", "Group", "Observation",
    "Outcome", "Sampler", "Status", "Task", "TokenBatch", "TokenLoss", "UserError", "Verdict", "__version__",
    "compute_score", "environment", "get_reward", "reward", "tool", "trl_reward",
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
    "ENVIRONMENTS": "rlcs.plugins",
    "LOSSES": "rlcs.plugins",
    "SAMPLERS": "rlcs.plugins",
    "Sampler": "curriculum",
    "TokenBatch": "rlcs.algorithm.losses",
    "TokenLoss": "rlcs.algorithm.losses",
    "compute_score": "rewards.adapters",
    "trl_reward": "rewards.adapters",
    "get_reward": "rewards.registry",
    "reward": "rewards.registry",
    "EnvironmentFault": "rollout.environments.protocol",
    "Observation": "rollout.environments.protocol",
    "Outcome": "rlcs.records",
    "environment": "rollout.environments.registry",
    "tool": "rollout.environments.tools.functions",
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
