"""Orders: the first to pass a point takes them, one that holds is not taken, clocks jump."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rlcs.bench.faults import orders
from rlcs.bench.faults.driver import obeying
from rlcs.bench.faults.orders import FOLDER, Injected, Orders, is_ordered, let_clock_jump, obey


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orders:
    monkeypatch.setenv(FOLDER, str(tmp_path / "orders"))
    return Orders(tmp_path / "orders")


def test_the_first_to_pass_a_point_takes_the_order(given: Orders) -> None:
    given.give("collect", "raise")
    assert obey("learn") is None and given.is_open("collect")
    with pytest.raises(Injected, match="collect"):
        obey("collect")
    assert not given.is_open("collect") and obey("collect") is None


def test_an_order_that_holds_is_there_until_it_is_withdrawn(given: Orders) -> None:
    given.give("nan", "")
    assert is_ordered("nan") and is_ordered("nan")
    given.withdraw()
    assert not is_ordered("nan")


def test_a_point_stands_before_a_function_or_behind_it(given: Orders) -> None:
    calls: list[int] = []
    for first in (True, False):
        function = obeying(calls.append, "save", first=first)
        given.give("save", "raise")
        with pytest.raises(Injected):
            function(int(first))
        function(7)
    assert calls == [7, 0, 7]


def test_clocks_follow_the_jumps(given: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders.time, "time", lambda: 5000.0)
    monkeypatch.setattr(orders.time, "time_ns", lambda: 5_000_000_000_000)
    let_clock_jump()
    given.jump(3600.0)
    assert time.time() == 8600.0
    given.jump(-7200.0)
    assert (time.time(), time.time_ns()) == (1400.0, 1_400_000_000_000)
