"""A node that leaves: the run is in a Ray cluster of three nodes, all on this machine, and that of its engine dies."""

from __future__ import annotations

import os
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

from rlcs.bench.faults.faults import fault
from rlcs.bench.faults.injected import START_WITHIN_S, Injected, descendants, parent_of, title_of
from rlcs.errors import UserError

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


@fault("node-leaves", expected="goes on", surroundings=three_nodes)
def kill_node(run: Injected) -> None:
    """The node of an engine leaves its cluster (SIGKILL to its raylet)."""
    (engine,) = [pid for pid in descendants(os.getpid()) if "RolloutWorker" in title_of(pid)]
    run.started.append(engine)
    raylet = parent_of(engine)
    assert raylet is not None, "an engine is the child of its node's raylet"
    os.kill(raylet, signal.SIGKILL)


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
