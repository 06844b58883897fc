"""Which rows of a rollouts file a query is about, which files cannot have any, and what a list shows of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rlcs.dashboard.data.curves import Curves, Steps
from rlcs.dashboard.data.parquet import ROLLOUT_SCHEMA, FileStamp, Rows, as_list, as_rows, read_rows
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.slices import flags
from rlcs.dashboard.data.turns import metric_of, turn_events
from rlcs.records import UNJUDGED, Status

LIGHT = ("step", "group", "task_id", "source", "domain", "subcategory", "status", "forced", "selected", "score",
         "num_tokens", "finish_reason", "policy_version", "advantage", "message", "num_turns")  # fmt: skip
TEXTS = ("prompt", "response", "extracted", "answer", "message")
"""Where a text is looked for."""
PREVIEW = ("extracted", "prompt", "response")
PREVIEW_CHARACTERS = 300
UTF8_BYTES = 4
"""Bytes of the longest character."""
Mask = NDArray[np.bool_]
SHARES = {
    str(Status.TIMEOUT): "timeout_share",
    str(Status.WORKER_DIED): "timeout_share",
    str(Status.NO_ANSWER): "no_answer_share",
    str(Status.FORMAT_ERROR): "format_error_share",
    str(Status.CORRECT): "correct_share",
    "unjudged": "unjudged_share",
    **{str(status): "unjudged_share" for status in UNJUDGED},
}
"""The metric reward/<source>/… that counts a status."""


def matches(
    light: pa.Table,
    *,
    equal: dict[str, str],
    flagged: dict[str, bool | None],
    status: str,
    turns: tuple[int, int] | None = None,
) -> Mask:
    """Return [rows] whether a row has the values of `equal` ("" is any), the flags (None is any) and the status,

    and as many turns as the two ends of `turns` say (None is any; a single answer has none).
    """  # fmt: skip
    mask = np.ones(light.num_rows, dtype=bool)
    for name, text in equal.items():
        mask &= flags(pc.equal(light[name].cast(pa.string()), text)) if text else True
    for name, flag in flagged.items():
        mask &= True if flag is None else flags(light[name]) == flag
    if turns is not None:
        mask &= flags(
            pc.and_(pc.greater_equal(light["num_turns"], turns[0]), pc.less_equal(light["num_turns"], turns[1]))
        )
    if status:
        names = [str(one) for one in UNJUDGED] if status == "unjudged" else [status]
        mask &= flags(pc.is_in(light["status"].cast(pa.string()), value_set=pa.array(names, pa.string())))
    return mask


def holds_text(table: pa.Table, text: str) -> Mask:
    """Return [rows] whether one of TEXTS holds `text` literally, upper and lower case alike."""
    holds = np.zeros(table.num_rows, dtype=bool)
    for name in TEXTS:
        holds |= flags(pc.match_substring(table[name], text, ignore_case=True))
    return holds


def previews(file: FileStamp, light: pa.Table, places: NDArray[np.intp]) -> Rows:
    """Return rows for a list: LIGHT, `index` within the group, and the texts of PREVIEW, cut. Raises Unreadable.

    An episode has `events` as well: what happened in its turns, counted.
    """
    index = places_in_group(light["group"])
    rows = as_rows(light.take(pa.array(places)))
    if any(row["num_turns"] is not None for row in rows):
        for row, events in zip(rows, turn_events(file, places), strict=True):
            row["events"] = events
    texts = read_rows(file, ROLLOUT_SCHEMA, PREVIEW, places)
    for name in PREVIEW:
        for row, text in zip(rows, beginnings(texts[name]), strict=True):
            row[name] = text
    for row, place in zip(rows, places.tolist(), strict=True):
        row["index"] = int(index[place])
    return rows


def beginnings(column: Any) -> list[str | None]:
    """Return the first PREVIEW_CHARACTERS of each text, without decoding the rest of it."""
    cut = pc.binary_slice(column.cast(pa.binary()), 0, PREVIEW_CHARACTERS * UTF8_BYTES)
    texts = as_list(pa.chunked_array([chunk.view(pa.string()) for chunk in cut.chunks], pa.string()))
    return [None if text is None else text[:PREVIEW_CHARACTERS] for text in texts]


def places_in_group(column: Any) -> NDArray[np.int64]:
    """Return [rows] the place of each row among the rows of its group. Example: groups [7, 7, 2, 7]: [0, 1, 0, 2]."""
    numbers = np.asarray(pc.fill_null(column, -1).to_numpy()).astype(np.int64)
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    starts = np.searchsorted(ordered, ordered)
    place = np.empty(len(numbers), dtype=np.int64)
    place[order] = np.arange(len(numbers)) - starts
    return place


def steps_that_may(
    run: Run, steps: Steps, *, source: str, domain: str, status: str, forced: bool | None, fault: str = ""
) -> NDArray[np.bool_]:
    """Return [number of steps] False where the metrics of a step rule out that it has such completions."""
    curves = run.curves()
    may = np.ones(len(steps), dtype=bool)
    if status in SHARES:
        told = set(curves.names("reward/", "/" + SHARES[status]))
        wanted = {name for name in told if source in ("", name) and domain in ("", run.domain_of(name))}
        # A source that the metrics do not know may have anything.
        if source in told or not source:
            may &= _may_be_above_zero(curves, steps, [f"reward/{name}/{SHARES[status]}" for name in wanted])
    if forced:
        may &= _may_be_above_zero(curves, steps, ["rollout/forced_share"])
    if fault:
        may &= _may_be_above_zero(curves, steps, [metric_of(fault)])
    return may


def _may_be_above_zero(curves: Curves, steps: Steps, keys: list[str]) -> NDArray[np.bool_]:
    """Return True where a key is above zero, or where the metrics of a step have none of the keys."""
    values = np.stack([curves.get(key) for key in keys]) if keys else np.zeros((0, len(curves)))
    ruled_out = np.isfinite(values).any(axis=0) & ~(values > 0).any(axis=0)
    return ~np.isin(steps, curves.steps[ruled_out])
