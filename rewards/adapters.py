"""Our verifiers under the interfaces of others: verl's `compute_score` and TRL's reward functions.

The worker processes start with the first answer and live as long as the program, so calls are cheap after that.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rewards.routes import default_reward
from rewards.scorer import Scorer
from rewards.verdicts import Pending
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.errors import UserError
from rlcs.records import Task

_lock = threading.Lock()
_scorers: dict[tuple[int, str], Scorer] = {}
"""By process and reward: a forked process must not use its parent's workers."""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    **params: Any,
) -> dict[str, Any]:
    """Judge one response the way verl calls it: `custom_reward_function.name=compute_score`.

    The verifier is `extra_info["verifier"]`, else that of `extra_info["domain"]`, else `data_source` as one of the two.
    `extra_info` may hold `params` and `question` as well; `params` given here count for all responses.
    Returns `score` in [0, 1], `status`, and `judged`: False where our side failed. verl knows no missing reward, so the
    score is 0.0 then; watch the mean of `judged`.
    """
    extra = dict(extra_info or {})
    config = default_reward(str(extra.get("verifier") or extra.get("domain") or data_source), params)
    task = _task(ground_truth, extra.get("params"), extra.get("question"))
    verdict = _begin(config, solution_str, task).result()
    is_judged = verdict.score is not None
    return {"score": verdict.score if is_judged else 0.0, "status": str(verdict.status), "judged": is_judged}


def trl_reward(
    verifier: str,
    *,
    answer_column: str = "answer",
    params: Mapping[str, Any] | None = None,
    config: RewardConfig | None = None,
) -> Callable[..., list[float | None]]:
    """Return a reward function for TRL's trainers: `reward_funcs=[trl_reward("math")]`.

    It reads the gold answers from a column of the data set, and parameters of single rows from a column `params`. What
    could not be judged is None, which TRL leaves out. `verifier` may be a domain; `config` sets layout and deadline.
    """
    settings = config or default_reward(verifier, params)

    def judge(completions: Sequence[Any], prompts: Sequence[Any] | None = None, **columns: Any) -> list[float | None]:
        if answer_column not in columns:
            known = ", ".join(columns) or "none"
            raise UserError(f"the data has no column {answer_column!r}; set answer_column to one of: {known}")
        count = len(completions)
        rows = zip(
            completions,
            columns[answer_column],
            columns.get("params") or [None] * count,
            prompts or [""] * count,
            strict=True,
        )
        pending = [_begin(settings, _text(one), _task(gold, own, _text(asked))) for one, gold, own, asked in rows]
        return [one.result().score for one in pending]

    judge.__name__ = f"{verifier}_reward"
    return judge


def _begin(config: RewardConfig, response: str, task: Task) -> Pending:
    """Begin to judge a response in this process's workers; verl calls from many threads."""
    with _lock:
        key = (os.getpid(), repr(config))
        if key not in _scorers:
            _scorers[key] = Scorer({"default": config}, {"default": "default"}, ScoringConfig())
            atexit.register(_scorers[key].close)
        return _scorers[key].begin(response, task)


def _task(gold: Any, params: Any, question: Any) -> Task:
    own = dict(params or {})
    return Task(id="default:0", source="default", domain="general", prompt=question or "", answer=gold, params=own)


def _text(completion: Any) -> str:
    """Return a completion or prompt as text: TRL gives chat messages where the prompts are chats."""
    if isinstance(completion, str):
        return completion
    return "\n".join(str(message.get("content") or "") for message in completion)
