"""`rlcs bench faults`: faults injected into short real runs of the tiny policy, at seeded random steps and moments.

A run must go on, or stop in time with a plain line and go on with `--resume`; at its end its folder must tell the same
as that of a run in which nothing happened. What came of each injection is kept as a line of results.jsonl, and the same
command goes on where it stopped.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rlcs.bench.faults.answers import ANSWERS, answers_injected
from rlcs.bench.faults.disk import small_disk
from rlcs.bench.faults.faults import FAULTS, Fault
from rlcs.bench.faults.injected import Injected
from rlcs.bench.faults.journey import Journey
from rlcs.bench.faults.nodes import NODE_LEAVES, TIMES, node_leaves
from rlcs.bench.faults.orders import Orders
from rlcs.bench.faults.report import markdown_of
from rlcs.bench.faults.results import RESULTS, Injection, add_results, read_results, table_of
from rlcs.bench.faults.settings import BAD, CALM, NUM_STEPS, PLAIN, PLAYED, RATED, write_settings
from rlcs.errors import UserError
from rlcs.process.console import console, say

TABLE = "table.md"


@dataclass(frozen=True)
class Place:
    """Where runs are made: results and output in `out`, run folders on a disk that may be small enough to fill."""

    out: Path
    disk: Path
    seed: int

    def injected(self, name: str, kind: str) -> Injected:
        """Return a run of a kind, not started yet, with nothing left of an earlier one of its name."""
        folder, output = self.disk / name, self.out / f"{name}.out"
        shutil.rmtree(folder, ignore_errors=True)
        output.unlink(missing_ok=True)
        orders = Orders(self.out / f"{name}.orders")
        return Injected(folder, write_settings(kind, self.out), output, orders)

    def unbroken(self, kind: str) -> Path:
        """Return the folder of a run of a kind in which nothing happens, made at the first time."""
        kept = self.out / f"unbroken-{kind}"
        if not kept.exists():
            say(f"a run in which nothing happens: {kind}")
            run = self.injected(f"unbroken-{kind}", kind)
            run.start()
            if run.end(1200.0) != 0:
                raise UserError(f"the run without a fault failed: {run.output}")
            shutil.copytree(run.folder, kept, ignore=shutil.ignore_patterns("checkpoints"))
            shutil.rmtree(run.folder)
        return kept


def run(*, out: Path, num_runs: int, only: Sequence[str], seed: int, json_target: Path | None) -> None:
    """Inject every fault `num_runs` times or more, print the table; UserError when something was not as promised."""
    names = list(only) or [*FAULTS.names(), ANSWERS, NODE_LEAVES]
    faults = [FAULTS.get(name) for name in names if name not in (ANSWERS, NODE_LEAVES)]
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    with small_disk(out / "disk") as is_small:
        place = Place(out, out / "disk", seed)
        faults = [fault for fault in faults if is_small or not fault.needs_small_disk]
        if not is_small:
            say("faults of a full disk are left out: they need a small disk, and mounting one needs root")
        for kind in (PLAIN, RATED, PLAYED):
            inject_all(place, kind, [fault for fault in faults if fault.setting == kind], num_runs)
        if ANSWERS in names and not any(one.journey == ANSWERS for one in read_results(out)):
            calm = place.unbroken(CALM)
            report(out, answers_injected(place.injected(ANSWERS, BAD), calm))
        if NODE_LEAVES in names:
            let_nodes_leave(place)
    shown = [one for one in read_results(out) if not only or {one.fault, one.journey} & {*names}]
    tell(out, shown, json_target)


def inject_all(place: Place, kind: str, faults: Sequence[Fault], num_runs: int) -> None:
    """Inject what has not been injected yet, run after run."""
    while left := still_wanted(read_results(place.out), faults, num_runs, place.seed):
        number = len({one.journey for one in read_results(place.out)}) + 1
        under_way = place.injected(f"{kind}-{number}", kind)
        journey = Journey(under_way, place.unbroken(kind), num_steps=NUM_STEPS, seed=place.seed)
        found = journey.go(iter(left))
        if not found:
            raise UserError(f"the run ended before a fault was injected: {under_way.output}")
        report(place.out, found)
        if all(one.is_equal for one in found):
            shutil.rmtree(under_way.folder)
        else:
            shutil.move(under_way.folder, place.out / under_way.folder.name)


def let_nodes_leave(place: Place) -> None:
    """Let the node of the engine leave as often as it has not left yet, in a run of its own each time."""
    for number in range(sum(one.fault == NODE_LEAVES for one in read_results(place.out)), TIMES):
        run = place.injected(f"{NODE_LEAVES}-{number}", PLAIN)
        report(place.out, [node_leaves(run, place.unbroken(PLAIN), number=number, seed=place.seed)])
        shutil.rmtree(run.folder)


def still_wanted(
    found: Sequence[Injection], faults: Sequence[Fault], num_runs: int, seed: int
) -> list[tuple[Fault, int]]:
    """Return (fault, its number) of what has not been injected yet, in a seeded order."""
    done = {(one.fault, one.number) for one in found}
    wanted = [(fault, number) for fault in faults for number in range(num_runs * fault.times)]
    random.Random(seed).shuffle(wanted)
    return [(fault, number) for fault, number in wanted if (fault.name, number) not in done]


def report(out: Path, found: Sequence[Injection]) -> None:
    """Keep what came of some injections, and say it."""
    add_results(out, found)
    for one in found:
        fine = "equal" if one.is_equal else f"NOT EQUAL {one.details}"
        say(f"{one.journey} step {one.step}: {one.fault} {one.outcome} after {one.seconds:.1f} s, {fine}")


def tell(out: Path, shown: Sequence[Injection], json_target: Path | None) -> None:
    """Print the table, write it beside the results, complain where something was not as promised."""
    console.print(table_of(shown))
    (out / TABLE).write_text(markdown_of(shown), encoding="utf-8")
    if json_target is not None:
        json_target.write_text(json.dumps([asdict(one) for one in shown], indent=2) + "\n")
    expected = {name: FAULTS.get(name).expected for name in FAULTS.names()}
    broken = [one for one in shown if not one.is_as_promised(expected.get(one.fault, "goes on"))]
    if broken:
        raise UserError(f"{len(broken)} of {len(shown)} injections were not as promised; see {out / RESULTS}")
