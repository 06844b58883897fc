"""What is as promised, and the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rlcs.bench.faults.results import Injection, add_results, read_results, rows_of

FINE = Injection(
    fault="kill-engine", number=0, step=4, delay_s=0.5, outcome="goes on", seconds=3.0, silence_s=2.0, line="",
    is_plain=True, is_equal=True, left_over=0, journey="plain-1",
)  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"outcome": "silent"}, {"is_equal": False}, {"is_plain": False}, {"left_over": 1}], ids=str
)
def test_one_thing_wrong_breaks_the_promise(change: dict[str, object]) -> None:
    stopped = replace(FINE, outcome="stops")
    assert FINE.is_as_promised("stops") and FINE.is_as_promised("goes on") and stopped.is_as_promised("stops")
    assert not stopped.is_as_promised("goes on")
    assert not replace(FINE, **change).is_as_promised("stops")  # type: ignore[arg-type]


def test_results_are_kept_a_line_each(tmp_path: Path) -> None:
    assert read_results(tmp_path) == []
    add_results(tmp_path, [FINE])
    add_results(tmp_path, [replace(FINE, number=1, line="a “line”")])
    assert read_results(tmp_path) == [FINE, replace(FINE, number=1, line="a “line”")]


def test_a_row_a_fault_and_one_for_all() -> None:
    shown = [FINE, replace(FINE, number=1, step=9, seconds=9.0), replace(FINE, number=2, seconds=4.0, is_equal=False)]
    shown.append(replace(FINE, fault="kill-run", outcome="stops", seconds=0.1, silence_s=7.0))
    assert rows_of(shown) == [
        ("kill-engine", "3", "4-9", "3", "0", "0", "4.0", "9.0", "2", "2", "0"),
        ("kill-run", "1", "4-4", "0", "1", "0", "0.1", "0.1", "7", "1", "0"),
        ("all", "4", "4-9", "3", "1", "0", "4.0", "9.0", "7", "3", "0"),
    ]
