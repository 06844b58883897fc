"""What an episode has beyond a single answer, as text: JSON, its images in base64. Nothing in it runs when it is read.

prompt_ids, prompt_images   what the episode began with, which no row of a source tells
images, later, opening, turns, outcome   as of a Completion
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rlcs.records import Completion, Group, Outcome, Part, PromptImage, Status, Turn

_BYTES = "base64"


@dataclass(frozen=True, kw_only=True)
class EpisodeParts:
    """What was read of an episode."""

    prompt_ids: tuple[int, ...]
    prompt_images: tuple[PromptImage, ...]
    of_completion: dict[str, Any]
    """images, later, opening, turns and outcome, as arguments of a Completion."""


def episode_text(group: Group, completion: Completion) -> str | None:
    """Return an episode as text; None for a single answer."""
    if completion.outcome is None:
        return None
    kept = {
        "prompt_ids": group.prompt_ids,
        "prompt_images": [asdict(image) for image in group.images],
        "images": [asdict(image) for image in completion.images],
        "later": [asdict(part) for part in completion.later],
        "opening": completion.opening,
        "turns": [asdict(turn) for turn in completion.turns],
        "outcome": asdict(completion.outcome),
    }
    return json.dumps(kept, default=_encoded, ensure_ascii=False)


def read_episode(text: str) -> EpisodeParts:
    """Return what `episode_text` wrote."""
    kept = json.loads(text, object_hook=_decoded)
    return EpisodeParts(
        prompt_ids=tuple(kept["prompt_ids"]),
        prompt_images=_images(kept["prompt_images"]),
        of_completion={
            "images": _images(kept["images"]),
            "later": tuple(_part(part) for part in kept["later"]),
            "opening": kept.get("opening", ""),
            "turns": tuple(Turn(**_with_tuples(turn)) for turn in kept["turns"]),
            "outcome": _outcome(kept["outcome"]),
        },
    )


def _images(kept: Sequence[dict[str, Any]]) -> tuple[PromptImage, ...]:
    return tuple(PromptImage(**image) for image in kept)


def _part(kept: dict[str, Any]) -> Part:
    return Part(**{**_with_tuples(kept), "images": _images(kept["images"])})


def _outcome(kept: dict[str, Any]) -> Outcome:
    status = kept["status"]
    return Outcome(**{**kept, "status": None if status is None else Status(status)})


def _with_tuples(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}


def _encoded(value: Any) -> dict[str, str]:
    assert isinstance(value, bytes), f"no JSON for {type(value).__name__}"
    return {_BYTES: base64.b64encode(value).decode("ascii")}


def _decoded(kept: dict[str, Any]) -> Any:
    return base64.b64decode(kept[_BYTES]) if kept.keys() == {_BYTES} else kept
