"""A conversation told anew: one prompt with what was asked, the steps so far as text, and the last images.

    What was asked  (image omitted)
    Step 1: click(start_box='[150,380]')
    (image omitted)
    Step 2: type(content='Ada')
    [image]

That is the layout in which GLM's agents see their screens; thinking of earlier turns is not repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollout.environments.protocol import Piece, answer_of

OMITTED = "(image omitted)"


def told_anew(
    opening: Sequence[Piece],
    steps: Sequence[tuple[str, Sequence[Piece]]],
    *,
    keep_images: int,
    skip: int = 0,
) -> tuple[Piece, ...]:
    """Return the pieces of a fresh prompt.

    opening: what the first prompt showed. steps: each turn's text and what was shown after it. keep_images: so many of
    the last images are shown. skip: so many of the first steps are left out.
    """
    pieces: list[Piece] = list(opening)
    if skip:
        pieces.append(f"({skip} steps omitted)")
    for number, (said, shown) in enumerate(steps[skip:], start=skip + 1):
        pieces += [f"Step {number}: {answer_of(said)}", *shown]
    return _without_old_images(pieces, keep_images)


def _without_old_images(pieces: Sequence[Piece], keep: int) -> tuple[Piece, ...]:
    num_old = max(sum(isinstance(piece, bytes) for piece in pieces) - keep, 0)
    kept: list[Piece] = []
    for piece in pieces:
        is_old = isinstance(piece, bytes) and num_old > 0
        num_old -= is_old
        kept.append(OMITTED if is_old else piece)
    return tuple(kept)
