"""Golds in pictures, videos and on the earth: boxes, points, spans of time, places. Scores are the measures' own."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import Bounds, Domain, Spelling, Wording
from rlcs.bench.verifiers.fuzzing.measures import (
    Box,
    Point,
    best_matching,
    box_overlap,
    is_inside,
    kilometres,
    span_overlap,
)
from rlcs.bench.verifiers.fuzzing.phrases import Family, phrases

Boxes = tuple[Box, ...]
Place = tuple[float, float]
Seconds = tuple[int, int]
SCALE_KM = 250.0
ROUNDING = 2e-3
AROUND: dict[str, Wording] = {
    "boxed": dress.around(r"\boxed{…}"), "code fence": dress.around("```json\n…\n```"), "dollars": dress.around("$…$"),
    **dress.SPACE,
}  # fmt: skip


def exactly(score: float) -> Bounds:
    """Return the bounds around a score, wide enough for rounded coordinates."""
    return max(score - ROUNDING, 0.0), score + ROUNDING


def draw_box(source: Random, low: int = 0) -> Box:
    """A box of at least 40 by 40 in 0 to 999."""
    left, top = source.randrange(low, 600), source.randrange(low, 600)
    return left, top, left + source.randrange(40, 390), top + source.randrange(40, 390)


def draw_boxes(source: Random) -> Boxes:
    """One to three boxes."""
    return tuple(draw_box(source) for _ in range(source.choice((1, 1, 2, 3))))


def listed(form: str, separator: str, around: str) -> Spelling[Sequence[Sequence[int]]]:
    """Return a spelling of boxes or points: `{0}` … in the form are coordinates, `…` in `around` their list."""
    return lambda many, _: around.replace("…", separator.join(form.format(*one) for one in many))


def alone(form: str) -> Spelling[Sequence[Sequence[int]]]:
    """Return a spelling for one box or point only."""
    return lambda many, _: form.format(*many[0]) if len(many) == 1 else None


def as_objects(key: str) -> Spelling[Sequence[Sequence[int]]]:
    """Return the spelling as JSON objects."""
    return lambda many, _: json.dumps([{key: list(one), "label": "thing"} for one in many])


def shuffled(many: Sequence[Sequence[int]], source: Random) -> str:
    """In another order."""
    return json.dumps(source.sample([list(one) for one in many], len(many)))


LISTS: dict[str, Spelling[Any]] = {
    "JSON": lambda many, _: json.dumps([list(one) for one in many]),
    "tight": lambda many, _: json.dumps([list(one) for one in many], separators=(",", ":")),
    "any order": shuffled,
}
BOXES: dict[str, Spelling[Boxes]] = {
    **LISTS,
    "one list": alone("[{0}, {1}, {2}, {3}]"),
    "brackets": alone("({0}, {1}, {2}, {3})"),
    "corners": alone("({0},{1}),({2},{3})"),
    "leading zeros": listed("[{0:03d},{1:03d},{2:03d},{3:03d}]", ",", "[…]"),
    "objects": as_objects("bbox_2d"),
    "objects, bbox": as_objects("bbox"),
    "tags": listed("<box>{0} {1} {2} {3}</box>", "", "…"),
    "tags with brackets": listed("<box>[[{0}, {1}, {2}, {3}]]</box>", "", "…"),
    "sentence": alone("The box is [{0}, {1}, {2}, {3}]."),
    "floats": listed("[{0}.0, {1}.0, {2}.0, {3}.0]", ", ", "[…]"),
    "lines": listed("[{0}, {1}, {2}, {3}]", ",\n", "[\n…\n]"),
}


def moved(boxes: Boxes, source: Random) -> Boxes:
    """One box elsewhere, a little or far."""
    step, place = source.choice((5, 20, 80)), source.randrange(len(boxes))
    left, top, right, bottom = boxes[place]
    step = step if right + step <= 1000 else -step
    return (*boxes[:place], (left + step, top, right + step, bottom), *boxes[place + 1 :])


def narrowed(boxes: Boxes, source: Random) -> Boxes:
    """One box smaller."""
    left, top, right, bottom = boxes[0]
    return ((left, top, right - source.randrange(5, 30), bottom), *boxes[1:])


def added(boxes: Boxes, source: Random) -> Boxes:
    """A box more."""
    return (*boxes, draw_box(source))


def dropped(boxes: Boxes, source: Random) -> Boxes | None:
    """A box less."""
    return boxes[1:] or None


def repeated(boxes: Boxes, source: Random) -> Boxes:
    """A box twice."""
    return (*boxes, boxes[0])


def overlap(meant: Boxes, gold: Boxes) -> Bounds:
    """Sum of overlaps of the best matching over the larger number of boxes."""
    return exactly(float(best_matching(meant, gold, box_overlap) / max(len(meant), len(gold))))


Aimed = tuple[tuple[Point, ...], Boxes]
"""Points, and the boxes of the gold."""


def draw_aimed(source: Random) -> Aimed:
    """A point in each of one to three boxes that do not touch."""
    lefts = source.sample((0, 250, 500, 750), source.choice((1, 1, 2, 3)))
    boxes = tuple((left, top := source.randrange(700), left + 100, top + 150) for left in lefts)
    return tuple((box[0] + source.randrange(5, 95), box[1] + source.randrange(5, 95)) for box in boxes), boxes


def of_points(spelling: Spelling[Any]) -> Spelling[Aimed]:
    """Return the spelling of the points."""
    return lambda aimed, source: spelling(aimed[0], source)


POINTS: dict[str, Spelling[Aimed]] = {
    name: of_points(one) for name, one in {
        **LISTS, "one list": alone("[{0}, {1}]"), "brackets": listed("({0}, {1})", ", ", "…"),
        "close": alone("({0},{1})"),
        "tags": listed("<point>({0}, {1})</point>", " ", "…"), "tags with list": listed("<point>[{0}, {1}]</point>", "",
        "…"),
        "objects": as_objects("point_2d"), "x and y": alone('{{"x": {0}, "y": {1}}}'),
        "click": alone("CLICK(point=({0}, {1}))"),
        "sentence": alone("Click at ({0}, {1})."),
    }.items()
}  # fmt: skip


def point_moved(aimed: Aimed, source: Random) -> Aimed:
    """One point out of its box."""
    points, boxes = aimed
    return ((points[0][0] + 130, points[0][1]), *points[1:]), boxes


def point_added(aimed: Aimed, source: Random) -> Aimed:
    """A point more, where nothing is."""
    return (*aimed[0], (990, 990)), aimed[1]


def point_dropped(aimed: Aimed, source: Random) -> Aimed | None:
    """A point less."""
    return (aimed[0][1:], aimed[1]) if len(aimed[0]) > 1 else None


def hits(meant: Aimed, gold: Aimed) -> Bounds:
    """Boxes with a point of their own over the larger number of the two."""
    points, boxes = meant[0], gold[1]
    found = best_matching(points, boxes, lambda point, box: Fraction(is_inside(point, box)))
    return exactly(float(found / max(len(points), len(boxes))))


def draw_span(source: Random) -> Seconds:
    """Five to sixty seconds in the first ten minutes."""
    start = source.randrange(540)
    return start, start + source.randrange(5, 60)


def clock(seconds: int) -> str:
    """Write seconds as mm:ss."""
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def chinese_clock(seconds: int) -> str:
    """Write seconds as 1分5秒."""
    minutes, rest = divmod(seconds, 60)
    return (f"{minutes}分" if minutes else "") + f"{rest}秒"


def timed(form: str, write: Any = str) -> Spelling[Seconds]:
    """Return a spelling of a span; `{0}` and `{1}` are its ends."""
    return lambda span, _: form.format(*map(write, span))


SPANS: dict[str, Spelling[Seconds]] = {
    "dash": timed("{0} - {1}"), "list": timed("[{0}, {1}]"), "seconds": timed("{0} - {1} s"),
    "each": timed("{0}s - {1}s"),
    "en dash": timed("{0}–{1} s"), "from to": timed("from {0} to {1} seconds"), "clock": timed("{0} - {1}", clock),
    "from to, clock": timed("from {0} to {1}", clock), "brackets": timed("({0}, {1})"),
    "floats": timed("{0}.0 - {1}.0 s"),
    "words": timed("{0} seconds to {1} seconds"), "Chinese": timed("{0}到{1}", chinese_clock),
    "Chinese seconds": timed("从{0}秒到{1}秒"),
    "object": timed('{{"start": {0}, "end": {1}}}'), "tilde": timed("{0}s ~ {1}s"),
    "between": timed("between {0} s and {1} s"),
}  # fmt: skip
SPAN_CHANGES: dict[str, Any] = {
    "later": lambda span, source: (span[0] + (step := source.choice((3, 100))), span[1] + step),
    "longer": lambda span, _: (span[0], span[1] + 10),
    "shorter": lambda span, _: (span[0] + 2, span[1]),
}


def span_pays(meant: Seconds, gold: Seconds) -> Bounds:
    """Intersection over union."""
    one, other = ((Fraction(start), Fraction(end)) for start, end in (meant, gold))
    return exactly(float(span_overlap(one, other)))


def draw_place(source: Random) -> Place:
    """Anywhere but at the poles, to four places; never near 0, where a hemisphere says nothing."""
    lat, lon = (source.choice((1, -1)) * round(source.uniform(1, limit), 4) for limit in (65, 175))
    return lat, lon


def hemispheres(form: str) -> Spelling[Place]:
    """Return a spelling with N, S, E, W; `{a}`, `{n}`, `{o}`, `{e}` are latitude, its side, longitude, its side."""
    return lambda place, _: form.format(
        a=abs(place[0]), n="N" if place[0] > 0 else "S", o=abs(place[1]), e="E" if place[1] > 0 else "W"
    )


def sexagesimal(place: Place, source: Random) -> str:
    """39°54'15.0"N, 116°24'27.0"E."""
    parts = []
    for value, sides in zip(place, ("NS", "EW"), strict=True):
        degrees, rest = divmod(round(abs(value) * 36000), 36000)
        minutes, tenths = divmod(rest, 600)
        parts.append(f"{degrees}°{minutes}'{tenths / 10}\"{sides[value < 0]}")
    return ", ".join(parts)


PLACES: dict[str, Spelling[Place]] = {
    "pair": lambda place, _: f"{place[0]}, {place[1]}", "brackets": lambda place, _: f"({place[0]}, {place[1]})",
    "list": lambda place, _: f"[{place[0]}, {place[1]}]", "hemispheres": hemispheres("{a}°{n}, {o}°{e}"),
    "hemispheres, close": hemispheres("{a}{n}, {o}{e}"), "hemispheres, spaces": hemispheres("{a}° {n}, {o}° {e}"),
    "named": lambda place, _: f"lat: {place[0]}, lon: {place[1]}", "named in full": lambda place,
    _: f"latitude: {place[0]}, longitude: {place[1]}",
    "object": lambda place, _: json.dumps({"lat": place[0], "lon": place[1]}), "sexagesimal": sexagesimal,
    "degrees": lambda place, _: f"{place[0]}°, {place[1]}°", "sides first": hemispheres("{n} {a}, {e} {o}"),
}  # fmt: skip
PLACE_CHANGES: dict[str, Any] = {
    "near": lambda place, _: (round(place[0] + 0.5, 4), place[1]), "other side": lambda place, _: (-place[0], place[1]),
    "mirrored": lambda place, _: (place[0], -place[1]), "far": lambda place, _: (place[0],
    round(place[1] - math.copysign(30, place[1]), 4)),
}  # fmt: skip
NAMES = [
    Family({"city": "Paris", "country": ["France", "法国"]}, ["Paris, France", "Paris", "paris, france", "Paris, 法国",
        "PARIS", "The city is Paris, France.",
                                                               "Paris, France.", "**Paris, France**",
                                                               "City: Paris, Country: France"],
           ["Paris, London", "London", "Lyon or Paris", "not Paris", "Paris, Texas"]),
    Family({"city": "São Paulo", "country": "Brazil"}, ["São Paulo, Brazil", "Sao Paulo", "Sao Paulo, Brazil",
        "SÃO PAULO"], ["Rio de Janeiro", "San Paulo, Italy"]),
]  # fmt: skip


def place_pays(meant: Place, gold: Place) -> Bounds:
    """exp(-distance / 250 km)."""
    return exactly(math.exp(-kilometres(meant, gold) / SCALE_KM))


DOMAINS: list[Domain[Any]] = [
    Domain(
        name="grounding_box: boxes", verifier="grounding_box", draw=draw_boxes,
        gold=lambda boxes: [list(one) for one in boxes],
        spellings=BOXES, pays=overlap, wordings=AROUND,
        changes={"moved": moved, "narrowed": narrowed, "added": added, "dropped": dropped, "repeated": repeated},
    ),
    Domain(
        name="grounding_point: points", verifier="grounding_point", draw=draw_aimed, pays=hits, wordings=AROUND,
        gold=lambda aimed: [list(one) for one in aimed[1]], spellings=POINTS,
        changes={"moved": point_moved, "added": point_added, "dropped": point_dropped},
    ),
    Domain(
        name="gui_point: points", verifier="gui_point",
        draw=lambda source: tuple(one[:1] for one in draw_aimed(source)),
        gold=lambda aimed: list(aimed[1][0]), spellings={k: v for k, v in POINTS.items() if k not in ("any order",)},
        changes={"moved": point_moved}, pays=hits, wordings=AROUND,
    ),
    Domain(
        name="temporal_iou: spans", verifier="temporal_iou", draw=draw_span, gold=list, spellings=SPANS,
        changes=SPAN_CHANGES, pays=partial(span_pays), wordings={**dress.FULL_STOP, **dress.SPACE},
    ),
    Domain(
        name="geo: positions", verifier="geo", draw=draw_place, gold=list, spellings=PLACES, changes=PLACE_CHANGES,
        pays=place_pays, wordings={"boxed": dress.around(r"\boxed{…}"), **dress.SPACE},
    ),
    phrases("names", "geo", NAMES, wordings=dress.SPACE),
]  # fmt: skip
