"""What the heartbeats of worker processes cost: the count of each piece of work, and the write of it every second.

    python -m rlcs.bench.faults.pulse_cost

A worker in a Ray of its own counts and writes many times over; all threads of its process are on the bill, those of
Ray too. The share of a step is the same as that of a second: both costs run with the clock, whatever a step does.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict

from rlcs.config.schema import ClusterConfig
from rlcs.process.cluster import Cluster, tell
from rlcs.process.console import say
from rlcs.process.environment import prepare_process
from rlcs.process.pulse import PULSE_EVERY_S, Progress, tick

NUM_TICKS = 1_000_000
NUM_WRITES = 2000
TICKS_PER_S = 1000.0
"""Pieces of work in a second: more than an engine of a tiny model has passes, so an upper bound."""


class Pulse:
    """A worker that only counts and writes."""

    def tick_s(self) -> float:
        """CPU seconds of one count, the loop around it included."""
        begun = time.process_time()
        for _ in range(NUM_TICKS):
            tick()
        return (time.process_time() - begun) / NUM_TICKS

    def write_s(self) -> float:
        """CPU seconds of one write, in all threads of the process."""
        begun = time.process_time()
        for number in range(NUM_WRITES):
            tell("pulse-cost", json.dumps(asdict(Progress(count=number, pid=1, host="host"))).encode())
        return (time.process_time() - begun) / NUM_WRITES


def share(tick_s: float, write_s: float) -> float:
    """Return the part of a core that heartbeats take: TICKS_PER_S counts and the writes of a second."""
    return TICKS_PER_S * tick_s + write_s / PULSE_EVERY_S


def main() -> None:
    """Measure and print."""
    prepare_process()
    with Cluster(ClusterConfig(), num_cpus=1) as cluster:
        worker = cluster.start(Pulse, "pulse-cost")
        tick_s, write_s = worker.call("tick_s").get(), worker.call("write_s").get()
    say(f"a count: {tick_s * 1e9:.0f} ns; a write: {write_s * 1e6:.0f} us of CPU time, one every {PULSE_EVERY_S:g} s")
    say(f"with {TICKS_PER_S:,.0f} counts a second: {share(tick_s, write_s):.3%} of a core, and so of a step")


if __name__ == "__main__":
    main()
