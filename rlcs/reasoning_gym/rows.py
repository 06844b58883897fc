"""Items of a set as rows of a source: question, an answer that is right, and what its scorer needs.

The library makes item i of seed s from the number s + i, so neighbouring seeds share nearly all their items. Seeds here
lie far apart, and which split a question belongs to is decided by its text: train and eval never share one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import count, cycle, islice
from typing import Any

from rlcs.errors import UserError
from rlcs.reasoning_gym.library import domain_of
from rlcs.reasoning_gym.paths import GymSource
from rlcs.reasoning_gym.plain import to_plain
from rlcs.reasoning_gym.settings import make_dataset
from rlcs.tiny.problems import is_eval

COLUMNS = ("id", "prompt", "answer", "domain", "subcategory", "difficulty", "params", "level")
NO_ANSWER = "(no right answer is known)"
"""Gold of an item that has none; its scorer still tells whether an answer is right."""
SEED_STEP = 10_000_019
_ROUND = 1000
"""Items of one data set; the next ones come from another, since some sets make all of theirs at once."""
_MAX_FRUITLESS = 1000
"""So many items in a row that cannot be used, or belong to the other split: there will be no more."""
_EXAMPLES = ("example_answer", "example_correct_answer", "possible_answer")
"""Where sets with several right answers keep one."""


def generate_rows(source: GymSource) -> Iterator[dict[str, Any]]:
    """Yield the rows of a source, levels in turn. Raises UserError where the library cannot make them."""
    levels: tuple[int | None, ...] = source.levels or (None,)
    streams = {level: _rows_of_level(source, level) for level in levels}
    for level in islice(cycle(levels), source.size):
        yield next(streams[level])


def _rows_of_level(source: GymSource, level: int | None) -> Iterator[dict[str, Any]]:
    """Yield rows without end."""
    name, subcategory, difficulty = source.name, source.name, None
    if level is not None:
        subcategory = f"{name}/{level}"
        # Of the levels that were asked for: those of a whole curriculum reach far beyond what any policy can do.
        difficulty = 1 - (source.levels.index(level) + 0.5) / len(source.levels)
    params = {"dataset": name, "level": level, "settings": to_plain(source.settings)}
    for number, (dataset, item) in enumerate(_items(source, level)):
        yield {
            "id": str(number) if level is None else f"{level}-{number}",
            "prompt": item["question"],
            "answer": _right_answer(dataset, item),
            "domain": domain_of(dataset.category),
            "subcategory": subcategory,
            "difficulty": difficulty,
            "params": {**params, "metadata": to_plain(item["metadata"])},
            "level": level,
        }


def _items(source: GymSource, level: int | None) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the items of the split, each with the data set that made it."""
    seed, fruitless, fault = source.seed * SEED_STEP % 2**31, 0, "there are no more questions"
    for start in count(0, _ROUND):
        dataset = make_dataset(source.name, level, source.settings, seed=seed + start, size=_ROUND)
        for index in range(_ROUND):
            if fruitless >= _MAX_FRUITLESS:
                raise UserError(f"{source.path}, level {level}, split {source.split}: {fault}; give other settings")
            fruitless += 1
            try:
                item = dataset[index]
            except Exception as error:  # some settings can be met by chance only
                fault = str(error)
                continue
            if is_eval(item["question"]) == (source.split == "eval") and _has_answer(dataset, item):
                fruitless = 0
                yield dataset, item


def _has_answer(dataset: Any, item: dict[str, Any]) -> bool:
    """Tell whether an item has an answer that its own scorer takes, or none at all.

    Left out are empty answers, jugs that have no solution, and integrals that the library left as they are: its scorer
    takes `Integral(…)` of the question, which is no work.
    """
    answer = item["answer"]
    if answer is None:
        return True
    is_given = bool(answer.strip()) and "Integral(" not in answer
    return is_given and bool(dataset.score_answer(answer, deepcopy(item)) == 1.0)


def _right_answer(dataset: Any, item: dict[str, Any]) -> str:
    """Return the answer of an item; where it has none, an example that its own scorer takes, else NO_ANSWER."""
    if item["answer"] is not None:
        return str(item["answer"])
    for key in _EXAMPLES:
        example = item["metadata"].get(key)
        text = example if isinstance(example, str) else json.dumps(example)
        if example is not None and dataset.score_answer(text, deepcopy(item)) == 1.0:
            return text
    return NO_ANSWER
