from rollout.pool import deal


def test_items_are_dealt_in_turn() -> None:
    assert deal([10, 11, 12, 13, 14], 2) == [[10, 12, 14], [11, 13]]
    assert deal([10], 3) == [[10], [], []]
