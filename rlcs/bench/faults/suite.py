"""`rlcs bench faults`: faults injected into short real runs of the quickstart, one after the other.

Each run gets one fault at a random moment of a random step (seeded). It must go on, or stop in time with a plain line
and go on with `--resume`; at its end its folder must tell the same as that of a run in which nothing happened. What
came of each injection is kept as a line of results.jsonl, and the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from rlcs.bench.faults import nodes  # noqa: F401  (registers its fault)
from rlcs.bench.faults.comparison import differences
from rlcs.bench.faults.faults import FAULTS, Fault
from rlcs.bench.faults.injected import Injected, end_all, is_alive
from rlcs.errors import UserError
from rlcs.process.console import console, say

STALL_S = 15
"""Passes and micro-steps of the tiny policy take milliseconds."""
DEADLINE_S = 180.0
"""Within which a run that cannot go on must have stopped, and one that can must have ended."""
NUM_STEPS = 6
STEPS = range(1, NUM_STEPS - 1)
SMALL = [
    f"run.steps={NUM_STEPS}", "checkpoint.every=2", "checkpoint.keep=0", "curriculum.batch_size=8",
    "rollout.group_size=4", "eval.every=0", f"cluster.stall_s={STALL_S}",
]  # fmt: skip
RESULTS = "results.jsonl"


@dataclass(frozen=True, kw_only=True)
class Injection:
    """What came of one fault."""

    fault: str
    number: int
    step: int
    """The last whole step when it was injected."""
    delay_s: float
    """How long after that step's end."""
    outcome: str
    """goes on, stops, silent (it did neither in time)."""
    seconds: float
    """From the fault to the end of the run, or of what could not go on."""
    line: str
    """What the run said of it, where it stopped."""
    is_equal: bool
    """Whether the run, resumed where it stopped, ended equal to the unbroken one."""
    left_over: int
    """Processes of the run that outlived it."""
    details: str = ""

    def is_as_promised(self, fault: Fault) -> bool:
        """Tell whether what came of it is what must come of it."""
        return self.outcome in (fault.expected, "goes on") and self.is_equal and not self.left_over


def run(*, out: Path, num_runs: int, only: Sequence[str], seed: int, json_target: Path | None) -> None:
    """Inject every fault `num_runs` times, print the table; UserError at the end when something was not as promised."""
    names = list(only) or FAULTS.names()
    faults = [FAULTS.get(name) for name in names]
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    unbroken = unbroken_run(out)
    done = {(one.fault, one.number): one for one in read_results(out)}
    for number in range(num_runs):
        for fault in faults:
            if (fault.name, number) not in done:
                found = inject(fault, number, out, unbroken, seed)
                done[fault.name, number] = found
                with (out / RESULTS).open("a") as stream:
                    stream.write(json.dumps(asdict(found)) + "\n")
                say(f"{fault.name} {number + 1}/{num_runs}: {found.outcome} after {found.seconds:.1f} s, "
                    f"{'equal' if found.is_equal else 'NOT EQUAL ' + found.details}")  # fmt: skip
    shown = [done[fault.name, number] for fault in faults for number in range(num_runs)]
    console.print(table_of(faults, shown))
    if json_target is not None:
        json_target.write_text(json.dumps([asdict(one) for one in shown], indent=2) + "\n")
    broken = [one for one in shown if not one.is_as_promised(FAULTS.get(one.fault))]
    if broken:
        raise UserError(f"{len(broken)} of {len(shown)} injections were not as promised; see {out / RESULTS}")


def unbroken_run(out: Path) -> Path:
    """Return the folder of a run in which nothing happens, made at the first time."""
    made = Injected(out / "unbroken", SMALL)
    if made.last_step() < NUM_STEPS:
        shutil.rmtree(made.folder, ignore_errors=True)
        say("a run in which nothing happens")
        made.start()
        if made.end(600.0) != 0:
            raise UserError(f"the run without a fault failed: {made.output}")
    return made.folder


def inject(fault: Fault, number: int, out: Path, unbroken: Path, seed: int) -> Injection:
    """Start a run in what the fault needs around it, inject, wait for what comes of it, resume, compare."""
    with fault.surroundings() as overrides:
        return _inject(fault, number, out, unbroken, seed, overrides)


def _inject(fault: Fault, number: int, out: Path, unbroken: Path, seed: int, overrides: Sequence[str]) -> Injection:
    chance = random.Random(f"{seed}/{fault.name}/{number}")
    step, delay_s = chance.choice(STEPS), chance.uniform(0.0, 2.0)
    under_way = Injected(out / f"{fault.name}-{number}", [*SMALL, *overrides])
    shutil.rmtree(under_way.folder, ignore_errors=True)
    under_way.output.unlink(missing_ok=True)
    under_way.start()
    under_way.wait_for_step(step)
    time.sleep(delay_s)
    started = time.monotonic()
    fault.inject(under_way)
    code = under_way.end(DEADLINE_S)
    seconds = time.monotonic() - started
    outcome = "silent" if code is None else "goes on" if code == 0 else "stops"
    line = last_line(under_way.output) if code != 0 else ""
    time.sleep(2.0)  # a process that has been told to end may take a moment
    left_over = [pid for pid in set(under_way.started) if is_alive(pid)]
    end_all(left_over)
    if fault.repair is not None and code != 0:
        fault.repair(under_way)
    if code != 0:
        under_way.start("--resume")
        code = under_way.end(DEADLINE_S + 120.0)
    unequal = [f"exit code {code}"] if code != 0 else list(differences(unbroken, under_way.folder))
    if not unequal:
        shutil.rmtree(under_way.folder)
    return Injection(
        fault=fault.name, number=number, step=step, delay_s=round(delay_s, 2), outcome=outcome,
        seconds=round(seconds, 1), line=line, is_equal=not unequal, left_over=len(left_over),
        details="; ".join(unequal[:3]),
    )  # fmt: skip


def last_line(file: Path) -> str:
    """Return the last line that a run printed, cut to a length that fits a table."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def read_results(out: Path) -> list[Injection]:
    """Return the injections that were made before."""
    file = out / RESULTS
    return [Injection(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def table_of(faults: Sequence[Fault], shown: Sequence[Injection]) -> Table:
    """Return a row a fault: how often injected, what came of it, seconds until then, whether all ended equal."""
    table = Table("fault", "runs", "goes on", "stops", "silent", "median s", "max s", "equal", "left over")
    by_fault: dict[str, list[Injection]] = defaultdict(list)
    for one in shown:
        by_fault[one.fault].append(one)
    for fault in faults:
        found = by_fault[fault.name]
        seconds = sorted(one.seconds for one in found)
        counts = [sum(one.outcome == outcome for one in found) for outcome in ("goes on", "stops", "silent")]
        table.add_row(
            fault.name, str(len(found)), *map(str, counts), f"{seconds[len(seconds) // 2]:.1f}", f"{seconds[-1]:.1f}",
            str(sum(one.is_equal for one in found)), str(sum(one.left_over for one in found)),
        )  # fmt: skip
    return table
