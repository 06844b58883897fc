"""An episode as far as it went: what was said to it and what it showed, so that another page can be brought there.

First run and replay are one: calls are made in order, and what an observation shows that was shown before must be the
same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from rlcs.records import Task
from rollout.environments.protocol import Observation

MAX_REPLAYS = 2
"""Replays that may fail before an episode is given up."""
Blame = Literal["retry", "give up", "hung by action"]


@dataclass(slots=True)
class Episode:
    """One episode, in one slot of one host."""

    task: Task
    seed: int
    host: int
    slot: int
    texts: list[str] = field(default_factory=list)
    """What the policy said, turn by turn."""
    digests: list[str] = field(default_factory=list)
    """Of each observation that the caller has got: one more than texts when it is the policy's turn."""
    done: int = 0
    """Calls that the present page has behind it: 0 before its reset."""
    failures: int = 0
    """Faults since the last new observation."""
    hung_at: int = -1
    """The call at which the page hung last."""
    message: str = ""
    """The last fault."""

    @property
    def is_due(self) -> bool:
        """Whether there is a call to make: the page is not where the caller has it."""
        return self.done < 1 + len(self.texts)

    @property
    def is_replayed(self) -> bool:
        """Whether the call to make was made before."""
        return self.done < len(self.digests)

    def observe(self, observation: Observation) -> bool:
        """Take what came of the call; False when a replay shows something else than before."""
        digest = digest_of(observation)
        if self.is_replayed:
            is_same = digest == self.digests[self.done]
            self.done += 1
            return is_same
        self.digests.append(digest)
        self.done, self.failures, self.hung_at = self.done + 1, 0, -1
        return True

    def lose_page(self) -> None:
        """Begin anew with the next call: the page is gone."""
        self.done = 0

    def blame(self, message: str, *, hung: bool) -> Blame:
        """Tell what follows from a fault of the call that was made."""
        at, self.message = self.done, message
        self.failures += 1
        self.lose_page()
        if hung and at > 0 and at == self.hung_at:
            return "hung by action"
        self.hung_at = at if hung else -1
        return "give up" if self.failures > MAX_REPLAYS else "retry"


def digest_of(observation: Observation) -> str:
    """Return a hash of all that an observation shows, of its state and of the outcome.

    Where an environment tells its state, that stands for its pictures: a page may come out a shade other than before.
    """
    digest = hashlib.sha256()
    for part in observation.parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else b"" if observation.state else part
        digest.update(f"{type(part).__name__} {len(data)} ".encode())
        digest.update(data)
    digest.update(repr((observation.outcome, observation.fresh, observation.state)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
