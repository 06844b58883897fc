"""`tiny://KIND?levels=1-8&count=500&seed=3&split=train`: the generated tasks of a data source, row by row.

With `slips=35` 35 % of a trace's steps are wrong instead of 15 %, and the expected pass rates follow.

KIND is a kind of problem, several joined by "+", or one of

- `mixed`: all kinds of text, `vision`: all kinds with an image that tiny://vision knows;
- `traces`: all kinds of text, each problem with a noisy worked solution to imitate (rlcs sft), `vision_traces`: the
  same of these and of `vision`, with two problems of each kind with an image for one of each kind of text;
- `preferences`: all kinds of text, a right and a wrong answer to each problem (rlcs reward-model).

The last three may name their kinds, as in `tiny://preferences?kinds=addition+conversion`; traces of pages and videos
have to be asked for so. The same path always gives the same rows.
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
from rlcs.tiny import clips, pages, reading, scenes, screens, text_problems  # noqa: F401
from rlcs.tiny.problems import (
    KINDS,
    MAX_LEVEL,
    SLIP_RATE,
    Kind,
    Problem,
    expected_pass_rate,
    is_eval,
    pair_of,
    response_text,
    write_with_slips,
)

PREFIX = "tiny://"
SPLITS = ("train", "eval")
_SETTINGS = ("levels", "count", "seed", "split", "slips", "kinds")
MIXTURES = ("mixed", "traces", "preferences", "vision", "vision_traces")
"""Names that stand for several kinds of problems."""

TEXT_KINDS = tuple(name for name in KINDS if KINDS.get(name).media == "text")
VISION_KINDS = tuple(name for name in KINDS if KINDS.get(name).media == "image" and KINDS.get(name).is_mixed)


@dataclass(frozen=True, kw_only=True, slots=True)
class TinySource:
    """What a tiny:// path asks for."""

    kinds: tuple[Kind, ...]
    """In their turns; one that stands twice has twice the rows."""
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
        more = (("response",) if self.with_responses else ()) + (("chosen", "rejected") if self.with_pairs else ())
        media = tuple(f"{one}s" for one in ("image", "video") if self.has(one))
        params = ("params",) if media else ()
        return ("id", "prompt", "answer", "domain", "subcategory", "difficulty", "level", *media, *params, *more)

    def has(self, media: str) -> bool:
        """Tell whether some rows have images, or videos; the others then have an empty list."""
        return any(kind.media == media for kind in self.kinds)


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
    kinds = _kinds(given.get("kinds", name).replace(" ", "+"))  # a + in a query stands for a space
    if name == "preferences" and any(kind.media != "text" for kind in kinds):
        raise UserError(f"{path}: there are preferences only of kinds of text; name some of {', '.join(TEXT_KINDS)}")
    return TinySource(
        kinds=kinds,
        levels=_levels(path, given.get("levels", f"1-{MAX_LEVEL}")),
        count=_whole_number(path, "count", given.get("count", "1000"), lowest=1),
        seed=_whole_number(path, "seed", given.get("seed", "0"), lowest=0),
        split=split,
        with_responses=name in ("traces", "vision_traces"),
        with_pairs=name == "preferences",
        slip_rate=_whole_number(path, "slips", given.get("slips", f"{100 * SLIP_RATE:.0f}"), lowest=0) / 100,
    )


def _kinds(name: str) -> tuple[Kind, ...]:
    if name in MIXTURES:
        mixture = {"vision": VISION_KINDS, "vision_traces": (*VISION_KINDS, *TEXT_KINDS, *VISION_KINDS)}
        return tuple(map(KINDS.get, mixture.get(name, TEXT_KINDS)))
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
        row |= _media(problem, source)
        if source.with_responses:
            row["response"] = response_text(problem, write)
        yield row | pair_of(problem, random) if source.with_pairs else row


def _media(problem: Problem, source: TinySource) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if source.has("image"):
        columns["images"] = [problem.image()] if problem.image else []
    if source.has("video"):
        columns["videos"] = [problem.clip()] if problem.clip else []
    return columns | {"params": problem.params} if columns else {}


def _draw(random: Random, kind: Kind, level: int, split: str) -> Problem:
    while True:
        problem = kind.draw(random, level)
        if is_eval(problem.prompt + problem.scene) == (split == "eval"):
            return problem
