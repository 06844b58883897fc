"""One call of a verifier and what came of it: a number becomes a verdict, an exception becomes "could not judge"."""

from __future__ import annotations

import math
import numbers
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rewards.keywords import keywords_for, named_in
from rewards.registry import REWARDS
from rlcs.records import Status, Verdict

MAX_MESSAGE = 200
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
        """Ask the inline stage; None when there is none or it leaves the answer undecided."""
        entry = REWARDS.get(self.verifier)
        if entry.quick is None:
            return None
        return self._call(entry.quick, entry.keywords_for_quick(self.arguments))

    def run(self) -> Verdict:
        """Ask the verifier itself."""
        function = REWARDS.get(self.verifier).function
        verdict = self._call(function, keywords_for(function, self.arguments))
        return verdict or unjudged(Status.INTERNAL_ERROR, f"verifier {self.verifier!r} returned None")

    async def run_remote(self) -> Verdict:
        """Ask a verifier that is a coroutine; whatever goes wrong there is no fault of the model's."""
        start = time.perf_counter()
        function: Callable[..., Any] = REWARDS.get(self.verifier).function
        try:
            verdict = as_verdict(await function(self.answer, self.gold, **keywords_for(function, self.arguments)))
        except Exception as error:
            verdict = unjudged(Status.INTERNAL_ERROR, _told(error))
        return replace(verdict, verifier=self.verifier, seconds=time.perf_counter() - start)

    def _call(self, function: Callable[..., Any], keywords: dict[str, Any]) -> Verdict | None:
        start = time.perf_counter()
        try:
            result = function(self.answer, self.gold, **keywords)
            verdict = None if result is None else as_verdict(result)
        except (MemoryError, RecursionError) as error:
            # What the model wrote made it explode. Were it "our fault", nonsense would escape its penalty.
            verdict = Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"the answer is too much: {_told(error)}")
        except (Exception, SystemExit) as error:  # a bug in a verifier must not cost the model reward, nor end the run
            verdict = unjudged(Status.INTERNAL_ERROR, _told(error))
        if verdict is None:
            return None
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


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_MESSAGE]
