"""From judgements to verdicts on whole responses, and what the verdicts of a step amount to.

A score is the weighted mean of correctness, a reward model's rating, format and style (`combine`). Shares of statuses
per source are metrics, and stop the run where too much could not be judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rewards.extraction import Extraction, format_score
from rewards.running.call import MAX_MESSAGE, VERIFIER_RAISED
from rewards.running.ratings import SCORE, RatedAnswer, with_rating
from rewards.running.remote import RemoteCall
from rewards.running.workers import WorkerCall
from rewards.style import NO_STYLE, Style, style_weights
from rlcs.config.schema import RewardConfig
from rlcs.errors import RunStopped
from rlcs.records import UNJUDGED, Group, Outcome, Status, Verdict

_SHARES = {
    "timeout_share": frozenset({Status.TIMEOUT, Status.WORKER_DIED}),
    "no_answer_share": frozenset({Status.NO_ANSWER}),
    "format_error_share": frozenset({Status.FORMAT_ERROR}),
    "correct_share": frozenset({Status.CORRECT}),
    "unjudged_share": UNJUDGED,
}
ENVIRONMENT = "environment"
"""Stands for the verifier where an environment has judged."""
Judgement = Verdict | WorkerCall | RemoteCall | RatedAnswer


def verdicts_by_source(groups: Iterable[Group]) -> dict[str, list[Verdict]]:
    """Gather the verdicts of all groups by the source of their tasks."""
    found: dict[str, list[Verdict]] = {}
    for group in groups:
        found.setdefault(group.task.source, []).extend(group.verdicts)
    return {source: verdicts for source, verdicts in found.items() if verdicts}


def share(verdicts: list[Verdict], statuses: frozenset[Status]) -> float:
    """Return the share of verdicts with one of the statuses, in [0, 1]."""
    return sum(verdict.status in statuses for verdict in verdicts) / len(verdicts)


def source_metrics(by_source: dict[str, list[Verdict]]) -> dict[str, float]:
    """Return `reward/<source>/…_share` for every source."""
    found = {
        f"reward/{source}/{name}": share(verdicts, statuses)
        for source, verdicts in by_source.items()
        for name, statuses in _SHARES.items()
    }
    raised = {source: len(raising(verdicts)) / len(verdicts) for source, verdicts in by_source.items()}
    return found | {f"reward/{source}/{VERIFIER_RAISED}_share": value for source, value in raised.items()}


def raising(verdicts: Iterable[Verdict]) -> list[str]:
    """Return what the verifier raised, for each answer that made it raise."""
    return [one.message for one in verdicts if one.message.startswith(VERIFIER_RAISED)]


def stop_if_unjudged(source: str, verdicts: list[Verdict], limit: float) -> None:
    """Raise RunStopped when more than the share `limit` of a source's verdicts could not be judged."""
    unjudged = share(verdicts, UNJUDGED)
    if unjudged <= limit:
        return
    reasons = Counter(f"{v.status}: {v.message}" for v in verdicts if v.status in UNJUDGED)
    reason, count = reasons.most_common(1)[0]
    raise RunStopped(
        f"{unjudged:.0%} of the {len(verdicts)} answers of source {source!r} could not be judged (allowed: "
        f"{limit:.0%}); most often ({count} times) {reason}. Correct the gold answers, the verifier or the "
        "environment, or raise max_unjudged_share"
    )


@dataclass(frozen=True, slots=True)
class Pending:
    """A response whose judging has begun."""

    extraction: Extraction
    judgement: Judgement
    config: RewardConfig
    style: Style
    rated: RatedAnswer | None = None
    """What a reward model says beside the verifier."""

    def result(self) -> Verdict:
        """Wait for the judgement and make it the verdict on the whole response."""
        judged = self.judgement if isinstance(self.judgement, Verdict) else self.judgement.result()
        if self.rated is not None:
            judged = with_rating(judged, self.rated.result())
        return combine(judged, self.extraction, self.config, self.style)


@dataclass(frozen=True, slots=True)
class Settled:
    """A completion that needs no judging: the environment has judged it."""

    verdict: Verdict

    def result(self) -> Verdict:
        """Return the verdict."""
        return self.verdict


def outcome_verdict(outcome: Outcome) -> Verdict:
    """Return what an environment said of an episode as the verdict on it: its score alone, no part for the format."""
    assert outcome.status is not None, "the outcome leaves its answer to a verifier"
    message = outcome.message[:MAX_MESSAGE]
    return Verdict(score=outcome.score, status=outcome.status, verifier=ENVIRONMENT, message=message)


def combine(judged: Verdict, extraction: Extraction, config: RewardConfig, style: Style = NO_STYLE) -> Verdict:
    """Return the final verdict: correctness, rating, format and style, the mean by their weights, capped by style.

    A stray box makes the score 0; a fault of style caps it. Each part is kept in `components`.
    """
    layout = format_score(extraction)
    components = {**judged.components, "format": layout, **style.parts}
    if judged.score is None:
        return replace(judged, extracted=extraction.answer, components=components)
    components["correctness"] = judged.score
    weights = {
        "correctness": config.weight,
        SCORE: config.reward_model_weight,
        "format": config.format_weight,
        **style_weights(config.style),
    }
    weighted = {name: weight for name, weight in weights.items() if weight > 0 and name in components}
    score = sum(weight * components[name] for name, weight in weighted.items()) / sum(weighted.values())
    score = min(score, config.style.cap) if style.has_fault else score
    return replace(
        judged,
        score=0.0 if style.stray_box else score,
        extracted=extraction.answer,
        components=components,
        verifier=judged.verifier or config.verifier or "",
    )
