"""The size of a task's image as parameters of its verifier: for coordinates in pixels, where the row does not say it.

A source declares its spaces (`params: {space: resized, gold_space: pixels}`); rewards/reading/points.py converts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

Size = tuple[int, int]
"""Width and height in pixels."""
Resize = Callable[[Size], Size]
"""Size of an image -> its size as the model sees it."""

_NAMES = {"pixels": ("image_width", "image_height"), "resized": ("resized_width", "resized_height")}


def with_sizes(
    params: Mapping[str, Any],
    known: Collection[str],
    sizes: Callable[[], Sequence[Size]],
    resize: Resize | None,
) -> dict[str, Any]:
    """Return parameters with the size of the image in each declared space that needs one and lacks it.

    Nothing is filled in for a verifier that knows no such parameter (`known` are those it has), and for a task of
    several images, of which only the row can say which one is meant.
    """
    filled = dict(params)
    for space in missing(params, known):
        measured = sizes()
        if len(measured) == 1 and (space == "pixels" or resize is not None):
            size = measured[0] if space == "pixels" or resize is None else resize(measured[0])
            filled |= dict(zip(_NAMES[space], size, strict=True))
    return filled


def missing(params: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Return the declared spaces whose size is not declared: pixels, resized, both or none."""
    declared = {params.get("space"), params.get("gold_space")}
    if declared.isdisjoint(_NAMES):
        return []
    return [
        space
        for space, names in _NAMES.items()
        if space in declared and set(names) <= set(known) and not set(names) & set(params)
    ]
