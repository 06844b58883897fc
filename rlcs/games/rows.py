"""Games, levels and seeds as rows of a source; what a game asks for is told when it is begun."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlcs.games.paths import MAX_SEED, GameSource

COLUMNS = ("id", "prompt", "answer", "domain", "subcategory", "difficulty", "params", "level")
DOMAIN = "planning.episode"


def generate_rows(source: GameSource) -> Iterator[dict[str, Any]]:
    """Yield the rows, games and levels in turn."""
    for seed in source.seeds:
        for level in source.levels:
            for game in source.games:
                yield _row(source, game, level, seed)


def _row(source: GameSource, game: str, level: int, seed: int) -> dict[str, Any]:
    place = source.levels.index(level)
    return {
        "id": f"{game}-{level}-{seed}",
        "prompt": f"The game {game} at level {level} with seed {seed}.",
        "answer": game,
        "domain": DOMAIN,
        "subcategory": f"{game}/{level}",
        "difficulty": 1 - (place + 0.5) / len(source.levels),
        "params": {"game": game, "level": level, "game_seed": seed + MAX_SEED * (source.split == "eval")},
        "level": level,
    }
