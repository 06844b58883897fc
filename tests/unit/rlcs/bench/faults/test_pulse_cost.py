"""The part of a core that heartbeats take."""

from __future__ import annotations

import pytest

from rlcs.bench.faults.pulse_cost import TICKS_PER_S, share


def test_a_second_holds_so_many_counts_and_one_write() -> None:
    assert share(1e-7, 2e-4) == pytest.approx(TICKS_PER_S * 1e-7 + 2e-4)
