"""Features of texts are worked out for the tasks looked at, and once for those looked at again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curriculum.beliefs.arrays import Rows
from curriculum.beliefs.strata import stratify
from curriculum.prediction.features import text_features
from curriculum.prediction.texts import SeenTexts
from rlcs.records import TaskIndex


def test_texts_looked_at_last_are_not_asked_for_again(make_index: Callable[..., TaskIndex]) -> None:
    index = make_index([10, 10], subcategory=np.arange(20) % 2 + 1)
    asked: list[list[int]] = []

    def texts(rows: Rows) -> list[str]:
        asked.append(rows.tolist())
        return [f"{row}+1=" for row in rows]

    seen = SeenTexts(texts, stratify(index, by_subcategory=True))
    found = seen.features(np.array([15, 2, 4]))
    names = ["s1/geometry", "s0/algebra", "s0/algebra"]
    assert found.tolist() == text_features(["15+1=", "2+1=", "4+1="], names).tolist()
    assert seen.features(np.array([4, 15])).tolist() == found[[2, 0]].tolist()
    assert seen.features(np.array([2, 3])).tolist()[0] == found[1].tolist()
    assert [rows for rows in asked if rows] == [[15, 2, 4], [3]]
