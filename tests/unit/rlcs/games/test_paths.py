"""textarena:// paths."""

from __future__ import annotations

import pytest

from rlcs.errors import UserError
from rlcs.games.library import GAMES, NUM_LEVELS
from rlcs.games.paths import MAX_SEED, parse_path
from rlcs.games.rows import COLUMNS, generate_rows
from rlcs.tasks.generated import generator_of


def test_a_row_for_each_game_level_and_seed() -> None:
    rows = list(generate_rows(parse_path("textarena://FrozenLake+TowerOfHanoi?levels=1-2&seeds=4-5&split=eval")))
    assert [row["id"] for row in rows] == [
        "FrozenLake-1-4", "TowerOfHanoi-1-4", "FrozenLake-2-4", "TowerOfHanoi-2-4",
        "FrozenLake-1-5", "TowerOfHanoi-1-5", "FrozenLake-2-5", "TowerOfHanoi-2-5",
    ]  # fmt: skip
    assert rows[0]["params"] == {"game": "FrozenLake", "level": 1, "game_seed": MAX_SEED + 4}
    assert [row["difficulty"] for row in rows[:3]] == [0.75, 0.75, 0.25] and tuple(rows[0]) == COLUMNS


def test_every_game_has_every_level() -> None:
    assert {len(game.levels) for game in GAMES.values()} == {NUM_LEVELS}
    assert parse_path("textarena://all").games == tuple(GAMES)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("textarena://FrozenLaek", "did you mean 'FrozenLake'"),
        ("textarena://2048?levels=2-4", "levels=2-4 is no range below 4"),
        ("textarena://2048?seed=1", "did you mean 'seeds'"),
        ("textarena://2048?split=test", "split"),
    ],
)
def test_what_cannot_be_is_told(path: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        parse_path(path)


def test_a_source_of_tasks_reads_them() -> None:
    generator = generator_of("textarena://2048")
    assert generator is not None and generator.columns("textarena://2048") == COLUMNS
    assert len(list(generator.rows("textarena://2048?seeds=0-1"))) == 2 * NUM_LEVELS
