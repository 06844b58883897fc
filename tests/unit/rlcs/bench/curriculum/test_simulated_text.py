"""Questions of simulated tasks tell what they are said to tell."""

from __future__ import annotations

import numpy as np
import pytest

from rlcs.bench.curriculum.simulated_learner import LearnerModel
from rlcs.bench.curriculum.simulated_pool import Pool, make_pool
from rlcs.bench.curriculum.simulated_text import SHUFFLED, TELLING


def pool(text: str) -> Pool:
    return make_pool("balanced", num_tasks=2000, is_graded=False, model=LearnerModel(), seed=0, text=text)


@pytest.mark.parametrize(("text", "least", "most"), [(TELLING, 0.6, 0.95), (SHUFFLED, -0.15, 0.15)])
def test_longer_questions_are_harder_or_nothing_follows_from_them(text: str, least: float, most: float) -> None:
    made = pool(text)
    rows = np.flatnonzero(made.items.dimension == 0)
    logit = -made.items.discrimination[rows] * made.items.difficulty[rows]
    length = np.array([len(question) for question in made.texts(rows)])
    assert least < -np.corrcoef(length, logit)[0, 1] < most


def test_shuffled_texts_are_the_same_texts_of_other_tasks() -> None:
    telling, shuffled = pool(TELLING), pool(SHUFFLED)
    assert sorted(telling.questions.tolist()) == sorted(shuffled.questions.tolist())
    assert (telling.questions != shuffled.questions).mean() > 0.9
    assert (telling.items.difficulty == shuffled.items.difficulty).all()
