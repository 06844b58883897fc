"""Asks an LLM judge for one verdict, again and again where that helps, until the deadline.

Busy (429), broken (5xx), slow or cut off: again, after a growing pause or the one that Retry-After asks for. A reply
without a verdict: again, a few times. Refused (400, 401, 404, …): not again, a person has to change something.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time

from rewards.running.remote import deadline
from rewards.verifiers.judges.prompt import response_format
from rewards.verifiers.judges.reply import GRADINGS, NotAVerdict, read_reply
from rewards.verifiers.judges.request import Again, Endpoint, JudgeHttp, Refused

log = logging.getLogger("rlcs.rewards")

PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
MAX_MUTE = 3
"""Replies without a verdict to one question, after which it is given up."""
MAX_UNREACHED = 3
"""Attempts to reach an endpoint that nothing has ever been heard of: more likely a wrong address than a restart."""
MAX_FAILURES = 16
"""Calls that fail in a row, after which none are made for a while: the run must not wait for each of thousands."""
REST_S = 30.0
_NOT_UNDERSTOOD = frozenset({400, 422})


class JudgeFault(Exception):
    """The judge gave no verdict; the message says why."""


class Unavailable(JudgeFault):
    """It could not be asked, or refused to answer at all."""


class JudgeClient:
    """One judge, and whether it answers at present."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.http = JudgeHttp(endpoint)
        self._takes_formats = True
        self._failures, self._rests_until = 0, 0.0
        self._last_fault = ""
        self._told: set[int] = set()

    async def ask(self, messages: list[dict[str, str]]) -> float:
        """Return the score that the judge gives; JudgeFault when there is none by the deadline of the call."""
        if self._failures >= MAX_FAILURES and time.monotonic() < self._rests_until:
            raise Unavailable(self._last_fault)
        try:
            async with asyncio.timeout_at(deadline()):
                score = await self._ask_until_verdict(messages)
        except TimeoutError as error:
            raise self._failed(Unavailable("no verdict in time; raise timeout_s")) from error
        except Unavailable as fault:
            raise self._failed(fault) from fault
        self._failures = 0
        return score

    async def close(self) -> None:
        """Close the connections."""
        await self.http.close()

    def _failed(self, fault: Unavailable) -> Unavailable:
        self._failures = self._failures + 1 if self.http.was_reached else MAX_FAILURES
        self._rests_until = time.monotonic() + REST_S
        self._last_fault = str(fault)
        return fault

    async def _ask_until_verdict(self, messages: list[dict[str, str]]) -> float:
        num_mute = 0
        for attempt in itertools.count():
            try:
                return await self._ask_once(messages)
            except Refused as fault:
                raise self._refused(fault) from fault
            except NotAVerdict as fault:
                num_mute += 1
                if num_mute == MAX_MUTE:
                    raise JudgeFault(f"{MAX_MUTE} times no verdict; the last time {fault}") from fault
            except Again as fault:
                await self._pause(attempt, fault)
        raise AssertionError("it counts for ever")

    async def _pause(self, attempt: int, fault: Again) -> None:
        """Wait before the next attempt; raise Unavailable at once when that will not help in time."""
        if fault.unreached and not self.http.was_reached and attempt + 1 >= MAX_UNREACHED:
            raise Unavailable(f"{fault}; is the judge running at {self.endpoint.base_url}?") from fault
        seconds = pause_s(attempt, fault.pause_s)
        if asyncio.get_running_loop().time() + seconds >= deadline():
            raise Unavailable(f"no verdict in time (timeout_s); the last time {fault}") from fault
        await asyncio.sleep(seconds)

    async def _ask_once(self, messages: list[dict[str, str]]) -> float:
        grading = GRADINGS[self.endpoint.grading]
        free_form = self.endpoint.body(messages, None)
        if not self._takes_formats:
            return read_reply(await self.http.post(free_form), grading)
        try:
            content = await self.http.post(self.endpoint.body(messages, response_format(grading)))
        except Refused as fault:
            if fault.status not in _NOT_UNDERSTOOD:
                raise
            content = await self.http.post(free_form)  # refused again, that is what the person is told
            log.warning("the judge at %s knows no response_format; it is asked without", self.endpoint.base_url)
            self._takes_formats = False
        return read_reply(content, grading)

    def _refused(self, fault: Refused) -> Unavailable:
        """Return the fault of a call that was refused; the log tells each kind once."""
        if fault.status not in self._told:
            self._told.add(fault.status)
            log.error(
                "the judge %s at %s refuses: %s; check base_url (most end in /v1), model and api_key_env",
                self.endpoint.model, self.endpoint.base_url, fault,
            )  # fmt: skip
        return Unavailable(f"the judge refuses: {fault}")


def pause_s(attempt: int, asked_s: float) -> float:
    """Return the seconds after attempt 0, 1, …: doubled each time, shortened by chance, never less than was asked for.

    All calls fail at once when a server is busy; the chance keeps them from coming back at once.
    """
    growing = min(PAUSE_S * 2.0 ** min(attempt, 10), LONGEST_PAUSE_S)
    return max(growing * random.uniform(0.5, 1.0), asked_s)
