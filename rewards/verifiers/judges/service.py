"""An LLM judge as the verifier sees it: verdicts from the cache or from a judge that has just proved itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from weakref import WeakValueDictionary

from rewards.running.remote import concurrency
from rewards.verifiers.judges.cache import VerdictCache, key_of
from rewards.verifiers.judges.canaries import Canary, canaries_for, fault_of
from rewards.verifiers.judges.client import JudgeClient, JudgeFault, Unavailable
from rewards.verifiers.judges.prompt import PROMPT_VERSION, messages_for
from rewards.verifiers.judges.reply import GRADINGS
from rewards.verifiers.judges.request import Endpoint

log = logging.getLogger("rlcs.rewards")


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    """What makes one judge another one; hashable."""

    endpoint: Endpoint
    cache: str
    canary_every: int
    """Calls after which the canaries are asked again; 0 asks none."""
    max_canary_failures: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An answer to judge; all text."""

    question: str
    reference: str
    answer: str
    rules: str = ""


class JudgeService:
    """Judges answers: cached verdicts at once, others when the canaries are right. Lives in one event loop."""

    def __init__(self, settings: JudgeSettings) -> None:
        self.settings = settings
        self.client = JudgeClient(settings.endpoint)
        self.cache = VerdictCache(settings.cache)
        self._name = f"the judge {settings.endpoint.model}"
        self._canaries = canaries_for(GRADINGS[settings.endpoint.grading])
        self._proving = asyncio.Lock()
        self._calls_left = 0
        self._distrust = ""
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def judge(self, item: Item) -> float:
        """Return the score of an answer in [0, 1]; JudgeFault when there is no verdict, or none to be trusted."""
        asked = self.settings.endpoint
        key = key_of([PROMPT_VERSION, asked.model, asked.grading, asked.max_tokens, asked.extra, asdict(item)])
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:  # the same question twice at the same time is asked once
            known = self.cache.get(key)
            if known is not None:
                return known
            await self._check_trust()
            score = await self._ask(item)
            self.cache.put(key, score)
            return score

    async def close(self) -> None:
        """Close connections and cache."""
        await self.client.close()
        self.cache.close()

    async def _ask(self, item: Item) -> float:
        grading = self.settings.endpoint.grading
        return await self.client.ask(
            messages_for(item.question, item.reference, item.answer, grading=grading, rules=item.rules)
        )

    async def _check_trust(self) -> None:
        """Ask the canaries when they are due; raise JudgeFault while the judge cannot be trusted."""
        if not self.settings.canary_every:
            return
        async with self._proving:
            if self._calls_left == 0:
                await self._prove()
                self._calls_left = self.settings.canary_every
            self._calls_left -= 1
        if self._distrust:
            raise JudgeFault(self._distrust)

    async def _prove(self) -> None:
        """Ask all canaries and remember what follows; JudgeFault when they cannot be asked."""
        fault = fault_of(self._canaries, await self._canary_scores(), self.settings.max_canary_failures)
        self._distrust = f"{self._name} {fault}" if fault else ""
        if fault:
            self.cache.forget_untrusted()
            log.error("%s; its verdicts do not count until it passes", self._distrust)
        else:
            self.cache.trust()
            log.info("%s passes its %d canaries", self._name, len(self._canaries))

    async def _canary_scores(self) -> Sequence[float | str]:
        """Return the score of each canary, or what came instead. The first goes alone: is anyone there?"""
        free = asyncio.Semaphore(concurrency())

        async def ask(canary: Canary) -> float | str:
            async with free:
                try:
                    item = Item(question=canary.question, reference=canary.reference, answer=canary.answer)
                    return await self._ask(item)
                except Unavailable:
                    raise
                except JudgeFault as fault:
                    return str(fault)

        first, *others = self._canaries
        return [await ask(first), *await asyncio.gather(*map(ask, others))]
