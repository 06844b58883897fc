"""Completions on disk: found by where they come from and what became of them, or by a text in them; a whole group.

Steps are looked at from the newest backwards, until a page is full or the time is over; a page tells where to go on.
Only columns without texts are read to find rows; texts are read for the rows of a page, or piece by piece in a search.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Steps
from rlcs.dashboard.data.parquet import (
    EPISODE_SCHEMA,
    EXTRA_SCHEMA,
    IMAGE_ROWS,
    ROLLOUT_SCHEMA,
    FileStamp,
    Rows,
    Unreadable,
    as_list,
    as_rows,
    read_batches,
    read_columns,
    read_rows,
)
from rlcs.dashboard.data.rollout_match import LIGHT, TEXTS, holds_text, matches, previews, steps_that_may
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import flags
from rlcs.dashboard.data.task_history import visit_steps
from rlcs.dashboard.data.turns import had_fault, rows_told_in_turns, turn_events


@dataclass(frozen=True, kw_only=True)
class RolloutQuery:
    """Which completions; what is not given does not matter."""

    step: int | None = None
    """None: all steps, the newest first."""
    source: str = ""
    domain: str = ""
    subcategory: str = ""
    task_id: str = ""
    status: str = ""
    """A Status, or "unjudged" for all that could not be judged."""
    turns: tuple[int, int] | None = None
    """Episodes of so many turns, both ends included."""
    fault: str = ""
    """Episodes in which this happened: FAILED, REPLAYED, or a word that turns count."""
    forced: bool | None = None
    selected: bool | None = None
    text: str = ""
    """Looked for in prompt, response, extracted and gold answer and message; upper and lower case alike."""
    limit: int = 50
    before: tuple[int, int] | None = None
    """Go on behind this (step, row): `next_before` of the page before."""


@dataclass(frozen=True, kw_only=True)
class RolloutPage:
    """Some completions, and how far the search got."""

    rows: Rows
    next_before: tuple[int, int] | None
    """Where to go on; None: everything was looked at."""
    searched: str
    """What was looked at, in words."""


@dataclass(kw_only=True)
class _Search:
    """A search under way: what was found, and where it stands."""

    query: RolloutQuery
    text: str
    deadline: float
    rows: Rows = field(default_factory=list)
    looked_at: list[int] = field(default_factory=list)
    next_before: tuple[int, int] | None = None

    @property
    def room(self) -> int:
        return self.query.limit - len(self.rows)

    @property
    def is_late(self) -> bool:
        return time.perf_counter() > self.deadline


def find_rollouts(run: Run, query: RolloutQuery, *, budget_s: float = 0.8) -> RolloutPage:
    """Return the next completions that a query is about; few or none of them when the time was over before."""
    text = query.text.encode("utf-8", errors="replace").decode()
    search = _Search(query=query, text=text, deadline=time.perf_counter() + budget_s)
    steps = _steps_to_search(run, query)
    for step in steps[::-1].tolist():
        is_over = search.room <= 0 or search.is_late
        if search.looked_at and is_over and search.next_before is None:
            search.next_before = (step, -1)
        if search.next_before is not None:
            break
        search.looked_at.append(step)
        try:
            _search_step(search, step, run.rollout_files.stamp(step))
        except Unreadable as problem:
            run.note(problem)
    return RolloutPage(rows=search.rows, next_before=search.next_before, searched=_in_words(search, len(steps)))


def group(run: Run, step: int, number: int) -> Rows:
    """Return all completions of a group with everything the run folder has of them; [] when it has none.

    Of episodes the turns are not read, which have images each, but what happened in them: `events`.
    """
    try:
        file = run.rollout_files.stamp(step)
        places = np.flatnonzero(flags(pc.equal(read_columns(file, ROLLOUT_SCHEMA, ("group",))["group"], number)))
        rows = as_rows(read_rows(file, ROLLOUT_SCHEMA, ROLLOUT_SCHEMA.names, places))
        # Images are megabytes, and the same for the whole group: those of its first row are read, few rows at a time.
        extra = as_rows(read_rows(file, EXTRA_SCHEMA, EXTRA_SCHEMA.names, places[:1], batch_rows=IMAGE_ROWS))
        events = turn_events(file, places)
    except Unreadable as problem:
        run.note(problem)
        return []
    pairs = list(enumerate(zip(rows, events, strict=True)))
    return [{**row, **shared, "events": one, "index": index} for shared in extra for index, (row, one) in pairs]


def turns_of(run: Run, step: int, number: int, index: int) -> Rows:
    """Return the turns of an episode of a group, texts and images included; [] when there are none."""
    try:
        file = run.rollout_files.stamp(step)
        places = np.flatnonzero(flags(pc.equal(read_columns(file, ROLLOUT_SCHEMA, ("group",))["group"], number)))
        place = places[index : index + 1]
        rows = as_rows(read_rows(file, EPISODE_SCHEMA, EPISODE_SCHEMA.names, place, batch_rows=IMAGE_ROWS))
    except Unreadable as problem:
        run.note(problem)
        return []
    found = rows[0]["turns"] if rows else None
    return [turn for turn in found if isinstance(turn, dict)] if isinstance(found, list) else []


def statuses(run: Run, step: int) -> dict[str, int]:
    """Return how many completions of a step have each status, the most frequent first."""
    try:
        column = read_columns(run.rollout_files.stamp(step), ROLLOUT_SCHEMA, ("status",))["status"]
    except Unreadable as problem:
        run.note(problem)
        return {}
    counts = pc.value_counts(column.cast(pa.string()))
    names, numbers = as_list(counts.field("values")), counts.field("counts").to_pylist()
    found = {str(name): int(count) for name, count in zip(names, numbers, strict=True)}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _steps_to_search(run: Run, query: RolloutQuery) -> Steps:
    """Return the steps that can hold what the query asks for, ascending."""
    steps = run.rollout_steps()
    if query.step is not None:
        steps = steps[steps == query.step]
    if query.before is not None:
        steps = steps[steps <= query.before[0]]
    if query.task_id and len(steps) > 1 and len(run.snapshot_steps()):
        steps = steps[np.isin(steps, visit_steps(run, query.task_id))]
    may = steps_that_may(
        run, steps, source=query.source, domain=query.domain, status=query.status, forced=query.forced,
        fault=query.fault,
    )  # fmt: skip
    return np.asarray(steps[may])


def _search_step(search: _Search, step: int, file: FileStamp) -> None:
    """Add the matches of one file to the search; set `next_before` when it stops inside the file."""
    query = search.query
    light = read_columns(file, ROLLOUT_SCHEMA, LIGHT)
    equal = {name: getattr(query, name) for name in ("source", "domain", "subcategory", "task_id")}
    flagged = {"forced": query.forced, "selected": query.selected}
    mask = matches(light, equal=equal, flagged=flagged, status=query.status, turns=query.turns)
    if query.fault and mask.any():
        mask &= had_fault(file, light["status"], query.fault)
    places = np.flatnonzero(mask)
    if query.before is not None and step == query.before[0]:
        places = places[places > query.before[1]]
    if search.text and len(places):
        found, last = _with_text(search, file, places)
    else:
        found, last = places[: search.room], int(places[search.room - 1]) if len(places) > search.room else None
    search.next_before = None if last is None else (step, last)
    if len(found):
        search.rows += previews(file, light, found)


def _with_text(search: _Search, file: FileStamp, places: NDArray[np.intp]) -> tuple[NDArray[np.intp], int | None]:
    """Return those of the places that hold the text, and the last one looked at if others are left."""
    found, in_turns = np.zeros(0, dtype=np.intp), rows_told_in_turns(file, search.text)
    for first, batch in read_batches(file, ROLLOUT_SCHEMA, TEXTS):
        rows = np.arange(first, first + batch.num_rows)
        inside = rows[holds_text(batch, search.text) | np.isin(rows, in_turns)]
        found = np.concatenate([found, inside[np.isin(inside, places)]])
        end = first + batch.num_rows - 1
        if len(found) > search.room:
            return found[: search.room], int(found[search.room - 1])
        if end < places[-1] and (search.is_late or len(found) == search.room):
            return found, end
    return found, None


def _in_words(search: _Search, num_steps: int) -> str:
    if not num_steps:
        return "no step of this run can hold such completions"
    looked_at = search.looked_at
    many = f"{len(looked_at):,} steps, {looked_at[-1]:,} to {looked_at[0]:,}"
    span = f"step {looked_at[0]:,}" if len(looked_at) == 1 else many
    left = num_steps - len(looked_at)
    rest = f"; {left:,} older {'steps are' if left > 1 else 'step is'} left" if left else ""
    inside = "; a part of that step is left" if search.next_before and search.next_before[1] >= 0 else ""
    return f"looked at {span}{inside}{rest}"
