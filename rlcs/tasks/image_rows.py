"""Opens every image and video of every row before a run starts: one that is broken must not end it in the night.

Decoding takes most of the time and frees Python meanwhile, so a few threads do it; rows keep their order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from rlcs.errors import UserError
from rlcs.images import original_size
from rlcs.tasks.pool import as_video
from rlcs.tasks.rows import BadRow
from rlcs.videos import check_video
from rlcs.videos.files import check_installed

Raw = TypeVar("Raw")
Made = dict[str, Any] | BadRow
"""A canonical row, or why there is none."""

_AHEAD = 256
"""Rows that are begun before the first of them is handed on."""


def with_measured_images(rows: Iterable[tuple[Raw, Made]]) -> Iterator[tuple[Raw, Made]]:
    """Yield rows with `image_sizes`, [[width, height], …] in pixels, or a BadRow for what cannot be read."""
    begun: deque[tuple[Raw, Made | Future[Made]]] = deque()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for raw, row in rows:
            shows = isinstance(row, dict) and (row["images"] or row.get("videos"))
            begun.append((raw, threads.submit(_measured, row) if shows else row))
            while len(begun) > _AHEAD or not isinstance(begun[0][1], Future):
                yield _finished(begun.popleft())
                if not begun:
                    break
        yield from map(_finished, begun)


def _finished(one: tuple[Raw, Made | Future[Made]]) -> tuple[Raw, Made]:
    raw, made = one
    return raw, made.result() if isinstance(made, Future) else made


def _measured(row: Made) -> Made:
    assert isinstance(row, dict)
    videos = [as_video(video) for video in row.get("videos") or ()]
    if not all(video.frames for video in videos):
        check_installed()  # no fault of the row
    try:
        sizes = [original_size(image["path"] or image["bytes"], whole=True) for image in row["images"] or ()]
        for video in videos:
            check_video(video)
    except UserError as error:
        return BadRow(str(error))
    return {**row, "image_sizes": [list(size) for size in sizes]} if sizes else row
