"""Whatever a model writes, the spatial verifiers answer with a verdict, and quickly."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.running.call import Call
from rlcs.records import UNJUDGED

CASES: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "grounding_box": ([[100, 100, 300, 300], [5, 5, 9, 9]], [{}, {"score": "f1"}, {"out_of_range": "clip"}]),
    "grounding_point": ([[100, 100, 300, 300]], [{}, {"score": "distance", "space": "0-1"}]),
    "gui_point": ([100, 100, 300, 300], [{}, {"score": "distance"}]),
    "gui_action": ("type(content='hello')", [{"actions": "desktop"}, {"actions": "desktop", "scoring": "glm"}]),
    "temporal_iou": ([12, 18], [{}, {"times": "clock"}]),
    "geo": ({"lat": 48.8566, "lon": 2.3522, "city": "Paris"}, [{}, {"score": "tiers"}]),
}  # fmt: skip
MORE = [
    ("gui_action", '{"action_type": "click", "box_2d": [[1,1,9,9]]}', {"actions": "mobile"}),
    ("gui_action", "Type [3]; [hello]", {"actions": "web"}),
    ("gui_action", "CLICK(point=(3, 4))", {"actions": "web", "scoring": "glm"}),
    ("gui_action", {"type": 4, "touch": [0.5, 0.5], "lift": [0.5, 0.5]}, {"actions": "aitw"}),
    ("gui_action", "TYPE new york", {"actions": "mind2web"}),
]
ALL = [(name, gold, params) for name, (gold, many) in CASES.items() for params in many] + MORE

GOLDS = [
    *ALL,
    ("gui_action", {"action_type": "wait"}, {"actions": "by_gold"}),
    ("gui_action", {"operation": "TYPE new york", "box": [1, 1, 9, 9]}, {"actions": "mind2web"}),
    ("geo", {"city": ["Paris", "巴黎"], "country": "France"}, {}),
    ("geo", {"place_name": "Louvre", "address": "Paris, France"}, {}),
    ("geo", "Louvre, Paris, France", {}),
    ("temporal_iou", {"start": 1, "end": 5}, {}),
]


@pytest.mark.parametrize(
    ("name", "gold", "params"), [case for case in GOLDS if not case[2].keys() & {"times", "space"}]
)
def test_a_gold_written_as_it_stands_is_right(name: str, gold: Any, params: dict[str, Any]) -> None:
    verdict = Call(verifier=name, answer=as_answer(name, gold), gold=gold, arguments=params).run()
    assert verdict.score == pytest.approx(1.0)


def as_answer(name: str, gold: Any) -> str:
    """The gold as a model would write it: a point in each box where points are asked for."""
    if name == "grounding_point":
        gold = [box[:2] for box in gold]
    return gold if isinstance(gold, str) else json.dumps(gold)


PIECES = st.sampled_from(
    """[ ] [[ ]] ( ) { } < > , : - ' " \\ 0 1 100 300 0.5 1e9 1e400 NaN Infinity true null bbox_2d "label" <box> </box>
    \\boxed{ \\frac click type(content= action_type CLICK(point= step= to 00:12 s min ° N Paris ١٢ ½ −""".split()
    + [" ", "\n", "Click [", "\u200b", "\ud800"]
)
TEXT = st.text(max_size=60) | st.lists(PIECES, max_size=24).map("".join)


@settings(max_examples=300)
@given(TEXT)
def test_any_text_gets_a_verdict_from_every_verifier(text: str) -> None:
    for name, gold, params in ALL:
        verdict = Call(verifier=name, answer=text, gold=gold, arguments=params).run()
        assert verdict.status not in UNJUDGED, (name, params, verdict.message)
        assert verdict.score is not None and 0.0 <= verdict.score <= 1.0


@pytest.mark.parametrize(
    "piece", ["[", "(", "<", "[[1,1,2,2],", "{'a':", "1 ", "-1", "1:", "12s ", "'", "\\'", "Paris, ", "°", "a=1,"]
)
def test_long_repetitions_take_no_time(piece: str) -> None:
    for text in (piece * 2_000, piece * (900_000 // len(piece))):
        for name, gold, params in ALL:
            start = time.perf_counter()
            verdict = Call(verifier=name, answer=text, gold=gold, arguments=params).run()
            assert time.perf_counter() - start < 0.5, (name, params)
            assert verdict.score is not None
