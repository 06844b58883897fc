"""A completion while it grows: sampled and inserted tokens side by side, until it becomes a Completion record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rlcs.records import Completion, Group
from rollout.forcing import Budgets, Finished, GoOn, Markers, after_thinking
from rollout.requests import RolloutRequest


@dataclass(kw_only=True)
class Draft:
    """The tokens of one completion so far; the three lists have the same length."""

    number: int
    """Place in the group."""
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    """Of each token under the sampling policy; 0.0 where inserted."""
    loss_mask: list[int] = field(default_factory=list)
    """1 where sampled, 0 where inserted."""
    forced: bool = False
    in_answer: bool = False
    """True once the first pass, with the budget of thinking, is over."""

    def advance(
        self, token_ids: Sequence[int], logprobs: Sequence[float], *, stopped: bool, budgets: Budgets, markers: Markers
    ) -> Finished | GoOn:
        """Take what one pass sampled and return what comes next; inserts the tokens of a forced answer."""
        assert len(token_ids) == len(logprobs), f"{len(token_ids)} tokens with {len(logprobs)} log-probabilities"
        self.token_ids += token_ids
        self.logprobs += logprobs
        self.loss_mask += [1] * len(token_ids)
        if self.in_answer:
            return Finished(keep=len(self.token_ids), finish_reason="stop" if stopped else "length")
        next_step = after_thinking(self.token_ids, stopped=stopped, budgets=budgets, markers=markers)
        if isinstance(next_step, GoOn):
            self._insert(next_step.insert)
            self.in_answer = True
        return next_step

    def _insert(self, token_ids: Sequence[int]) -> None:
        self.token_ids += token_ids
        self.logprobs += [0.0] * len(token_ids)
        self.loss_mask += [0] * len(token_ids)
        self.forced = bool(token_ids)

    def complete(self, end: Finished, *, policy_version: int, markers: Markers) -> Completion:
        """Return the kept tokens as a record; an end-of-sequence token stays a token and leaves the text."""
        token_ids = tuple(self.token_ids[: end.keep])
        return Completion(
            token_ids=token_ids,
            logprobs=tuple(self.logprobs[: end.keep]),
            loss_mask=tuple(self.loss_mask[: end.keep]),
            policy_version=policy_version,
            finish_reason=end.finish_reason,
            forced=self.forced,
            text=markers.decode(token_ids[:-1] if end.finish_reason == "stop" else token_ids),
        )


@dataclass(kw_only=True)
class OpenGroup:
    """A request of a generate call and those of its completions that are done, in any order."""

    index: int
    """Place of the request in the call."""
    request: RolloutRequest
    num_completions: int
    completions: dict[int, Completion] = field(default_factory=dict)

    def finish(self, number: int, completion: Completion) -> Group | None:
        """Put a completion in its place; return the group, in seed order, when it was the last one."""
        self.completions[number] = completion
        if len(self.completions) < self.num_completions:
            return None
        in_order = tuple(self.completions[number] for number in range(self.num_completions))
        request = self.request
        return Group(task=request.task, prompt_ids=request.prompt_ids, images=request.images, completions=in_order)
