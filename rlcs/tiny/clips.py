"""Short videos of shapes: when one is there or two touch, in which order they come, how often, where one ends up.

Two frames a second, which are the two that GLM-4.1V sees together: what happens lasts whole seconds, and from level 5
on a span may begin and end in the middle of one. The level is the number of shapes or events, and makes a video longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from random import Random
from typing import Any

from rlcs.tiny.canvas import COLOURS, write_one_of
from rlcs.tiny.problems import Problem, Work, Write, kind
from rlcs.tiny.scenes import NAMES, Thing, as_list, counted, draw_things, place, point_at

FRAMES_A_SECOND = 2
LONGEST_S = 8
_SIZE = (56, 56)
"""Four cells."""
_WIDE = (112, 56)
"""Eight, for shapes that move."""
_SHARP_FROM = 5
"""Level from which a span may begin and end in the middle of a second."""
_TOUCH_SHARE = 0.3
_NONE = "none"
_SEEN = (*COLOURS, _NONE)
_MARKS = {(False, False): "-", (True, True): "+", (True, False): "<", (False, True): ">"}
"""What is written of a second: there in neither, both, the first, or the second half."""

Frame = tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """What is to be seen: for every half second the shapes that are there."""

    size: tuple[int, int]
    frames: tuple[Frame, ...]
    rim: int = 1

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return len(self.frames) // FRAMES_A_SECOND

    def show(self) -> dict[str, Any]:
        """Draw it: frames as PNG, and their times in seconds."""
        drawn = {frame: draw_things(self.size, frame, rim=self.rim) for frame in set(self.frames)}
        times = [number / FRAMES_A_SECOND for number in range(len(self.frames))]
        return {"frames": [drawn[frame] for frame in self.frames], "times": times}


@kind("video_when", "video.temporal", media="video", is_mixed=False)
def video_when(random: Random, level: int) -> Problem:
    """`when pink disc` is worked `0-;1+;2+;3-`, second by second, answer [1,3]; `when touch` of two shapes likewise.

    d = the number of seconds, level + 2 up to 8.
    """
    seconds, is_sharp = min(level + 2, LONGEST_S), level >= _SHARP_FROM
    span = _span(random, seconds, is_sharp)
    if random.random() < _TOUCH_SHARE:
        wanted, film = "touch", _touching(random, seconds, span)
    else:
        wanted, film = _appearing(random, seconds, span, num_others=level // 2, is_sharp=is_sharp)
    marks = [_MARKS[_inside(second, span), _inside(second + 0.5, span)] for second in range(seconds)]
    known = tuple(_MARKS.values()) if is_sharp else ("-", "+")
    return _problem(
        film,
        prompt=f"when {wanted}",
        answer=as_list(span),
        work=lambda write: _work_when(marks, known, write),
        params={"duration": float(seconds), "times": "seconds"},
    )


@kind("video_order", "logic", media="video", is_mixed=False)
def video_order(random: Random, level: int) -> Problem:
    """`order` of shapes is worked `0 pink;1 none;2 blue`, answer pink,blue: d = level + 1 up to 8."""
    film, seen = _flashing(random, level)
    return _problem(
        film,
        prompt="order",
        answer=_in_order(seen),
        work=lambda write: _work_order(seen, write),
        params={"kind": "ordering"},
    )


@kind("video_count", "counting", media="video", is_mixed=False)
def video_count(random: Random, level: int) -> Problem:
    """`count pink` is worked `pink 1;none 1;blue 1;pink 2`: how often one came. d = level + 1 up to 8."""
    film, seen = _flashing(random, level)
    # Mostly what is there: else the answer would often be 0.
    there = [colour for colour in seen if colour != _NONE]
    wanted = random.choice(there) if random.random() < 0.8 else random.choice(tuple(COLOURS))
    return _problem(
        film,
        prompt=f"count {wanted}",
        answer=str(seen.count(wanted)),
        work=lambda write: counted(seen, wanted, _SEEN, write),
    )


@kind("video_where", "grounding.point", media="video", is_mixed=False)
def video_where(random: Random, level: int) -> Problem:
    """`last pink disc` is worked `625;250`, its middle at the end: d = 2, among `level` shapes that move."""
    names = random.sample(NAMES, level)
    scenes = [
        tuple(place(random, _WIDE, names, random.sample(range(8), level)))
        for _ in range(min(2 + level // 2, LONGEST_S))
    ]
    wanted = random.choice(scenes[-1])
    return _problem(
        Film(_WIDE, _held(scenes)),
        prompt=f"last {wanted.name}",
        answer=f"[{as_list(wanted.box)}]",
        work=lambda write: point_at(wanted.box, _WIDE, write),
        params={"edges": "strict"},
    )


def _problem(film: Film, *, params: dict[str, Any] | None = None, **rest: Any) -> Problem:
    scene = f"{film.size} {film.rim} {film.frames}"
    return Problem(clip=partial(Film.show, film), scene=scene, params=params or {}, **rest)


def _held(scenes: Sequence[Frame]) -> tuple[Frame, ...]:
    """Return the frames of scenes of a second each."""
    return tuple(chain.from_iterable((scene,) * FRAMES_A_SECOND for scene in scenes))


def _span(random: Random, seconds: int, is_sharp: bool) -> tuple[float, float]:
    """Draw a span of at least a second that is not all of the video, as [start, end) in seconds."""
    steps = FRAMES_A_SECOND if is_sharp else 1
    while True:
        start, end = sorted(random.sample(range(seconds * steps + 1), 2))
        if steps <= end - start < seconds * steps:
            return start / steps, end / steps


def _inside(time: float, span: tuple[float, float]) -> bool:
    return span[0] <= time < span[1]


def _frames_of(seconds: int, things: Sequence[tuple[Thing, tuple[float, float]]]) -> tuple[Frame, ...]:
    """Return the frames of things that are each there for a span."""
    times = [number / FRAMES_A_SECOND for number in range(seconds * FRAMES_A_SECOND)]
    return tuple(tuple(thing for thing, span in things if _inside(time, span)) for time in times)


def _appearing(
    random: Random, seconds: int, span: tuple[float, float], *, num_others: int, is_sharp: bool
) -> tuple[str, Film]:
    """Put one shape there for the span, and some others for spans of their own; returns the first one's name."""
    number = min(num_others + 1, 4)
    things = place(random, _SIZE, random.sample(NAMES, number), random.sample(range(4), number))
    spans = [span, *(_span(random, seconds, is_sharp) for _ in things[1:])]
    return things[0].name, Film(_SIZE, _frames_of(seconds, list(zip(things, spans, strict=True))))


def _touching(random: Random, seconds: int, span: tuple[float, float]) -> Film:
    """Put two shapes side by side, a patch apart but for the span."""
    first, second = random.sample(NAMES, 2)
    top = random.choice((0, 250, 500))
    left = Thing(first, (0, top, 500, top + 500))
    near, far = (Thing(second, (edge, top + 125, edge + 250, top + 375)) for edge in (500, 750))
    frames = _frames_of(seconds, [(left, (0, seconds)), (near, span)])
    return Film(_SIZE, tuple(frame if near in frame else (*frame, far) for frame in frames), rim=0)


def _flashing(random: Random, level: int) -> tuple[Film, list[str]]:
    """Let `level` shapes come for a second each, one at a time, each somewhere else than the one before.

    Returns the colour of each second too, or none.
    """
    seconds = min(level + 1, LONGEST_S)
    times = set(random.sample(range(seconds), level))
    scenes: list[Frame] = []
    cell = 0
    for second in range(seconds):
        cell = random.choice([one for one in range(4) if one != cell])
        scenes.append(tuple(place(random, _SIZE, [random.choice(NAMES)], [cell])) if second in times else ())
    return Film(_SIZE, _held(scenes)), [scene[0].name.split()[0] if scene else _NONE for scene in scenes]


def _work_when(marks: list[str], known: Sequence[str], write: Write) -> Work:
    written = [write_one_of(write, mark, tuple(known)) for mark in marks]
    halves = {mark: there for there, mark in _MARKS.items()}
    there = [is_there for mark in written for is_there in halves[mark]]
    times = [number / FRAMES_A_SECOND for number, is_there in enumerate(there) if is_there]
    span = (times[0], times[-1] + 1 / FRAMES_A_SECOND) if times else (0, 1)
    return [f"{second}{mark}" for second, mark in enumerate(written)], as_list(span)


def _in_order(seen: Sequence[str]) -> str:
    return ",".join(colour for colour in seen if colour != _NONE) or _NONE


def _work_order(seen: list[str], write: Write) -> Work:
    written = [write_one_of(write, colour, _SEEN) for colour in seen]
    # With its second before each colour: a policy that finds a second by its number looks at the right frames.
    return [f"{second} {colour}" for second, colour in enumerate(written)], _in_order(written)
