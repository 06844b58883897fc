"""The table has a row for every arm, those that failed too."""

from __future__ import annotations

import io

from rich.console import Console

from rlcs.bench.learner.arms import Failed, Measured
from rlcs.bench.learner.report import table_of
from rlcs.bench.learner.work import Counts

MEASURED = Measured(
    arm="shared+lora", device="cpu", dtype="bfloat16", parameters=10, trained_parameters=10, num_micro_steps=1,
    counts=Counts(samples=400, slots=200, tokens=200, area=1, scored=1), flops=40e12, peak=100e12, 
    peak_bytes=3 * 2**30, update_s=[1.0, 2.0, 1.0], step_s=[0.25, 0.5, 0.25], matmuls=[80e12, 40e12, 100e12],
)  # fmt: skip


def test_figures_are_medians_over_updates() -> None:
    table = table_of([MEASURED, Failed(arm="packed", reason="out of GPU memory")], title="made up")
    printed = io.StringIO()
    Console(width=160, file=printed).print(table)
    lines = [line for line in printed.getvalue().splitlines() if line.startswith("│")]
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]
    assert rows[0] == ["shared + lora", "400", "200", "40.0%", "50.0%", "3.00", "0.750", "0.250"]
    assert rows[1] == ["packed: out of GPU memory", *[""] * 7]
