"""Processes are found with what they started, and their memory and processor time are those of the system."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rlcs.bench.rivals import usage
from rlcs.bench.rivals.usage import cpu_seconds, memory_bytes, peaks, tree

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print(child.pid, flush=True)
sys.stdin.read()
"""
WRITER = """
import sys
print(flush=True)
sys.stdin.readline()
block = bytearray(b"x") * 2**26
print(flush=True)
sys.stdin.read()
"""
"""Takes 64 MiB when told; a process of its own, since the tests' own one frees memory meanwhile."""


@contextmanager
def family() -> Iterator[tuple[int, int]]:
    """Yield the ids of a process and of its child; both end with the block."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=-1, stdout=-1, text=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        yield parent.pid, int(parent.stdout.readline())
        parent.stdin.close()


def test_a_process_is_found_with_its_descendants_or_without_a_branch() -> None:
    with family() as (parent, child):
        assert tree(parent) == {parent, child}
        assert {os.getpid(), parent, child} <= tree(os.getpid())
        assert tree(os.getpid(), without=parent).isdisjoint({parent, child})


def test_cpu_seconds_are_those_that_the_process_counts() -> None:
    own = os.times()
    counted = cpu_seconds({os.getpid()})
    after = os.times()
    tick = 4 / os.sysconf("SC_CLK_TCK")
    assert sum(own[:4]) - tick <= counted <= sum(after[:4]) + tick


def test_memory_grows_by_what_is_written_to() -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER], stdin=-1, stdout=-1, text=True) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        writer.stdout.readline()
        before = memory_bytes({writer.pid})
        print(file=writer.stdin, flush=True)
        writer.stdout.readline()
        assert 0.9 * 2**26 < memory_bytes({writer.pid}) - before < 1.1 * 2**26
        writer.stdin.close()


def test_a_process_that_is_gone_takes_nothing() -> None:
    with family() as (parent, _):
        pass
    assert memory_bytes({parent}) == 0 and cpu_seconds({parent}) == 0.0


def test_the_peak_stays_when_memory_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "EVERY_S", 0.001)
    taken = iter((1, 3, 2))
    monkeypatch.setattr(usage, "memory_bytes", lambda pids: next(taken, 0))
    with peaks({"side": lambda: {os.getpid()}}) as largest:
        while next(iter(largest.values())) < 3:
            time.sleep(0.001)
    assert largest == {"side": 3}
