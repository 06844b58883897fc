"""One call of a verifier and what came of it: a number becomes a verdict, an exception is laid where it belongs.

A verifier that raises is wrong itself, but who pays for it depends: were it never the answer's fault, a policy would
learn to write what makes it raise, since such an answer leaves the advantages unpunished. So the call tries what is
known to be right (`RewardEntry.known_answer`): when that is judged, this answer alone is the cause (invalid_answer, 0);
when that fails too, or the machine is at fault, there is no score (internal_error). Before any of that the verifier is
asked again: what it raises once and not twice says nothing of the answer.
"""

from __future__ import annotations

import math
import numbers
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rewards.keywords import keywords_for, named_in
from rewards.registry import REWARDS, SAYS_NOTHING
from rlcs.records import Status, Verdict

MAX_MESSAGE = 200
VERIFIER_RAISED = "verifier_raised"
"""Begins the message of a verdict on an answer that made its verifier raise."""
_OF_THE_MACHINE = (ImportError, OSError)
"""What a missing library, file, process or connection raises, whatever the answer was."""
_FULL_SCORE = 1.0 - 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """Everything a verifier needs to judge one answer; plain data that can cross to another process."""

    verifier: str
    answer: str
    gold: Any
    arguments: dict[str, Any]
    """Parameters and context by name; each function gets those that it names."""

    def for_worker(self) -> Call:
        """Return the call with only the arguments that its function names: images of a task need not travel."""
        function = REWARDS.get(self.verifier).function
        return replace(self, arguments=named_in(function, self.arguments))

    def run_quick(self) -> Verdict | None:
        """Ask the inline stage; None when there is none, or it leaves the answer undecided, or it raises."""
        entry = REWARDS.get(self.verifier)
        if entry.quick is None:
            return None
        start = time.perf_counter()
        try:
            result = entry.quick(self.answer, self.gold, **entry.keywords_for_quick(self.arguments))
            verdict = None if result is None else as_verdict(result)
        except (MemoryError, RecursionError) as error:
            verdict = _too_much(error)
        except (Exception, SystemExit):  # the verifier itself will tell whose fault it is
            verdict = None
        return None if verdict is None else self._timed(verdict, start)

    def run(self) -> Verdict:
        """Ask the verifier itself; never raises."""
        start = time.perf_counter()
        try:
            verdict = self._ask_twice()
        except (MemoryError, RecursionError) as error:
            verdict = _too_much(error)
        except (Exception, SystemExit) as error:
            verdict = self._on_raising(error)
        return self._timed(verdict, start)

    async def run_remote(self) -> Verdict:
        """Ask a verifier that is a coroutine; whatever goes wrong there is no fault of the model's."""
        start = time.perf_counter()
        function: Callable[..., Any] = REWARDS.get(self.verifier).function
        try:
            verdict = as_verdict(await function(self.answer, self.gold, **keywords_for(function, self.arguments)))
        except Exception as error:
            verdict = unjudged(Status.INTERNAL_ERROR, _told(error))
        return self._timed(verdict, start)

    def _ask_twice(self) -> Verdict:
        try:
            return self._ask(self.answer)
        except (Exception, SystemExit):
            return self._ask(self.answer)

    def _ask(self, answer: str) -> Verdict:
        function = REWARDS.get(self.verifier).function
        return as_verdict(function(answer, self.gold, **keywords_for(function, self.arguments)))

    def _on_raising(self, error: BaseException) -> Verdict:
        """Return the verdict on an answer that made the verifier raise or return no score."""
        if isinstance(error, _OF_THE_MACHINE):
            return unjudged(Status.INTERNAL_ERROR, _told(error))
        try:
            answer = REWARDS.get(self.verifier).known_answer(self.gold, self.arguments)
            known = self._ask(SAYS_NOTHING if answer is None else answer)
        except (Exception, SystemExit):
            return unjudged(Status.INTERNAL_ERROR, _told(error))
        if known.score is None:
            return unjudged(Status.INTERNAL_ERROR, _told(error))
        message = f"{VERIFIER_RAISED}: {_told(error)}"[:MAX_MESSAGE]
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message=message)

    def _timed(self, verdict: Verdict, start: float) -> Verdict:
        return replace(verdict, verifier=self.verifier, seconds=time.perf_counter() - start)


def as_verdict(result: Any) -> Verdict:
    """Turn what a verifier returned into a verdict; raises ValueError unless it is a Verdict or a number in [0, 1]."""
    if isinstance(result, Verdict):
        return result
    if not isinstance(result, numbers.Real):
        raise ValueError(f"it returned {result!r:.60}; expected a number in [0, 1] or a Verdict")
    score = float(result)
    if not math.isfinite(score) or not 0.0 <= score <= 1.0:
        raise ValueError(f"it returned {score}; expected a number in [0, 1]")
    if score >= _FULL_SCORE:
        return Verdict(score=score, status=Status.CORRECT)
    return Verdict(score=score, status=Status.PARTIAL if score > 0.0 else Status.INCORRECT)


def unjudged(status: Status, message: str) -> Verdict:
    """Return the verdict "could not judge": no score, so the completion leaves the advantages."""
    return Verdict(score=None, status=status, message=message[:MAX_MESSAGE])


def _too_much(error: BaseException) -> Verdict:
    # What the model wrote made it explode. Were it "our fault", nonsense would escape its penalty.
    return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"the answer is too much: {_told(error)}")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_MESSAGE]
