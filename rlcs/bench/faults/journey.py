"""One run into which several faults are injected, one after the other; where it stops it is resumed.

Each injection waits for a step and a moment after it (seeded), breaks something, and looks at what comes of it: the run
stops, or goes on and ends a step that it began behind the fault. At the end the folder is compared with that of a run
in which nothing happened, and each injection answers for the steps from its own to the next.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rlcs.bench.faults.comparison import differences_by_step
from rlcs.bench.faults.faults import Fault
from rlcs.bench.faults.injected import POLL_S, Injected
from rlcs.bench.faults.results import Injection
from rlcs.errors import UserError

DEADLINE_S = 180.0
"""Within which a run that cannot go on must have stopped, and one that can must have gone on."""
SILENCE_S = 45.0
"""A run that says nothing for longer is silent: after 30 s it must tell what it waits for."""
END_WITHIN_S = 600.0
PROCESSES_EVERY_S = 0.25
GAP = (1, 2)
"""Whole steps before the next fault."""
DELAY_S = (0.0, 1.0)
ROOM = 5
"""Steps that must be left for a fault."""
TOLD = ("error: ", "stopped after ", "stopped before ")
"""Beginnings of the plain line with which a run stops."""


@dataclass
class Looking:
    """What has come of a fault so far."""

    run: Injected
    fault: Fault
    before: frozenset[int]
    """Processes of the kind that is to be replaced, when the fault was injected."""
    num_printed: int
    """Bytes that the run had printed by then."""
    step: int
    """Its last whole step by then, or when the run met with the order."""
    since: float
    """time.monotonic() when it was injected, or when the run met with the order."""
    is_met: bool
    seconds: float | None = None
    """Until the replacement was there, or the next step was done, or the run had ended."""
    silence_s: float = 0.0
    _last_word: float = 0.0
    _last_size: int = 0
    _last_look: float = 0.0

    def until_over(self) -> str:
        """Wait for what comes of it and return that: goes on, stops, silent."""
        self._last_word = time.monotonic()
        self._last_size = self.num_printed
        begun = time.monotonic()
        while not self.run.has_ended():
            self._listen()
            if not self.is_met and not self.run.orders.is_open(self.fault.point):
                self.is_met, self.since, self.step = True, time.monotonic(), self.run.last_step()
            if self.is_met and self._is_replaced() and self._has_gone_on():
                return "goes on" if self.silence_s <= SILENCE_S else "silent"
            if time.monotonic() - begun > DEADLINE_S:
                self.seconds = time.monotonic() - self.since
                return "silent"
            time.sleep(POLL_S)
        self._listen()
        self.seconds = time.monotonic() - self.since
        stopped = self.run.end(0.0) != 0
        return "silent" if self.silence_s > SILENCE_S else "stops" if stopped else "goes on"

    def _listen(self) -> None:
        size, now = self.run.output.stat().st_size, time.monotonic()
        if size != self._last_size:
            self._last_size, self._last_word = size, now
        self.silence_s = max(self.silence_s, now - self._last_word)

    def _is_replaced(self) -> bool:
        if not self.fault.replaces or self.seconds is not None:
            return True
        now = time.monotonic()
        if now - self._last_look > PROCESSES_EVERY_S:
            self._last_look = now
            if set(self.run.find_workers(self.fault.replaces)) - self.before:
                self.seconds = now - self.since
        return self.seconds is not None

    def _has_gone_on(self) -> bool:
        """Tell whether a step is done that was begun behind the fault: the second one, or the run's last."""
        done = self.run.last_step() - self.step
        if done >= 1 and self.seconds is None:
            self.seconds = time.monotonic() - self.since
        return done >= 2


class Journey:
    """A run, the faults injected into it, and what came of them."""

    def __init__(self, run: Injected, unbroken: Path, *, num_steps: int, seed: int) -> None:
        self.run = run
        self.unbroken = unbroken
        self.num_steps = num_steps
        self.seed = seed
        self.found: list[Injection] = []

    def go(self, wanted: Iterator[tuple[Fault, int]]) -> list[Injection]:
        """Inject what is wanted as long as there is room, let the run end, compare; return what came of each."""
        trouble = ""
        try:
            self.run.start()
            self.run.wait_for_step(1)
            while self.has_room() and (one := next(wanted, None)) is not None:
                self.found.append(self._inject(*one))
            code = self.run.end(END_WITHIN_S)
            trouble = "" if code == 0 else f"the run ended with {code}: {self.run.printed()[-300:]}"
        except UserError as error:
            trouble = str(error)
        finally:
            self.run.end(0.0)
        return judged(self.found, list(differences_by_step(self.unbroken, self.run.folder)), trouble)

    def has_room(self) -> bool:
        """Tell whether enough steps are left for another fault."""
        return self.run.last_step() + max(GAP) + ROOM <= self.num_steps

    def _inject(self, fault: Fault, number: int) -> Injection:
        run, chance = self.run, random.Random(f"{self.seed}/{fault.name}/{number}")
        run.wait_for_step(run.last_step() + chance.choice(GAP))
        delay_s = chance.uniform(*DELAY_S)
        time.sleep(delay_s)
        run.note_processes()
        looking = Looking(
            run, fault, before=frozenset(run.find_workers(fault.replaces) if fault.replaces else ()),
            num_printed=run.output.stat().st_size, step=run.last_step(), since=time.monotonic(),
            is_met=not fault.point,
        )  # fmt: skip
        fault.inject(run)
        outcome = looking.until_over()
        seconds = looking.seconds or 0.0
        left_over = self._go_on(fault) if run.has_ended() or outcome == "silent" else []
        printed = run.printed(looking.num_printed).replace(str(run.folder), "RUN")
        line = plain_line(printed)
        return Injection(
            fault=fault.name, number=number, step=looking.step, delay_s=round(delay_s, 2), outcome=outcome,
            seconds=round(seconds, 2), silence_s=round(looking.silence_s, 1), line=line[:300],
            is_plain="Traceback" not in printed and (outcome != "stops" or fault.is_sudden or bool(line)),
            is_equal=False, left_over=len(left_over), journey=run.folder.name,
        )  # fmt: skip

    def _go_on(self, fault: Fault) -> list[int]:
        """Put right what a person would put right, and resume; return the processes that had outlived the run."""
        self.run.end(0.0)
        left_over = self.run.left_over(within_s=20.0)
        if fault.repair is not None:
            fault.repair(self.run)
        if self.run.last_step() < self.num_steps:
            before = self.run.last_step()
            self.run.start("--resume")
            self.run.wait_for_step(before + 1)
        return left_over


def plain_line(printed: str) -> str:
    """Return the line with which a run says why it stops, or else its last warning; empty when there is none."""
    lines = [line for line in printed.splitlines() if line.startswith(TOLD)]
    warnings = [line for line in printed.splitlines() if line.startswith("warning: ")]
    return (lines or warnings or [""])[0]


def judged(found: Sequence[Injection], unequal: Sequence[tuple[int, str]], trouble: str) -> list[Injection]:
    """Return the injections, each with whether the steps up to the next one are equal to those of the unbroken run.

    unequal: (step, what differs there). trouble: why the run did not come to its end; the last one answers for it.
    """
    bounds = [one.step for one in found[1:]]
    judged = []
    for one, until in zip(found, [*bounds, None], strict=True):
        wrong = [text for step, text in unequal if until is None or step <= until]
        if until is None and trouble:
            wrong = [trouble, *wrong]
        judged.append(replace(one, is_equal=not wrong, details="; ".join(wrong[:3])[:600]))
    return judged
