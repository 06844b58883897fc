"""A run whose verifier hangs, crashes, eats memory or raises on some answers, whenever it is asked about them.

It must be equal to a run whose verifier returns at once what such answers must come to. Each of them is an injection.
"""

from __future__ import annotations

import bisect
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlcs.bench.faults.comparison import differences_by_step
from rlcs.bench.faults.injected import POLL_S, Injected
from rlcs.bench.faults.results import Injection
from rlcs.bench.faults.verifier import SEEN

ANSWERS = "answers"
END_WITHIN_S = 1800.0


@dataclass
class Timeline:
    """When each step of a run was done, and how long the run said nothing."""

    run: Injected
    steps: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    silence_s: float = 0.0

    def follow(self) -> None:
        """Look until the run has ended."""
        end, word, size = time.monotonic() + END_WITHIN_S, time.monotonic(), 0
        while not self.run.has_ended() and time.monotonic() < end:
            if (step := self.run.last_step()) > (self.steps[-1] if self.steps else -1):
                self.steps.append(step)
                self.times.append(time.time())
            if (printed := self.run.output.stat().st_size) != size:
                word, size = time.monotonic(), printed
            if self.steps:
                self.silence_s = max(self.silence_s, time.monotonic() - word)
            time.sleep(POLL_S)

    def step_at(self, moment: float) -> int:
        """Return the last whole step at a moment (time.time())."""
        number = bisect.bisect(self.times, moment) - 1
        return self.steps[number] if number >= 0 else -1

    def until_step_end(self, moment: float) -> float:
        """Return the seconds from a moment to the end of the step under way then."""
        number = bisect.bisect(self.times, moment)
        return self.times[number] - moment if number < len(self.times) else 0.0


def answers_injected(run: Injected, calm: Path) -> list[Injection]:
    """Let the run go to its end, compare it; return an injection for each bad answer."""
    (run.orders.folder / SEEN).unlink(missing_ok=True)
    run.start()
    timeline = Timeline(run)
    timeline.follow()
    code = run.end(0.0)
    unequal = dict(differences_by_step(calm, run.folder))
    found = []
    for number, one in enumerate(bad_answers(run.orders.folder / SEEN, timeline)):
        step = timeline.step_at(one["time"])
        wrong = unequal.get(step + 1, "") if code == 0 else f"exit code {code}: {run.printed()[-300:]}"
        found.append(
            Injection(
                fault=f"answer-{one['kind']}", number=number, step=step, delay_s=0.0,
                outcome="goes on" if code == 0 else "stops", seconds=round(timeline.until_step_end(one["time"]), 2),
                silence_s=round(timeline.silence_s, 1), line="", is_plain="Traceback" not in run.printed(),
                is_equal=not wrong, left_over=0, journey=ANSWERS, details=wrong,
            )
        )  # fmt: skip
    return found


def bad_answers(file: Path, timeline: Timeline) -> list[dict[str, Any]]:
    """Return the bad answers that were judged, each once a step: one that costs its worker is judged twice."""
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    for line in file.read_text().splitlines():
        one = json.loads(line)
        found.setdefault((timeline.step_at(one["time"]), one["answer"], one["gold"]), one)
    return list(found.values())
