"""A node that leaves: the run is in a Ray cluster of three nodes, all on this machine, and that of its engine dies.

It must be equal to a run on one machine in which nothing happened.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rlcs.bench.faults.comparison import differences_by_step
from rlcs.bench.faults.injected import START_WITHIN_S, Injected, descendants, is_alive, parent_of, title_of
from rlcs.bench.faults.results import Injection
from rlcs.errors import UserError

NODE_LEAVES = "node-leaves"
WHAT = "the node of an engine leaves its cluster (SIGKILL to its raylet)"
TIMES = 3
STEPS = (3, 40)
END_WITHIN_S = 900.0
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
"""Not 127.0.0.1, which Ray replaces by the address of the machine."""
RAY_START = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats", "--num-cpus=1"]


@contextmanager
def three_nodes() -> Iterator[Sequence[str]]:
    """Yield the overrides of a run in a cluster with room for a rank, an engine, and another in the place of that."""
    first, *others = ADDRESSES
    with socket.socket() as free:
        free.bind((first, 0))
        port = free.getsockname()[1]
    head = ["--head", f"--node-ip-address={first}", f"--port={port}", "--include-dashboard=false"]
    # The paths of Ray's sockets may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="rlcs-") as folder, ExitStack() as stack:
        stack.enter_context(_environment(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=uuid.uuid4().hex))
        stack.enter_context(_node(Path(folder), first, head))
        for address in others:
            stack.enter_context(
                _node(Path(folder), address, [f"--address={first}:{port}", f"--node-ip-address={address}"])
            )
        yield [f"cluster.address={first}:{port}"]


def node_leaves(run: Injected, unbroken: Path, *, number: int, seed: int) -> Injection:
    """Let the node of the engine leave at a seeded step, let the run go to its end, compare it."""
    chance = random.Random(f"{seed}/{NODE_LEAVES}/{number}")
    step, delay_s = chance.randint(*STEPS), chance.uniform(0.0, 1.0)
    with three_nodes() as overrides:
        run.start(*overrides)
        run.wait_for_step(step)
        time.sleep(delay_s)
        before, since, engine = run.last_step(), time.monotonic(), kill_node()
        run.wait_until(lambda: engine_of_the_run() not in (None, engine), "replaced its engine")
        seconds = time.monotonic() - since
        code = run.end(END_WITHIN_S)
    unequal = [text for _, text in differences_by_step(unbroken, run.folder)]
    wrong = unequal if code == 0 else [f"exit code {code}: {run.printed()[-300:]}", *unequal]
    return Injection(
        fault=NODE_LEAVES, number=number, step=before, delay_s=round(delay_s, 2),
        outcome="goes on" if code == 0 else "stops", seconds=round(seconds, 2), silence_s=0.0, line="",
        is_plain="Traceback" not in run.printed(), is_equal=not wrong, left_over=int(is_alive(engine)),
        journey=run.folder.name, details="; ".join(wrong[:3])[:600],
    )  # fmt: skip


def engine_of_the_run() -> int | None:
    """Return the process of an engine, which is below a node that this process started; None when there is none."""
    return next((pid for pid in descendants(os.getpid()) if "RolloutWorker" in title_of(pid) and is_alive(pid)), None)


def kill_node() -> int:
    """Kill the raylet of an engine; return the engine's process."""
    engine = engine_of_the_run()
    raylet = None if engine is None else parent_of(engine)
    assert engine is not None and raylet is not None, "an engine is the child of its node's raylet"
    os.kill(raylet, signal.SIGKILL)
    return engine


@contextmanager
def _node(folder: Path, address: str, options: Sequence[str]) -> Iterator[None]:
    """Run a node for the length of the block; it may end before."""
    log = folder / f"{address}.log"
    with log.open("w") as stream:
        command = [*RAY_START, *options, f"--temp-dir={folder / address}"]
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_WITHIN_S
        while "Ray runtime started" not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise UserError(f"Ray does not start at {address}:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
