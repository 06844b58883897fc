"""Texts that tell nothing: those of other tasks."""

from __future__ import annotations

import numpy as np

from rlcs.bench.curriculum.training import texts_of_others


def test_every_task_has_the_text_of_another_and_keeps_it() -> None:
    def texts(rows: np.ndarray) -> list[str]:
        return [f"question {row}" for row in rows]

    rows = np.arange(100)
    shuffled = texts_of_others(texts, 100, seed=3)
    assert sorted(shuffled(rows)) == sorted(texts(rows))
    assert sum(new == own for new, own in zip(shuffled(rows), texts(rows), strict=True)) < 10
    assert shuffled(rows[[7, 2]]) == [shuffled(rows)[7], shuffled(rows)[2]]
    assert shuffled(rows) != texts_of_others(texts, 100, seed=4)(rows)
