"""What the scorer of a set says of an answer. Runs in a worker that can be killed; nothing of an answer is evaluated.

Some scorers call `eval`, others SymPy's parser, which is `eval` too. The first get a reader of literals in its place;
to the others only go answers made of numbers, operators and a few names.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from rlcs.reasoning_gym.plain import from_plain
from rlcs.reasoning_gym.settings import dataset_to_score

MAX_CHARACTERS = 20_000
"""Longer answers score 0, unless the right one is half as long."""
_EVALUATED = ("binary_matrix", "n_queens", "spiral_matrix", "string_insertion")
_PARSED = (
    "countdown", "intermediate_integration", "polynomial_multiplication", "simple_integration",
)  # fmt: skip
_NOT_A_NUMBER = re.compile(r"(?<![a-z])[-+]?(nan|inf|infinity)(?![a-ik-z])", re.IGNORECASE)
"""Numbers that compare as nothing: some scorers give them 1."""
_FORMULA = re.compile(
    r"(?:\s|[-+*/^()=,]|(?<![\w.])\d{1,200}(?:\.\d{0,40})?(?![\w.])"
    r"|(?<![\w.])(?:[A-Za-z]|sin|cos|tan|exp|log|sqrt|pi|asin|acos|atan|sinh|cosh|tanh)(?![\w.]))+"
)
_LONGEST_FORMULA = 500


def score(
    answer: str, gold: str, question: str, dataset: str, level: int | None, settings: Any, metadata: Any
) -> float:
    """Return what the library says of an answer, in [0, 1]; raises what its scorer raises."""
    if len(answer) > max(MAX_CHARACTERS, 2 * len(gold)) or not _is_harmless(answer, gold, dataset):
        return 0.0
    maker = dataset_to_score(dataset, level, json.dumps(settings or {}))
    if dataset in _EVALUATED:
        _read_literals(type(maker).__module__)
    entry = {"question": question, "answer": gold, "metadata": from_plain(metadata)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, about answers that are no tables
        return min(1.0, max(0.0, float(maker.score_answer(answer, entry))))


def thresholded(value: float, threshold: float) -> float:
    """Return a score, or 0 where it is below the threshold: many sets give 0.01 or 0.05 for any text."""
    return value if value >= threshold - 1e-9 else 0.0


def settings_fault(dataset: str, level: int | None, settings: Mapping[str, Any] | None) -> None:
    """Raise a UserError when there is no such set, level or setting."""
    dataset_to_score(dataset, level, json.dumps(dict(settings or {})))


def _is_harmless(answer: str, gold: str, dataset: str) -> bool:
    if _NOT_A_NUMBER.search(answer) and not _NOT_A_NUMBER.search(gold):
        return False
    longest = max(_LONGEST_FORMULA, 2 * len(gold))
    return dataset not in _PARSED or (len(answer) <= longest and bool(_FORMULA.fullmatch(answer)))


@cache
def _read_literals(module: str) -> None:
    """Give a module of the library a reader of literals under the name `eval`, which is found before the built-in."""
    vars(sys.modules[module])["eval"] = ast.literal_eval
