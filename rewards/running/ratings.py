"""Reward models as the scorer sees them: the answers to a task go out in one call, and ratings become scores.

A reward model gives a raw value on a scale of its own. It becomes a score in (0, 1) by

    z = (raw - mean) / std, cut to [-clip, clip];   score = 1 / (1 + exp(-z))

The model runs elsewhere (rlcs.reward_models.pool); nothing here imports torch or Ray.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rewards.running.call import unjudged
from rlcs.records import Messages, Status, Verdict

SCORE = "reward_model"
"""Component of a verdict: the score in (0, 1)."""
RAW = "reward_model_raw"
"""Component of a verdict: what the model said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """What a reward model says of one answer."""

    value: float | None = None
    """On the model's own scale, any number or not even one; None when there is no rating."""
    is_too_long: bool = False
    """The answer does not fit into what the model may read: the fault of who wrote it."""
    message: str = ""
    """Why there is no rating."""


class RatingCall(Protocol):
    """Ratings on their way."""

    def result(self) -> Sequence[Rating]:
        """Wait for a rating of each answer, in order; called again it returns the same."""


class RewardModel(Protocol):
    """A reward model that runs somewhere."""

    def submit(self, prompt: str | Messages, answers: Sequence[str]) -> RatingCall:
        """Begin to rate answers to a prompt; returns at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """How raw values become scores: mean and standard deviation of raw values, and the largest z that counts."""

    mean: float
    std: float
    clip: float

    def score(self, raw: float) -> float:
        """Return the score in (0, 1) of a finite raw value; example: the mean gives 0.5."""
        z = (raw - self.mean) / self.std
        return 1.0 / (1.0 + math.exp(-min(max(z, -self.clip), self.clip)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rater:
    """A reward model by its name in the configuration, with its scale."""

    name: str
    model: RewardModel
    scale: Scale

    def verdict(self, rating: Rating) -> Verdict:
        """Return the verdict that the rating alone amounts to. A value that is no number is our fault, never a 0."""
        if rating.is_too_long:
            verdict = Verdict(score=0.0, status=Status.OVER_LIMIT, components={SCORE: 0.0}, message=rating.message)
        elif rating.value is None:
            verdict = unjudged(Status.JUDGE_ERROR, f"reward model {self.name!r}: {rating.message}")
        elif not math.isfinite(rating.value):
            verdict = unjudged(Status.JUDGE_ERROR, f"reward model {self.name!r} gave {rating.value}")
        else:
            score = self.scale.score(rating.value)
            components = {SCORE: score, RAW: rating.value}
            verdict = Verdict(score=score, status=Status.PARTIAL, components=components)
        return replace(verdict, verifier=self.name)


class TaskRatings:
    """The answers to one task, rated in one call; equal ones once. Ask for all of them, then `send`."""

    def __init__(self, rater: Rater, prompt: str | Messages) -> None:
        self.rater = rater
        self._prompt = prompt
        self._answers: dict[str, int] = {}
        self._call: RatingCall | None = None

    def ask(self, answer: str) -> RatedAnswer:
        """Note an answer to be rated."""
        assert self._call is None, "the answers to this task are on their way already"
        return RatedAnswer(self, self._answers.setdefault(answer, len(self._answers)))

    def send(self) -> None:
        """Hand the answers to the model."""
        if self._call is None and self._answers:
            self._call = self.rater.model.submit(self._prompt, list(self._answers))

    def verdict(self, number: int) -> Verdict:
        """Wait for the ratings and return the verdict on one answer."""
        self.send()
        assert self._call is not None, "no answer was asked about"
        return self.rater.verdict(self._call.result()[number])


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """One answer on its way to a reward model."""

    ratings: TaskRatings
    number: int

    def result(self) -> Verdict:
        """Wait for the verdict."""
        return self.ratings.verdict(self.number)


def with_rating(judged: Verdict, rated: Verdict) -> Verdict:
    """Add a reward model's part to the verdict of a verifier; without a rating there is no score."""
    components = {**judged.components, **rated.components}
    if judged.score is None or rated.score is not None:
        return replace(judged, components=components)
    return replace(judged, score=None, status=rated.status, message=rated.message, components=components)
