from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollout.pool import deal


def test_equal_items_are_dealt_in_turn() -> None:
    assert deal([0.0] * 5, 2) == [[0, 2, 4], [1, 3]]
    assert deal([7.0] * 5, 2) == [[0, 2, 4], [1, 3]]
    assert deal([1.0], 3) == [[0], [], []]


def test_the_dearest_go_first_to_whoever_has_least() -> None:
    assert deal([1.0, 2.0, 6.0, 3.0], 2) == [[2], [3, 1, 0]]
    assert deal([1.0, 9.0, 5.0], 1) == [[0, 1, 2]], "with one engine there is nothing to balance"


@given(st.lists(st.floats(0.0, 1e4), max_size=40), st.integers(1, 8))
def test_every_item_is_dealt_once_and_no_hand_is_ahead_by_more_than_an_item(costs: list[float], hands: int) -> None:
    dealt = deal(costs, hands)
    assert sorted(item for hand in dealt for item in hand) == list(range(len(costs)))
    loads = [sum(costs[item] for item in hand) for hand in dealt]
    assert max(loads) - min(loads) <= max(costs, default=0.0) + 1e-6
