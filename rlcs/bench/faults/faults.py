"""The faults, a function each: it takes a run that is under way and breaks something of it.

What must come of each stands in FAULTS: the run goes on, or it stops in a plain line and `--resume` goes on. Either
way it must end equal to a run in which nothing happened.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from rlcs.bench.faults.driver import AFTER, BEFORE
from rlcs.bench.faults.injected import ENVIRONMENTS, VERIFIER, Injected
from rlcs.bench.faults.orders import fill_disk
from rlcs.bench.faults.settings import PLAIN, PLAYED, RATED
from rlcs.bench.faults.workers import NAN
from rlcs.plugins import Registry

Outcome = Literal["goes on", "stops"]
JUMP_S = 3600.0
NAMES = {
    "RolloutWorker": "an engine",
    "RewardModelWorker": "a reward model",
    VERIFIER: "a verifier's process",
    ENVIRONMENTS: "a process of environments",
}
SIGNALS = ((signal.SIGKILL, "kill", "dies (SIGKILL)"), (signal.SIGSTOP, "stop", "hangs (SIGSTOP)"))
FILLER = "filler"
"""What fills the disk of the run folder, beside it."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong, and what must come of it."""

    name: str
    inject: Callable[[Injected], None]
    what: str
    """The fault in words."""
    expected: Outcome
    repair: Callable[[Injected], None] | None = None
    """What a person would do before `--resume`, where there is something."""
    times: int = 1
    """How often it is injected where others are once: what a run survives costs no new start."""
    replaces: str = ""
    """Kind of process that must be replaced before the fault is over."""
    point: str = ""
    """Where the run must meet with an order before the fault has happened."""
    is_sudden: bool = False
    """Whether the run is killed and can say nothing."""
    setting: str = PLAIN
    needs_small_disk: bool = False


FAULTS: Registry[Fault] = Registry("fault")
Injecting = Callable[[Injected], None]


def add(
    name: str, inject: Injecting, expected: Outcome, what: str, *, repair: Injecting | None = None, times: int = 1,
    replaces: str = "", point: str = "", is_sudden: bool = False, setting: str = PLAIN, needs_small_disk: bool = False,
) -> None:  # fmt: skip
    """Register a fault."""
    found = Fault(
        name=name, inject=inject, what=what, expected=expected, repair=repair, times=times, replaces=replaces,
        point=point, is_sudden=is_sudden, setting=setting, needs_small_disk=needs_small_disk,
    )  # fmt: skip
    FAULTS.add(name, found)


def send(number: signal.Signals, kind: str, run: Injected) -> None:
    """Send a signal to the first worker of a kind."""
    os.kill(run.workers(kind)[0], number)


def signal_run(number: signal.Signals, run: Injected) -> None:
    """Send a signal to the run itself."""
    os.kill(run.pid, number)


def kill_run(run: Injected) -> None:
    """Kill the run and wait for its end."""
    signal_run(signal.SIGKILL, run)
    run.end(60.0)


def kill_while_saving(run: Injected) -> None:
    """Kill the run while it writes a checkpoint beside the next step."""
    run.wait_until(lambda: any(run.folder.glob("checkpoints/.step-*.partial")), "began to save")
    kill_run(run)


def tear_checkpoint(run: Injected) -> None:
    """Kill the run and leave half a checkpoint."""
    kill_run(run)
    half = run.folder / "checkpoints" / ".step-999999.partial" / "model"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_bytes(bytes(1000))


def cut_metrics(run: Injected) -> None:
    """Kill the run and leave half a line of metrics."""
    kill_run(run)
    with (run.folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 999, "reward/me')


def cut_rollouts(run: Injected) -> None:
    """Kill the run and leave half a file of rollouts."""
    kill_run(run)
    newest = max(run.folder.glob("rollouts/step-*.parquet"))
    later = newest.with_name("step-000998.parquet")
    later.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])


def second_run(run: Injected) -> None:
    """Start a second run in the same folder; it must be refused."""
    command = [*run.command, "--resume"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=run.output.parent)
    assert result.returncode == 2, f"the second run was let in: {result.stdout[-500:]}"


def take_folder_away(run: Injected) -> None:
    """Rename the run folder."""
    run.folder.rename(run.folder.with_name(f"{run.folder.name}.away"))


def bring_folder_back(run: Injected) -> None:
    """Put the run folder back to where it was."""
    away = run.folder.with_name(f"{run.folder.name}.away")
    if run.folder.exists():
        shutil.rmtree(run.folder)
    away.rename(run.folder)


def fill(run: Injected) -> None:
    """Fill the disk that the run folder is on."""
    fill_disk(run.folder.with_name(FILLER))


def make_room(run: Injected) -> None:
    """Remove what fills the disk."""
    run.folder.with_name(FILLER).unlink(missing_ok=True)


def order(point: str, what: str, run: Injected) -> None:
    """Order what the run has to do at a point."""
    run.orders.give(point, what)


def order_filling(run: Injected) -> None:
    """Order the verifier to fill the disk that the run folder is on."""
    run.orders.give("verifier", str(run.folder.with_name(FILLER)))


def withdraw(run: Injected) -> None:
    """Take an order back that holds until then."""
    run.orders.withdraw()


def jump(seconds: float, run: Injected) -> None:
    """Let all clocks of the run jump, for good."""
    run.orders.jump(seconds)


def _register() -> None:
    for kind, name, times, setting in (
        ("RolloutWorker", "engine", (5, 5), PLAIN),
        ("RewardModelWorker", "reward-model", (4, 4), RATED),
        (VERIFIER, "verifier", (20, 4), PLAIN),
        (ENVIRONMENTS, "environments", (12, 8), PLAYED),
    ):
        for (number, verb, what), often in zip(SIGNALS, times, strict=True):
            add(
                f"{verb}-{name}",
                partial(send, number, kind),
                "goes on",
                f"{NAMES[kind]} {what}",
                times=often,
                replaces=kind,
                setting=setting,
            )
    add("kill-learner", partial(send, signal.SIGKILL, "LearnerWorker"), "stops", "a learner rank dies (SIGKILL)")
    add("stop-learner", partial(send, signal.SIGSTOP, "LearnerWorker"), "stops", "a learner rank hangs (SIGSTOP)")
    add("interrupt-run", partial(signal_run, signal.SIGINT), "stops", "Ctrl-C")
    add("terminate-run", partial(signal_run, signal.SIGTERM), "stops", "the machine is being shut down (SIGTERM)")
    add("kill-run", kill_run, "stops", "the run itself is killed (SIGKILL)", is_sudden=True)
    add("kill-saving", kill_while_saving, "stops", "killed while it writes a checkpoint", is_sudden=True)
    add("torn-checkpoint", tear_checkpoint, "stops", "killed, leaves half a checkpoint", is_sudden=True)
    add("cut-metrics", cut_metrics, "stops", "killed in the middle of a line of metrics", is_sudden=True)
    add("cut-rollouts", cut_rollouts, "stops", "killed, leaves half a file of rollouts", is_sudden=True)
    add("second-run", second_run, "goes on", "a second run is started in the same folder", times=2)
    add("folder-gone", take_folder_away, "stops", "the run folder disappears", repair=bring_folder_back)
    add("full-disk", fill, "stops", "the disk of the run folder is full", repair=make_room, needs_small_disk=True)
    add("clock-forward", partial(jump, JUMP_S), "goes on", "the clocks jump an hour ahead", times=14)
    add("clock-back", partial(jump, -JUMP_S), "goes on", "the clocks jump an hour back", times=14)
    _register_orders()


def _register_orders() -> None:
    for name, what in (("hangs", "hang"), ("crashes", "crash"), ("eats-memory", "memory"), ("raises", "raise")):
        words = f"the verifier {name.replace('-', ' ')} on an answer, once"
        replaces = VERIFIER if what in ("hang", "crash") else ""
        add(
            f"verifier-{name}", partial(order, "verifier", what), "goes on", words,
            times=20, point="verifier", replaces=replaces,
        )  # fmt: skip
    add(
        "verifier-fills-disk", order_filling, "stops", "the verifier fills the disk of the run folder",
        repair=make_room, point="verifier", needs_small_disk=True,
    )  # fmt: skip
    for phase in (*BEFORE, *AFTER, "engine", "learner-rank"):
        add(f"raise-{phase}", partial(order, phase, "raise"), "stops", f"an exception in {phase}", point=phase)
    add(
        "raise-reward-model", partial(order, "reward-model", "raise"), "stops", "an exception in a reward model",
        point="reward-model", setting=RATED,
    )  # fmt: skip
    add(
        "nan-reward-model", partial(order, NAN, ""), "stops", "a reward model returns NaN", repair=withdraw,
        setting=RATED,
    )  # fmt: skip


_register()
