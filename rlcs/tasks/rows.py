"""One row of a source, as somebody wrote it, becomes one canonical row; or a BadRow says which field and why.

Canonical rows are what the Arrow files hold: texts, JSON texts and numbers, never Python objects.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rlcs.config.schema import FieldsConfig, SourceConfig
from rlcs.errors import UserError, nearest
from rlcs.records import TIERS
from rlcs.videos.clips import MAX_SECONDS

TIER_MIDPOINTS = dict(zip(TIERS, (0.05, 0.2, 0.5, 0.8, 0.95), strict=True))
"""Pass rate that a tier name stands for: the middle of the tier's default range."""

NO_ANSWER = '""'
"""What stands for the gold of a source that has none: an empty text, as JSON."""

Value = TypeVar("Value")

_ROLES = ("system", "user", "assistant", "tool")
_MAX_SHOWN = 60


class BadRow(Exception):
    """A row that cannot be used; the text names the field, what was got and what was expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowRules:
    """How the rows of one source are read."""

    fields: FieldsConfig
    pattern: re.Pattern[str] | None
    subcategory: str
    folder: Path
    """Folder that relative image paths start from."""


def rules_of(source: SourceConfig, fields: FieldsConfig, folder: Path) -> RowRules:
    """Prepare the rules of a source; raises UserError when its answer_pattern is no use."""
    return RowRules(
        fields=fields,
        pattern=_compiled(source.answer_pattern),
        subcategory=source.subcategory or "",
        folder=folder,
    )


def _compiled(text: str | None) -> re.Pattern[str] | None:
    if text is None:
        return None
    try:
        pattern = re.compile(text, re.MULTILINE)
    except re.error as error:
        raise UserError(f"answer_pattern {text!r} is no regular expression: {error}") from error
    if pattern.groups < 1:
        raise UserError(f"answer_pattern {text!r} has no group; put parentheses around the gold, as in '#### (.+)$'")
    return pattern


def canonical_row(row: Any, rules: RowRules, number: int) -> dict[str, Any]:
    """Return the canonical row for `row`, the `number`-th of its source (from 0); raises BadRow."""
    if not isinstance(row, dict):
        raise BadRow(f"expected an object with columns, got {shown(row)}")
    fields = rules.fields
    prompt, is_chat, images, videos = _prompt(row, fields.prompt, rules.folder)
    return {
        "id": str(number) if fields.id is None else _identifier(row, fields.id),
        "prompt": prompt,
        "is_chat": is_chat,
        "answer": NO_ANSWER if fields.answer is None else _answer(row, fields.answer, rules.pattern),
        "params": _if_set(row, fields.params, _params),
        "images": _if_set(row, fields.images, partial(_images, folder=rules.folder)) or images or None,
        "image_sizes": None,
        "videos": _if_set(row, fields.videos, partial(_videos, folder=rules.folder)) or videos or None,
        "subcategory": _if_set(row, fields.subcategory, _text) or rules.subcategory,
        "difficulty": _if_set(row, fields.difficulty, _difficulty),
    }


def _if_set(row: dict[str, Any], column: str | None, read: Callable[[dict[str, Any], str], Value]) -> Value | None:
    """Read an optional column; None when it is not mapped, or null in this row (a column that is missing is wrong)."""
    if column is None:
        return None
    value = part_of(row, column)
    return None if value is None or value != value else read(row, column)


def part_of(row: dict[str, Any], column: str) -> Any:
    """Return a column, or with `a.b` the part b of the column a (and so on); raises BadRow when it is not there.

    A column whose own name has dots wins over a part. Of a column that is null every part is null.
    """
    for end in _ends(column):
        name, rest = column[:end], column[end + 1 :]
        if name in row:
            whole = row[name]
            if not rest or whole is None:
                return whole
            if isinstance(whole, dict):
                return _part_inside(whole, rest, name)
    raise BadRow(missing_column(column, row))


def _part_inside(whole: dict[str, Any], rest: str, name: str) -> Any:
    try:
        return part_of(whole, rest)
    except BadRow as error:
        raise BadRow(f"in {name}: {error}") from error


def _ends(column: str) -> list[int]:
    """Return where the name of a column may end that a dotted path begins with, the longest name first."""
    return [len(column)] + [place for place in range(len(column) - 1, 0, -1) if column[place] == "."]


def outermost(column: str, columns: Collection[str]) -> str:
    """Return the name of the column that a dotted path begins with, one of `columns`; the path itself without any."""
    return next((column[:end] for end in _ends(column) if column[:end] in columns), column)


def value_of(row: dict[str, Any], column: str) -> Any:
    """Return a column or a part of one that must be there: a missing one names the nearest, a null is wrong as well."""
    value = part_of(row, column)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise BadRow(f"field {column!r} is {value}; expected a value")
    return value


def missing_column(column: str, columns: Any) -> str:
    """Say that a column is missing, with the nearest column that is there."""
    guess = nearest(column, columns)
    hint = f"did you mean {guess!r}?" if guess else "nothing like it;"
    return f"field {column!r} is missing: {hint} columns: {', '.join(columns) or 'none'}"


def shown(value: Any) -> str:
    """Return a value as a person sees it in an error, cut short."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def response_of(row: dict[str, Any], column: str) -> str:
    """Return the response of a trace; raises BadRow when it is empty or no text."""
    return _text(row, column)


def _text(row: dict[str, Any], column: str) -> str:
    value = value_of(row, column)
    if not isinstance(value, str):
        raise BadRow(f"field {column!r} should be text, got {shown(value)}")
    if not value.strip():
        raise BadRow(f"field {column!r} is empty")
    return _whole(value, column)


def _whole(text: str, column: str) -> str:
    """Return text that UTF-8 can hold. JSON can spell half a character (an emoji cut in two), which it cannot."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRow(f"field {column!r} holds half a character, {ascii(text[error.start])}: {shown(text)}") from error
    return text


def _identifier(row: dict[str, Any], column: str) -> str:
    value = value_of(row, column)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise BadRow(f"field {column!r} should be an id (text or whole number), got {shown(value)}")
    return _whole(str(value), column)


def _prompt(
    row: dict[str, Any], column: str, folder: Path
) -> tuple[str, bool, list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the question as text, or chat messages as JSON with True beside them; images and videos of messages."""
    value = value_of(row, column)
    if not isinstance(value, list):
        return _text(row, column), False, [], []
    if not value:
        raise BadRow(f"field {column!r} is an empty list of messages")
    for message in value:
        if not _is_message(message):
            raise BadRow(
                f"field {column!r} should hold messages with role ({', '.join(_ROLES)}) and content (text or a list "
                f"of parts), got {shown(message)}"
            )
    messages, images, videos = _take_shown(value, column, folder)
    return _json(messages, column), True, images, videos


def _take_shown(
    messages: list[dict[str, Any]], column: str, folder: Path
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return messages whose parts say only where an image or a video stands, and the images and videos they held.

    A part holds its image as {"type": "image", "image": path or bytes}, its video as {"type": "video", "video": …}, or
    both in OpenAI's spelling. A part without one stands for the next of the row's own column.
    """
    images: list[dict[str, Any]] = []
    videos: list[dict[str, Any]] = []
    kept = []
    for message in messages:
        content = message["content"]
        if not isinstance(content, str):
            for part in content:
                if (held := _held(part)) is not None and _kind(part) == "video":
                    videos.append(_video(held, column, folder))
                elif held is not None:
                    images.append(_image(held, column, folder))
            content = [_placed(part) for part in content]
        kept.append({**message, "content": content})
    return kept, images, videos


def _placed(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part without what it holds; Parquet gives every part every key, null where it has none."""
    if (kind := _kind(part)) is not None:
        return {"type": kind}
    return {key: item for key, item in part.items() if item is not None}


def _kind(part: dict[str, Any]) -> str | None:
    """Return image or video, which a part stands for; None for a text."""
    if part.get("type") in ("video", "video_url") or any(part.get(key) is not None for key in ("video", "video_url")):
        return "video"
    return "image" if part.get("type") in ("image", "image_url") or _held(part) is not None else None


def _held(part: dict[str, Any]) -> Any:
    names = ("image", "image_url", "video", "video_url", "url", "path")
    held = next((part[key] for key in names if part.get(key) is not None), None)
    return held.get("url") or held if isinstance(held, dict) else held


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("role") not in _ROLES or not message.get("content"):
        return False
    content = message["content"]
    return isinstance(content, str) or (isinstance(content, list) and all(isinstance(part, dict) for part in content))


def _answer(row: dict[str, Any], column: str, pattern: re.Pattern[str] | None) -> str:
    """Return the gold answer as JSON; with a pattern, the first group of its last match."""
    value = value_of(row, column)
    if pattern is not None:
        value = _matched(_text(row, column), column, pattern)
    if isinstance(value, str):
        value = value.strip()
    if value in ("", [], {}):
        raise BadRow(f"field {column!r} is empty")
    return _json(value, column)


def _matched(text: str, column: str, pattern: re.Pattern[str]) -> str:
    matches = list(pattern.finditer(text))
    if not matches or matches[-1][1] is None:
        raise BadRow(f"field {column!r} has no match for answer_pattern {pattern.pattern!r}: {shown(text)}")
    return matches[-1][1]


def _json(value: Any, column: str) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadRow(
            f"field {column!r} should be text, numbers or lists of them, got {shown(value)} ({error})"
        ) from error
    return _whole(text, column)


def _params(row: dict[str, Any], column: str) -> str:
    value = value_of(row, column)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise BadRow(f"field {column!r} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadRow(f"field {column!r} should be a mapping of verifier parameters, got {shown(value)}")
    # A Parquet struct has every key in every row; the ones that a row does not set are null.
    return _json({key: item for key, item in value.items() if item is not None}, column)


def _difficulty(row: dict[str, Any], column: str) -> float:
    value = value_of(row, column)
    if isinstance(value, str):
        return _tier_midpoint(value, column)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise BadRow(f"field {column!r} should be a pass rate in [0, 1] or a tier name, got {shown(value)}")
    return float(value)


def _tier_midpoint(name: str, column: str) -> float:
    tier = name.strip().lower().replace(" ", "_").replace("-", "_")
    if tier not in TIER_MIDPOINTS:
        guess = nearest(tier, TIERS)
        hint = f"did you mean {guess!r}? " if guess else ""
        raise BadRow(f"field {column!r} is {name!r}, no tier: {hint}known: {', '.join(TIERS)}")
    return TIER_MIDPOINTS[tier]


def _images(row: dict[str, Any], column: str, folder: Path) -> list[dict[str, Any]]:
    value = value_of(row, column)
    return [_image(item, column, folder) for item in (value if isinstance(value, list) else [value])]


def _image(item: Any, column: str, folder: Path, *, what: str = "image") -> dict[str, Any]:
    """Return a reference: encoded bytes as they are, or an absolute path that is opened where it is used."""
    path, data = (item.get("path"), item.get("bytes")) if isinstance(item, dict) else (item, None)
    if isinstance(path, bytes):
        path, data = None, path
    if isinstance(data, bytes):
        return {"path": None, "bytes": data}
    if data is not None or not isinstance(path, str) or not path:
        raise BadRow(f"field {column!r} should hold {what} paths or encoded bytes, got {shown(item)}")
    if "://" in path:
        raise BadRow(f"field {column!r} holds an address on the net, {shown(path)}; download the {what}, give its path")
    return {"path": str(folder / _whole(path, column)), "bytes": None}


def _videos(row: dict[str, Any], column: str, folder: Path) -> list[dict[str, Any]]:
    value = value_of(row, column)
    return [_video(item, column, folder) for item in (value if isinstance(value, list) else [value])]


def _video(item: Any, column: str, folder: Path) -> dict[str, Any]:
    """Return a reference to a video: a file as of an image, or frames, which are images, with their times."""
    is_file = isinstance(item, dict) and bool(item.get("path") or item.get("bytes"))
    if not isinstance(item, dict) or item.get("frames") is None or (is_file and not item["frames"]):
        return {**_image(item, column, folder, what="video"), "frames": None, "times": None}
    frames, times = item["frames"], item.get("times")
    if not isinstance(frames, list) or not frames or not isinstance(times, list):
        raise BadRow(f"field {column!r} should hold frames and times, a list of each, got {shown(item)}")
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times):
        raise BadRow(f"field {column!r} should hold times in seconds, got {shown(times)}")
    if not all(abs(time) <= MAX_SECONDS for time in times):
        raise BadRow(f"field {column!r} should hold times of at most {MAX_SECONDS:,} seconds, got {shown(times)}")
    kept = [_image(frame, column, folder) for frame in frames]
    return {"path": None, "bytes": None, "frames": kept, "times": [float(time) for time in times]}
