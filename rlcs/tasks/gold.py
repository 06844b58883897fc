"""Checks the gold answers of a pool with the verifiers that will use them, before any model loads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.tasks.convert import bad_row_error, report_skipped

if TYPE_CHECKING:
    from rlcs.tasks.pool import TaskPool

GoldCheck = Callable[[str, Any, dict[str, Any], Sequence[tuple[int, int]]], str | None]
"""(source name, gold answer, params, sizes of the images) -> what is wrong with the gold, or None."""


def rows_with_good_gold(pool: TaskPool, sources: Sequence[SourceConfig], check_gold: GoldCheck) -> NDArray[np.int64]:
    """Return the rows of the pool whose gold can be judged; the others raise, or are counted and listed."""
    is_good = np.ones(len(pool), dtype=bool)
    verdicts: dict[Any, str | None] = {}
    skipped: list[list[str]] = [[] for _ in sources]
    for rows, columns in pool.columns("answer", "params", "place", "image_sizes"):
        number = int(pool.index.source[rows[0]])
        source = sources[number]
        for row, (answer, params, place, sizes) in zip(rows, _records(columns), strict=True):
            measured = [(width, height) for width, height in sizes or ()]
            key = (number, answer, params, *measured)
            if key not in verdicts:
                given = json.loads(params) if params else {}
                verdicts[key] = check_gold(source.name, json.loads(answer), given, measured)
            if wrong := verdicts[key]:
                text = f"{place}: field {source.fields.answer!r}, gold {json.loads(answer)!r}: {wrong}"
                if source.on_bad_row != "skip":
                    raise bad_row_error(source, text)
                skipped[number].append(text)
                is_good[row] = False
    for source, texts in zip(sources, skipped, strict=True):
        report_skipped(source.name, len(texts), texts)
    return np.flatnonzero(is_good)


def _records(columns: Any) -> Any:
    return zip(*(column.to_pylist() for column in columns.columns), strict=True)
