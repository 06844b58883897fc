"""Force answering (paper 5.3.1): separate token budgets for thinking and answer, decided on token ids.

A completion is first sampled for `max_think_tokens`. What comes next depends on where it stands:

    ended by itself, answer within its budget         done
    ended by itself, answer over its budget           cut there, done ("length")
    out of budget, thinking closed                    goes on with what is left of the answer's budget
    out of budget, thinking still open                think_end and answer_start are inserted, and it goes on for
                                                      max_answer_tokens; without force_answer it is done ("length")

A completion that never thinks and answers within the first budget is done like any other.
Example, budgets 4 and 3, think_end 9: [5, 6, 7, 8] gets 9 inserted and may sample 3 more tokens; [5, 9, 6, 7] has
spent 2 tokens of its answer and may sample 1 more.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rlcs.config.schema import RolloutConfig
from rlcs.errors import UserError

Decode = Callable[[Sequence[int]], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budgets:
    """Token budgets of a completion."""

    max_think_tokens: int
    """Up to and including think_end."""
    max_answer_tokens: int
    """After think_end, the end-of-sequence token included."""
    force_answer: bool
    """Insert think_end when thinking runs out of budget."""

    def of_turn(self, markers: Markers) -> int:
        """Return the tokens that a turn may take: thinking, what is inserted, and the answer."""
        inserted = len(markers.think_end_ids) + len(markers.answer_start_ids)
        return self.max_think_tokens + inserted + self.max_answer_tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """The completion is done after its first `keep` tokens."""

    keep: int
    finish_reason: str
    """"stop" (the model ended it) or "length" (a budget ended it)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoOn:
    """The completion goes on for `max_tokens` more, after the tokens to insert (none when thinking was closed)."""

    max_tokens: int
    insert: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Markers:
    """think_end and answer_start in a tokenizer's terms."""

    think_end: str
    think_end_ids: tuple[int, ...]
    answer_start_ids: tuple[int, ...]
    """Empty when nothing is inserted after think_end."""
    decode: Decode
    """Token ids to text, special tokens kept."""

    def think_length(self, token_ids: Sequence[int]) -> int | None:
        """Return how many tokens thinking takes, its first think_end included; None while it is open.

        A think_end of several tokens is looked for in the text: inside a sentence it may be cut into other tokens
        than alone.
        """
        if len(self.think_end_ids) == 1:
            marker = self.think_end_ids[0]
            return token_ids.index(marker) + 1 if marker in token_ids else None
        if self.think_end not in self.decode(token_ids):
            return None
        lengths = range(len(token_ids) + 1)
        return bisect_left(lengths, True, key=lambda length: self.think_end in self.decode(token_ids[:length]))

    def closing(self, token_ids: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens that close open thinking; a think_end half written is completed, not repeated."""
        written = max(
            length
            for length in range(len(self.think_end_ids))
            if tuple(token_ids[len(token_ids) - length :]) == self.think_end_ids[:length]
        )
        return self.think_end_ids[written:] + self.answer_start_ids


def after_thinking(token_ids: Sequence[int], *, stopped: bool, budgets: Budgets, markers: Markers) -> Finished | GoOn:
    """Decide what follows the first max_think_tokens sampled tokens; `stopped` when the model ended by itself."""
    num_tokens = len(token_ids)
    thinking = markers.think_length(token_ids)
    if thinking is not None:
        limit = thinking + budgets.max_answer_tokens
        if num_tokens > limit or (num_tokens == limit and not stopped):
            return Finished(keep=limit, finish_reason="length")
        return _stopped(num_tokens) if stopped else GoOn(max_tokens=limit - num_tokens)
    if stopped:
        return _stopped(num_tokens)
    if not budgets.force_answer:
        return Finished(keep=num_tokens, finish_reason="length")
    return GoOn(max_tokens=budgets.max_answer_tokens, insert=markers.closing(token_ids))


def _stopped(num_tokens: int) -> Finished:
    return Finished(keep=num_tokens, finish_reason="stop")


def budgets_of(settings: RolloutConfig) -> Budgets:
    """Return the token budgets of a configuration."""
    think, answer = settings.max_think_tokens, settings.max_answer_tokens
    if min(think, answer) < 1:
        raise UserError(f"rollout.max_think_tokens={think} and max_answer_tokens={answer}: both must be 1 or more")
    return Budgets(max_think_tokens=think, max_answer_tokens=answer, force_answer=settings.force_answer)


def markers_of(tokenizer: Any, settings: RolloutConfig) -> Markers:
    """Return think_end and answer_start as the tokenizer writes them."""
    encode = functools.partial(tokenizer.encode, add_special_tokens=False)
    think_end_ids = tuple(encode(settings.think_end))
    if not think_end_ids:
        raise UserError("rollout.think_end is empty; set it to the text that ends thinking, for example </think>")
    return Markers(
        think_end=settings.think_end,
        think_end_ids=think_end_ids,
        answer_start_ids=tuple(encode(settings.answer_start)),
        decode=functools.partial(tokenizer.decode, skip_special_tokens=False),
    )
