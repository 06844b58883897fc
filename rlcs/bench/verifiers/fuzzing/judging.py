"""Judges cases through the reward system, as a run would, and says what is wrong with a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rewards import Scorer
from rewards.routes import default_reward
from rewards.running.call import VERIFIER_RAISED
from rewards.verdicts import Pending
from rlcs.bench.verifiers.fuzzing.cases import TOLERANCE, Case
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.records import Status, Task, Verdict

TIMEOUT_S = 30.0
"""Far above what an answer of the fuzz may take; on a busy machine a worker may stand still for a while."""
Judge = Callable[[Sequence[Case]], list[Verdict]]


def scorer_for(verifiers: Iterable[str], num_workers: int) -> Scorer:
    """Return a scorer with a source for each verifier, and one for running text."""
    rewards = {
        name if not is_prose else f"{name} in prose": reward_of(name, is_prose=is_prose)
        for name in verifiers
        for is_prose in (False, True)
    }
    return Scorer(rewards, {name: name for name in rewards}, ScoringConfig(num_workers=num_workers))


def reward_of(verifier: str, *, is_prose: bool) -> RewardConfig:
    """Return how a verifier judges here: its defaults with time to spare; in prose no box is looked for."""
    made = default_reward(verifier)
    made = replace(made, timeout_s=max(TIMEOUT_S, made.timeout_s))
    return replace(made, format=FormatConfig(box="none")) if is_prose else made


def begin(scorer: Scorer, case: Case) -> Pending:
    """Begin to judge a case."""
    source = f"{case.verifier} in prose" if case.is_prose else case.verifier
    task = Task(
        id=f"{source}:0", source=source, domain="general", prompt=case.question, answer=case.gold, params=case.params
    )
    return scorer.begin(case.answer, task, bare=not case.is_prose)


def judge_with(scorer: Scorer) -> Judge:
    """Return what judges many cases at once."""
    return lambda cases: [one.result() for one in [begin(scorer, case) for case in cases]]


def fault(case: Case, verdict: Verdict) -> str | None:
    """Return in one word what is wrong with a verdict, or None."""
    if verdict.status is Status.BAD_GOLD:
        return "gold refused"
    if verdict.score is None:
        return "not judged"
    if verdict.message.startswith(VERIFIER_RAISED):
        return "raised"
    if verdict.status in (Status.TIMEOUT, Status.WORKER_DIED):
        return "late" if verdict.status is Status.TIMEOUT else "died"
    least, most = case.bounds
    if verdict.score > most + TOLERANCE:
        return "paid"
    return "refused" if verdict.score < least - TOLERANCE else None
