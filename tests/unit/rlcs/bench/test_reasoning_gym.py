"""The table of all sets: what is found of one, and its row."""

from __future__ import annotations

import pytest

from rlcs.bench.reasoning_gym import row_of, spans, try_set


@pytest.mark.parametrize(
    ("levels", "text"), [([], ""), ([3], "3"), ([0, 1, 2], "0-2"), ([0, 1, 3, 5, 6], "0-1, 3, 5-6")]
)
def test_levels_in_words(levels: list[int], text: str) -> None:
    assert spans(levels) == text


def test_a_set_is_tried_at_every_level_and_its_golds_are_proven() -> None:
    found = list(try_set("caesar_cipher"))
    assert [one["level"] for one in found] == [None, 0, 1, 2, 3]
    assert [(one["proven"], one["tried"]) for one in found[:3]] == [(8, 8)] * 3
    assert ["rotation must be in range" in one.get("fault", "") for one in found] == [False] * 3 + [True] * 2


def test_the_row_of_a_set() -> None:
    made = {"domain": "reasoning.games", "item_ms": 1.5, "verdict_ms": 0.1, "proven": 8, "tried": 8, "nonsense": 0.05}
    found = [{"level": None, **made}, {"level": 0, **made, "item_ms": 20.0}, {"level": 1, "fault": "too large"}]
    assert row_of("maze", found) == (
        "| `maze` | games | 0 | 1.5 to 20 | 0.1 | 16 of 16 | 0.05 | level 1: too large |\n"
    )
    unknown = [{"level": None, **made, "proven": 0, "tried": 0}]
    assert "| not known |" in row_of("rush_hour", unknown)
