"""A completion as a row of `rollouts/step-….parquet`: the columns, and what stands in them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from rlcs.records import Batch, Completion, Video

_FILE = pa.struct({"path": pa.string(), "bytes": pa.binary()})
_VIDEO = pa.struct([*_FILE, ("frames", pa.list_(_FILE)), ("times", pa.list_(pa.float64()))])
_SHOWN = pa.list_(pa.struct({"text": pa.string(), "image": pa.binary()}))
_TURN = pa.struct(
    {
        "part": pa.int32(), "start": pa.int32(), "stop": pa.int32(), "text": pa.string(), "shown": _SHOWN,
        "forced": pa.bool_(), "seconds": pa.float32(), "replays": pa.int32(), "counted": pa.list_(pa.string()),
    }
)  # fmt: skip
ROLLOUT_SCHEMA = pa.schema(
    [
        ("step", pa.int64()), ("task_id", pa.string()), ("source", pa.string()), ("domain", pa.string()),
        ("subcategory", pa.string()), ("group", pa.int32()), ("prompt", pa.string()), ("response", pa.string()),
        ("answer", pa.string()), ("extracted", pa.string()), ("score", pa.float32()), ("status", pa.string()),
        ("components", pa.map_(pa.string(), pa.float32())), ("forced", pa.bool_()), ("num_tokens", pa.int32()),
        ("finish_reason", pa.string()), ("policy_version", pa.int32()), ("selected", pa.bool_()),
        ("staleness", pa.int32()), ("advantage", pa.float32()), ("message", pa.string()), ("params", pa.string()),
        ("images", pa.list_(_FILE)), ("videos", pa.list_(_VIDEO)),
        ("num_turns", pa.int32()), ("outcome", pa.string()), ("turns", pa.list_(_TURN)),
    ]
)  # fmt: skip


def rollout_rows(step: int, number: int, batch: Batch) -> list[dict[str, Any]]:
    """Return one row per completion of group `number` of a batch; its images and videos stand in the first alone.

    Of an episode prompt and images are what it began with; what its turns were shown stands with each.
    """
    group, selected = batch.groups[number], number in batch.selected
    task = group.task
    shared = {"step": step, "task_id": task.id, "source": task.source, "domain": task.domain,
              "subcategory": task.subcategory, "group": number, "answer": as_text(task.answer), "selected": selected,
              "params": json.dumps(task.params, ensure_ascii=False)}  # fmt: skip
    played = any(completion.outcome is not None for completion in group.completions)
    references = [image.reference for image in group.images] if played else task.images
    images = [_file(image) for image in references if not isinstance(image, Video)]
    rows = [
        {
            **shared, "prompt": completion.opening or task.question, "images": None, "videos": None,
            "response": completion.text,
            "extracted": verdict.extracted, "score": verdict.score, "status": str(verdict.status),
            "components": list(verdict.components.items()),
            "forced": completion.forced, "num_tokens": completion.num_tokens,
            "finish_reason": completion.finish_reason, "policy_version": completion.policy_version,
            "staleness": batch.staleness(completion), "advantage": advantage, "message": verdict.message,
            **episode_columns(completion),
        }
        for completion, verdict, advantage in zip(
            group.completions, group.verdicts, batch.advantages[number], strict=True
        )
    ]  # fmt: skip
    # Photos are megabytes: sixteen copies of each would fill a disk in a night.
    rows[0]["images"], rows[0]["videos"] = images or None, [_video(video) for video in task.videos] or None
    return rows


def _file(reference: str | bytes) -> dict[str, Any]:
    is_bytes = isinstance(reference, bytes)
    return {"path": None if is_bytes else reference, "bytes": reference if is_bytes else None}


def _video(video: Video) -> dict[str, Any]:
    if not video.frames:
        return {**_file(video.file), "frames": None, "times": None}
    return {"path": None, "bytes": None, "frames": list(map(_file, video.frames)), "times": list(video.times)}


def episode_columns(completion: Completion) -> dict[str, Any]:
    """Return what a row tells of an episode: its turns, and what was said of its end; None for a single answer."""
    if completion.outcome is None:
        return {"num_turns": None, "outcome": None, "turns": None}
    turns = [{**asdict(turn), "shown": [_shown(piece) for piece in turn.shown]} for turn in completion.turns]
    return {"num_turns": len(turns), "outcome": completion.outcome.message, "turns": turns}


def _shown(piece: str | bytes) -> dict[str, str | bytes | None]:
    is_text = isinstance(piece, str)
    return {"text": piece if is_text else None, "image": None if is_text else piece}


def as_text(answer: Any) -> str:
    """Return a gold answer as text: a string as it is, anything else as JSON."""
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
