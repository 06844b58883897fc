"""Questions of simulated tasks: real ones of the tiny generator, which tell the difficulty of a task, or do not.

A task that starts with logit z has the level 1 + (HIGHEST - z - noise) / STEP, within 1 and 8, and the kind of its
skill dimension; its text is one of those that the generator writes for them. So its length and its signs tell of z what
the noise leaves of it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rlcs.bench.curriculum.simulated_learner import Items
from rlcs.tiny.generate import TEXT_KINDS, generate_rows, parse_path
from rlcs.tiny.problems import MAX_LEVEL

TELLING, SHUFFLED = "telling", "shuffled"
TEXTS = (TELLING, SHUFFLED)
"""What questions say of their difficulty: most of it, or nothing, as each task has the text of another."""
HIGHEST, STEP = 6.0, 1.75
"""Logit of level 1, and from one level to the next: first logits lie between -8 and 6."""
NOISE = 1.5
"""Logits by which a text is off: a task is as hard as one two thirds of a level away, or more in one case of three."""
NUM_EACH = 200
"""Texts of each kind and level to choose from."""


@lru_cache(maxsize=1)
def _bank() -> list[list[NDArray[np.object_]]]:
    """Return the texts by kind and level."""
    return [[_texts(kind, level) for level in range(1, MAX_LEVEL + 1)] for kind in TEXT_KINDS]


def _texts(kind: str, level: int) -> NDArray[np.object_]:
    rows = generate_rows(parse_path(f"tiny://{kind}?levels={level}-{level}&count={NUM_EACH}"))
    return np.array([row["prompt"] for row in islice(rows, NUM_EACH)], dtype=object)


def write_questions(items: Items, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return [N] the questions of tasks."""
    shown = -items.discrimination * items.difficulty + NOISE * rng.standard_normal(len(items))
    level = np.clip(np.rint((HIGHEST - shown) / STEP), 0, MAX_LEVEL - 1).astype(np.int64)
    number = rng.integers(0, NUM_EACH, len(items))
    questions = np.empty(len(items), dtype=object)
    for place, kind in enumerate(items.dimension % len(TEXT_KINDS)):
        questions[place] = _bank()[kind][level[place]][number[place]]
    return questions
