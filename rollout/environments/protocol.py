"""What an environment is: a text in, an observation out, until it says that the episode is over.

@environment("countdown")
class Countdown:
    def reset(self, task: Task, seed: int) -> Observation:
        self.left = 3
        return Observation(parts=("Say go.",))

    def step(self, text: str) -> Observation:
        self.left -= 1
        outcome = None if self.left else Outcome(score=1.0, status=Status.CORRECT)
        return Observation(parts=(f"{self.left} left",), outcome=outcome)

    def close(self) -> None: ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from rlcs.records import Outcome, Task

Piece = str | bytes
"""Text, or an encoded image."""
_ANSWER = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)
__all__ = ["Environment", "EnvironmentFault", "Expert", "Fallible", "Observation", "Outcome", "Piece", "answer_of"]
_BOX, _BOX_END = "<|begin_of_box|>", "<|end_of_box|>"


class EnvironmentFault(Exception):
    """The environment failed, through no fault of the policy: the browser is gone, a page does not load, a deadline.

    Nothing else means that. hung: it did not answer in time.
    """

    def __init__(self, message: str, *, hung: bool = False) -> None:
        super().__init__(message)
        self.hung = hung


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What an environment shows the policy after a turn; never trained on."""

    parts: tuple[Piece, ...]
    """Texts and encoded images, in the order in which they are shown."""
    outcome: Outcome | None = None
    """How the episode ended, or None while it goes on."""
    fresh: bool = False
    """True: the parts are a whole new prompt; False: they are one more message of the conversation."""
    state: str = ""
    """What else must be the same when the episode is replayed, such as a hash of a page; never shown."""
    counted: tuple[str, ...] = ()
    """What metrics are to count of this turn: "unreadable" where the action could not be read."""


class Environment(Protocol):
    """One live episode at a time; cheap to make, and reused after `reset`. Calls come one at a time, from one thread.

    What a policy wrote is never an exception: an action that cannot be read is an observation that says so.
    """

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin an episode, the same one for the same task and seed. Raises EnvironmentFault."""
        ...

    def step(self, text: str) -> Observation:
        """Take the text of a turn, without its stop token, and answer it. Raises EnvironmentFault."""
        ...

    def close(self) -> None:
        """Let go of what it holds, also after a fault."""
        ...


@runtime_checkable
class Expert(Protocol):
    """An environment that knows how its episodes are won: `rlcs demonstrate` plays them for a cold start."""

    def expert(self) -> str:
        """Return the whole turn that a policy should write now, thinking and answer in their tags.

        Raises EnvironmentFault where it knows nothing.
        """
        ...


@runtime_checkable
class Fallible(Protocol):
    """An environment whose episodes can be played with mistakes, for a policy to see what to do after one."""

    def mistake(self, random: Random) -> str:
        """Return a whole turn that a policy might write now and better had not; it is shown, and not imitated."""
        ...


def answer_of(text: str) -> str:
    """Return what a turn says after thinking, without the marks of an answer around it.

    Example: "<think>hm</think><answer><|begin_of_box|>wait()<|end_of_box|></answer>" gives "wait()".
    """
    text = text.rpartition("</think>")[2]
    if tagged := _ANSWER.search(text):
        text = tagged[1]
    if _BOX in text:
        text = text.rpartition(_BOX)[2].partition(_BOX_END)[0]
    return text.strip()
