"""CPU time of a process and of everything below it, on a /proc made by hand and on the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rlcs.bench.verifiers.cpu_time import cpu_seconds

LOOP = "import time\nwhile time.process_time() < 0.3: pass"


def test_descendants_count_and_others_do_not(tmp_path: Path) -> None:
    parents = {10: 1, 11: 10, 12: 11, 13: 1}
    for process, parent in parents.items():
        (tmp_path / str(process)).mkdir()
        rest = f"S {parent} 0 0 0 0 0 0 0 0 0 1 20 300 4000 0"
        (tmp_path / str(process) / "stat").write_text(f"{process} (odd) name) {rest}")
    tick = 1 / os.sysconf("SC_CLK_TCK")
    assert cpu_seconds(10, tmp_path) == 3 * 4321 * tick
    assert cpu_seconds(13, tmp_path) == 4321 * tick


def test_where_nothing_is_told_there_is_nothing(tmp_path: Path) -> None:
    assert cpu_seconds(10, tmp_path) is None


def test_what_ended_counts() -> None:
    before = cpu_seconds()
    subprocess.run([sys.executable, "-c", LOOP], check=True)
    after = cpu_seconds()
    assert before is not None and after is not None and after - before >= 0.29
