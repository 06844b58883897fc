"""What belongs to an item survives JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.reasoning_gym.plain import from_plain, to_plain

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.text(max_size=5) | st.integers()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=10,
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False))) == value


def test_a_tuple_is_no_list_and_a_number_no_text() -> None:
    assert to_plain({0: (1, [2])}) == {"table!": [[0, {"tuple!": [1, [2]]}]]}
    assert from_plain(to_plain({0: (1, [2])})) == {0: (1, [2])}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.array([[1, 2]]), [[1, 2]]),
        (np.int64(3), 3),
        (date(2026, 1, 2), "2026-01-02"),
        (float("inf"), "inf"),
    ],
)
def test_what_json_does_not_know_becomes_numbers_or_text(value: Any, plain: Any) -> None:
    assert to_plain(value) == plain
