"""Rows made in a process of their own."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.reasoning_gym.paths import parse_path
from rlcs.reasoning_gym.process import read_rows
from rlcs.reasoning_gym.rows import generate_rows


def test_the_rows_are_those_of_the_path() -> None:
    path = "reasoning_gym://chain_sum?levels=0-1&size=6"
    assert list(read_rows(path)) == list(generate_rows(parse_path(path)))


def test_a_set_that_prints_or_orders_by_hashes_gives_the_same_rows() -> None:
    # bf prints dots while it makes a program; isomorphic_strings differ with every start of Python.
    for path in ("reasoning_gym://bf?levels=0&size=2", "reasoning_gym://isomorphic_strings?size=4"):
        assert list(read_rows(path)) == list(read_rows(path))


def test_what_is_wrong_there_is_told_here() -> None:
    with pytest.raises(UserError, match="has no level 99: it has 0 to 10"):
        list(read_rows("reasoning_gym://chain_sum?levels=99"))


def test_a_task_that_takes_too_long_ends_with_a_word() -> None:
    # 0 seconds mean no alarm at all, so the deadline is not tried by waiting: its message is.
    from rlcs.reasoning_gym.process import _why

    assert "took more than 60 s to make" in _why(-14, "")
    assert _why(1, "a\nMemoryError\n").endswith("ended with code 1: MemoryError")
