"""`tiny://KIND?levels=1-8&count=500&seed=3&split=train`: the generated tasks of a data source, row by row.

With `slips=35` 35 % of a trace's steps are wrong instead of 15 %, and the expected pass rates follow.

KIND is a kind of problem, several joined by "+", `mixed` for all of them, or `traces`: all of them, each with a noisy
worked solution to imitate (rlcs sft), or `preferences`: a right and a wrong answer to each (rlcs reward-model); these
may name their kinds, as in `tiny://preferences?kinds=addition+conversion`. The same path always gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice, product
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from rlcs.errors import UserError, unknown_name

# Imported for what they register in KINDS.
from rlcs.tiny import arithmetic, conversions, equations  # noqa: F401
from rlcs.tiny.preferences import pair_of
from rlcs.tiny.problems import (
    KINDS,
    MAX_LEVEL,
    SLIP_RATE,
    Kind,
    Problem,
    expected_pass_rate,
    is_eval,
    response_text,
    write_with_slips,
)

PREFIX = "tiny://"
SPLITS = ("train", "eval")
_SETTINGS = ("levels", "count", "seed", "split", "slips", "kinds")
MIXTURES = ("mixed", "traces", "preferences")
"""Names that stand for all kinds of problems."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TinySource:
    """What a tiny:// path asks for."""

    kinds: tuple[Kind, ...]
    levels: range
    count: int = 1000
    """Number of rows, spread evenly over kinds and levels."""
    seed: int = 0
    split: str = "train"
    """train or eval; no problem is in both, whatever the seeds."""
    with_responses: bool = False
    with_pairs: bool = False
    slip_rate: float = SLIP_RATE
    """Share of steps that go wrong, in traces and in the expected pass rates."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that every row has."""
        base = ("id", "prompt", "answer", "domain", "subcategory", "difficulty", "level")
        more = (("response",) if self.with_responses else ()) + (("chosen", "rejected") if self.with_pairs else ())
        return (*base, *more)


def parse_path(path: str) -> TinySource:
    """Read a tiny:// path; raises UserError on an unknown kind or setting, or a value out of range."""
    name, _, query = path.removeprefix(PREFIX).partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    for key in given:
        if key not in _SETTINGS:
            raise unknown_name("setting in tiny:// path", key, _SETTINGS)
    split = given.get("split", "train")
    if split not in SPLITS:
        raise unknown_name("split in tiny:// path", split, SPLITS)
    return TinySource(
        kinds=_kinds(given.get("kinds", name).replace(" ", "+")),  # a + in a query stands for a space
        levels=_levels(path, given.get("levels", f"1-{MAX_LEVEL}")),
        count=_whole_number(path, "count", given.get("count", "1000"), lowest=1),
        seed=_whole_number(path, "seed", given.get("seed", "0"), lowest=0),
        split=split,
        with_responses=name == "traces",
        with_pairs=name == "preferences",
        slip_rate=_whole_number(path, "slips", given.get("slips", f"{100 * SLIP_RATE:.0f}"), lowest=0) / 100,
    )


def _kinds(name: str) -> tuple[Kind, ...]:
    if name in MIXTURES:
        return tuple(KINDS.get(kind) for kind in KINDS)
    known = list(KINDS) if "+" in name else [*KINDS, *MIXTURES]
    for part in name.split("+"):
        if part not in KINDS:
            raise unknown_name(KINDS.kind, part, known)
    return tuple(KINDS.get(part) for part in name.split("+"))


def _levels(path: str, text: str) -> range:
    low, dash, high = text.partition("-")
    lowest = _whole_number(path, "levels", low, lowest=1)
    highest = _whole_number(path, "levels", high if dash else low, lowest=lowest)
    if highest > MAX_LEVEL:
        raise UserError(
            f"{path}: levels={text} goes beyond {MAX_LEVEL}, the hardest; write for example levels=1-{MAX_LEVEL}"
        )
    return range(lowest, highest + 1)


def _whole_number(path: str, key: str, text: str, *, lowest: int) -> int:
    if not text.isdecimal() or int(text) < lowest:
        raise UserError(f"{path}: {key} must be a whole number of at least {lowest}, got {text!r}")
    return int(text)


def generate_rows(source: TinySource) -> Iterator[dict[str, Any]]:
    """Yield the rows of the source. Kinds and levels take turns, so any number of first rows is spread evenly.

    Low levels have few problems: the same one can come again, as a task of its own.
    """
    random = Random(f"{source.seed} {source.split}")
    write = write_with_slips(random, source.slip_rate)
    turns = cycle(product(source.levels, source.kinds))
    for number, (level, kind) in enumerate(islice(turns, source.count)):
        problem = _draw(random, kind, level, source.split)
        row = {
            "id": f"{kind.name}-{level}-{number}",
            "prompt": problem.prompt,
            "answer": str(problem.answer),
            "domain": kind.domain,
            "subcategory": kind.name,
            "difficulty": expected_pass_rate(problem, source.slip_rate),
            "level": level,
        }
        if source.with_responses:
            row["response"] = response_text(problem, write)
        yield row | pair_of(problem, random) if source.with_pairs else row


def _draw(random: Random, kind: Kind, level: int, split: str) -> Problem:
    while True:
        problem = kind.draw(random, level)
        if is_eval(problem.prompt) == (split == "eval"):
            return problem
