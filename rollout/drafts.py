"""A completion while it grows: sampled and inserted tokens side by side, until it becomes a Completion record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rlcs.records import Completion, Group, PromptImage
from rlcs.tasks.prompts import Prompt
from rollout.forcing import Budgets, Finished, GoOn, Markers, after_thinking
from rollout.requests import RolloutRequest


@dataclass(kw_only=True)
class Draft:
    """The tokens that follow a prompt so far; the three lists have the same length."""

    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    """Of each token under the sampling policy; 0.0 where inserted or shown."""
    loss_mask: list[int] = field(default_factory=list)
    """1 where sampled, 0 where inserted or shown."""
    turn_start: int = 0
    """Where the present turn begins."""
    is_forced: bool = False
    """True when thinking ran out of budget in the present turn."""
    in_answer: bool = False
    """True once the first pass of the turn, with the budget of thinking, is over."""

    def advance(
        self, token_ids: Sequence[int], logprobs: Sequence[float], *, stopped: bool, budgets: Budgets, markers: Markers
    ) -> Finished | GoOn:
        """Take what one pass sampled and return what comes next; inserts the tokens of a forced answer."""
        assert len(token_ids) == len(logprobs), f"{len(token_ids)} tokens with {len(logprobs)} log-probabilities"
        self.token_ids += token_ids
        self.logprobs += logprobs
        self.loss_mask += [1] * len(token_ids)
        turn = self.token_ids[self.turn_start :]
        if self.in_answer:
            return Finished(keep=len(turn), finish_reason="stop" if stopped else "length")
        next_step = after_thinking(turn, stopped=stopped, budgets=budgets, markers=markers)
        if isinstance(next_step, GoOn):
            self._insert(next_step.insert)
            self.is_forced, self.in_answer = bool(next_step.insert), True
        return next_step

    def end_turn(self, end: Finished) -> None:
        """Let go of what the turn sampled beyond its end."""
        for row in (self.token_ids, self.logprobs, self.loss_mask):
            del row[self.turn_start + end.keep :]

    def leave_out(self) -> None:
        """Let the present turn count as shown: it is read, and not trained on."""
        self.loss_mask[self.turn_start :] = [0] * (len(self.token_ids) - self.turn_start)

    def show(self, token_ids: Sequence[int]) -> None:
        """Insert what an environment shows after a turn, and begin the next one."""
        self._insert(token_ids)
        self.turn_start, self.is_forced, self.in_answer = len(self.token_ids), False, False

    def _insert(self, token_ids: Sequence[int]) -> None:
        self.token_ids += token_ids
        self.logprobs += [0.0] * len(token_ids)
        self.loss_mask += [0] * len(token_ids)

    def complete(self, end: Finished, *, policy_version: int, markers: Markers) -> Completion:
        """Return a single answer as a record; an end-of-sequence token stays a token and leaves the text."""
        self.end_turn(end)
        token_ids = tuple(self.token_ids)
        return Completion(
            token_ids=token_ids,
            logprobs=tuple(self.logprobs),
            loss_mask=tuple(self.loss_mask),
            policy_version=policy_version,
            finish_reason=end.finish_reason,
            forced=self.is_forced,
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
    prompt_ids: tuple[int, ...] = ()
    """What all completions begin with; of episodes it is known when the first one has begun."""
    images: tuple[PromptImage, ...] = ()
    state: str = ""
    """What the environment told of its state then, where it tells any."""
    made: Any = None
    """The prompt as the engine takes it."""

    def begins_alike(self, prompt: Prompt, state: str) -> bool:
        """Tell whether another episode begins as the group does.

        By what is shown, or by the state of the environment where it tells one: a page may come out a shade other than
        before (one colour of 256 in a few pixels was seen), and all episodes are shown the first picture of it.
        """
        is_same = (state == self.state) if state else (prompt.images == self.images)
        return is_same and prompt.ids == self.prompt_ids

    def finish(self, number: int, completion: Completion) -> Group | None:
        """Put a completion in its place; return the group, in seed order, when it was the last one."""
        self.completions[number] = completion
        if len(self.completions) < self.num_completions:
            return None
        in_order = tuple(self.completions[number] for number in range(self.num_completions))
        return Group(task=self.request.task, prompt_ids=self.prompt_ids, images=self.images, completions=in_order)
