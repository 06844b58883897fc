"""The table of faults is whole."""

from __future__ import annotations

from rlcs.bench.faults.driver import AFTER, BEFORE
from rlcs.bench.faults.faults import FAULTS


def test_every_kind_of_process_dies_and_hangs_and_every_phase_fails() -> None:
    workers = ("engine", "learner", "reward-model", "verifier")
    expected = {f"{what}-{kind}" for what in ("kill", "stop") for kind in workers}
    expected |= {f"raise-{phase}" for phase in (*BEFORE, *AFTER)}
    assert expected <= set(FAULTS.names())
    assert all(FAULTS.get(name).what for name in FAULTS)
