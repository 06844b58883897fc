"""Grounding, GUI, temporal and geographic cases: what each row declares, and whether we agree with its label."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rewards.extraction import extract
from rewards.reading.json_values import Unreadable
from rewards.reading.points import Frame, read_points
from rewards.registry import get_reward
from rewards.verifiers.geo import haversine_km, read_position
from rewards.verifiers.screens.score_reference import operation_f1
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Verdict

Row = dict[str, Any]
TOLERANCE = 1e-6
TEN_THOUSAND_PIXELS = {"image_width": 10_000, "image_height": 10_000}
"""For pixel rows that name no image: overlaps do not depend on its size."""
GLM_SPACES = {"androidworld_action": "mobile", "osworld_action": "desktop", "webvoyager_action": "web"}


def answer_of(row: Row) -> str:
    """Return the answer of a row: what stands in its box, or all of it."""
    prediction = row["prediction"]
    if not isinstance(prediction, str):
        return json.dumps(prediction)
    found = extract(prediction, FormatConfig())
    return prediction if found.answer is None else found.answer


def judged(verifier: str, answer: str, gold: Any, **params: Any) -> float | None:
    """Return the score of a verifier."""
    verdict = get_reward(verifier)(answer, gold, **params)
    return verdict.score if isinstance(verdict, Verdict) else verdict


def near(found: float | None, expected: float, row: Row) -> bool:
    """Tell whether a score is the expected one within the row's own tolerance."""
    return found is not None and abs(found - expected) <= row.get("tol", TOLERANCE)


def spaces_of(row: Row) -> dict[str, Any]:
    """Return the coordinate space that a row declares for its prediction, as parameters."""
    coords = str(row.get("coords") or (row.get("params") or {}).get("coords") or "0-1000")
    size = row.get("image_size")
    pixels = {"image_width": size[0], "image_height": size[1]} if size else TEN_THOUSAND_PIXELS
    if "pixel" in coords:
        return {"space": "pixels", **pixels}
    return {"space": "0-1000" if "1000" in coords else "0-1"}


def agrees_on_grounding(row: Row) -> bool | None:
    """Judge a row of grounding.jsonl by its task."""
    judges: dict[str, Callable[[Row], bool | None]] = {
        "single_box": agrees_on_boxes,
        "multi_box": agrees_on_boxes,
        "point_in_box": agrees_on_point,
        "coord_system": agrees_on_coordinates,
    }
    return judges.get(row["task"], lambda _: None)(row)


def agrees_on_boxes(row: Row) -> bool | None:
    """Compare every metric of the row that we offer."""
    params = spaces_of(row)
    corners = "xywh" if "xywh" in str(row.get("coords")) else "xyxy"
    params |= {"gold_space": params["space"], "corners": corners, "gold_corners": corners}
    num_found, num_gold = len(row["prediction_boxes"]), len(row["gold"])
    results = []
    for name, expected in row["expected"].items():
        metric, _, tau = name.partition("@")
        score = {"acc": "threshold", "tp": "f1", "f1": "f1", "giou": "giou"}.get(metric, "iou")
        found = judged("grounding_box", answer_of(row), row["gold"], score=score, threshold=float(tau or 0.5), **params)
        if metric == "iou_iscrowd" or found is None:
            continue
        if metric == "giou":
            found = 2 * found - 1
        if metric == "tp":
            found *= (num_found + num_gold) / 2
        if metric == "mean_iou_over_gold":
            found *= max(num_found, num_gold) / num_gold
        results.append(near(found, expected, row))
    return all(results) if results else None


def agrees_on_point(row: Row) -> bool:
    """Compare with and without the edges."""
    params = spaces_of(row)
    return all(
        judged("grounding_point", answer_of(row), row["gold"], edges=edges, gold_space=params["space"], **params)
        == float(expected)
        for edges, expected in row["expected"].items()
    )


def agrees_on_coordinates(row: Row) -> bool:
    """The same box in the declared space of the prediction and in fractions."""
    found = judged("grounding_box", answer_of(row), row["gold"], gold_space="0-1", **spaces_of(row))
    return found is not None and found >= row["expected"]["iou_min"]


def agrees_on_gui(row: Row) -> bool | None:
    """Judge a row of gui.jsonl by its task."""
    task = row["task"]
    if task in GLM_SPACES:
        return agrees_on_glm_action(row, GLM_SPACES[task])
    if task == "mind2web_op_f1":
        return near(operation_f1(row["prediction"], row["gold"]), row["expected"], row)
    if task == "aitw_action_match":
        boxes = row["params"]["annotation_boxes_yxhw"]
        found = judged(
            "gui_action", answer_of(row), row["gold"], actions="aitw", swipe="axis", text="ignore", ui_boxes=boxes
        )
        return found == float(row["expected"])
    if task == "parse_point":
        return agrees_on_parsed_point(row)
    return agrees_on_click(row)


def agrees_on_glm_action(row: Row, actions: str) -> bool:
    """Compare with the released script of the action space."""
    gold = extract(row["gold"], FormatConfig()).answer or row["gold"]
    found = judged("gui_action", answer_of(row), gold, actions=actions, scoring="glm")
    return near(found, row["expected"], row)


def agrees_on_parsed_point(row: Row) -> bool:
    """Compare the point that was read, in fractions."""
    try:
        points = read_points(row["prediction"], Frame(1000, 1000))
    except Unreadable:
        return row["expected"] is None
    return row["expected"] is not None and [list(point) for point in points] == [row["expected"]]


def agrees_on_click(row: Row) -> bool | None:
    """Compare a point, or the centre of a box, with a gold box or point."""
    params = row.get("params") or {}
    if not isinstance(row["gold"], list) or isinstance(row["expected"], dict):
        return None
    space = spaces_of(row) if row.get("coords") or params.get("coords") else {"space": space_of_gold(row["gold"])}
    score = "distance" if "max_dist" in params else "inside"
    found = judged(
        "gui_point",
        answer_of(row),
        row["gold"],
        score=score,
        max_distance=params.get("max_dist", 0.1),
        gold_space=space["space"],
        **space,
    )
    return near(found, float(row["expected"]), row)


def space_of_gold(gold: Any) -> str:
    """Return the space of a gold that does not say it: fractions when no number passes 1."""
    numbers = [number for part in gold for number in (part if isinstance(part, list) else [part])]
    return "0-1" if max(numbers) <= 1 else "0-1000"


def agrees_on_span(row: Row) -> bool:
    """Compare temporal IoU and R1@τ."""
    results = []
    for name, expected in row["expected"].items():
        metric, _, tau = name.partition("@")
        score = "iou" if metric == "tiou" else "threshold"
        found = judged("temporal_iou", answer_of(row), row["gold"], score=score, threshold=float(tau or 0.5))
        results.append(near(found, expected, row))
    return all(results)


def agrees_on_distance(row: Row) -> bool:
    """Compare the distance in km and what is within which distance; a geodesic is another measure."""
    away = haversine_km(read_position(answer_of(row)), (row["gold"][0], row["gold"][1]))
    results = [near(away, row["expected"][name], row) for name in ("great_circle_km", "haversine_km")]
    for name, expected in row["expected"].items():
        if name.startswith("within_"):
            limit = float(name.removeprefix("within_").removesuffix("km"))
            found = judged("geo", answer_of(row), row["gold"], score="threshold", scale_km=limit)
            results.append(found == float(expected))
    return all(results)


FILES: dict[str, Callable[[Row], bool | None]] = {
    "grounding": agrees_on_grounding,
    "gui": agrees_on_gui,
    "video_tiou": agrees_on_span,
    "geo": agrees_on_distance,
}
HACKS: dict[str, RewardConfig] = {
    "grounding": RewardConfig(verifier="grounding_box"),
    "gui": RewardConfig(verifier="gui_action", params={"actions": "by_gold"}),
    "video_temporal_grounding": RewardConfig(verifier="temporal_iou"),
    "geo": RewardConfig(verifier="geo"),
}
