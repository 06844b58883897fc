"""Sizes of images as parameters of verifiers, and the answers that golds in other spaces ask for."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from rewards import Scorer
from rewards.reading.image_sizes import with_sizes
from rewards.reading.points import Spaces
from rewards.reading.spatial_answers import right_boxes, right_click, right_points
from rewards.registry import REWARDS, get_reward
from rlcs.config.schema import FormatConfig, RewardConfig, ScoringConfig
from rlcs.records import Status, Task

KNOWN = ("space", "gold_space", "image_width", "image_height", "resized_width", "resized_height")


def filled(params: dict[str, Any], *sizes: tuple[int, int], known: tuple[str, ...] = KNOWN) -> dict[str, Any]:
    return with_sizes(params, known, lambda: sizes, lambda size: (size[0] // 2, size[1] // 2))


def test_a_declared_space_gets_the_size_it_lacks() -> None:
    pixels = {"image_width": 640, "image_height": 480}
    resized = {"resized_width": 320, "resized_height": 240}
    assert filled({"space": "pixels"}, (640, 480)) == {"space": "pixels", **pixels}
    assert filled({"gold_space": "resized"}, (640, 480)) == {"gold_space": "resized", **resized}
    both = {"space": "resized", "gold_space": "pixels"}
    assert filled(both, (640, 480)) == both | pixels | resized


@pytest.mark.parametrize(
    ("params", "sizes", "known"),
    [
        ({"space": "0-1000"}, [(640, 480)], KNOWN),
        ({"space": "pixels", "image_width": 7, "image_height": 9}, [(640, 480)], KNOWN),
        ({"space": "pixels"}, [], KNOWN),
        ({"space": "pixels"}, [(640, 480), (2, 2)], KNOWN),
        ({"space": "pixels"}, [(640, 480)], ("space",)),
    ],
)
def test_nothing_is_filled_in_where_it_is_declared_or_unclear(
    params: dict[str, Any], sizes: list[tuple[int, int]], known: tuple[str, ...]
) -> None:
    assert filled(params, *sizes, known=known) == params


def picture(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def scorer(verifier: str, **params: Any) -> Scorer:
    reward = RewardConfig(
        verifier=verifier, params=params, format=FormatConfig(box="none", think="optional", answer_tag="optional")
    )
    return Scorer({"s": reward}, {"s": "s"}, ScoringConfig())


def task(gold: Any, *images: str | bytes) -> Task:
    return Task(id="s:0", source="s", domain="grounding.box", prompt="?", answer=gold, images=images)


def test_answers_in_the_resized_image_are_compared_with_golds_in_pixels_of_the_image() -> None:
    with scorer("grounding_box", space="resized", gold_space="pixels") as judge:
        judge.resize = lambda size: (size[0] // 2, size[1] // 4)
        one = task([[100, 40, 200, 80]], picture(400, 200))
        assert judge.check_gold("s", one.answer, {}, [(400, 200)]) is None
        assert judge.begin("[[50, 10, 100, 20]]", one, bare=True).result().score == pytest.approx(1.0)
        assert judge.begin("[[100, 40, 200, 80]]", one, bare=True).result().score == 0.0


def test_without_a_size_the_task_is_told_to_declare_one() -> None:
    with scorer("grounding_box", space="pixels") as judge:
        wrong = judge.check_gold("s", [[1, 1, 2, 2]], {}, [])
        assert wrong is not None and "needs image_width and image_height" in wrong
        assert judge.check_gold("s", [[1, 1, 2, 2]], {"image_width": 9, "image_height": 9}, []) is None


def test_an_image_that_is_gone_costs_the_policy_nothing() -> None:
    with scorer("grounding_box", space="pixels") as judge:
        verdict = judge.begin("[[1,1,2,2]]", task([[1, 1, 2, 2]], "gone.png"), bare=True).result()
    assert (verdict.score, verdict.status) == (None, Status.BAD_GOLD)
    assert "gone.png cannot be read" in verdict.message


SPACES: tuple[dict[str, Any], ...] = (
    {"space": "0-1000", "gold_space": "0-1000"},
    {"space": "0-1", "gold_space": "pixels", "image_width": 400, "image_height": 200},
    {"space": "resized", "gold_space": "0-1000", "resized_width": 112, "resized_height": 84},
    {"space": "pixels", "gold_space": "0-1", "image_width": 400, "image_height": 200},
)
GOLDS = {"0-1000": [[250, 100, 500, 400]], "0-1": [[0.25, 0.1, 0.5, 0.4]], "pixels": [[100, 20, 200, 80]]}


@pytest.mark.parametrize("params", SPACES)
@pytest.mark.parametrize(
    ("verifier", "write"),
    [("grounding_box", right_boxes), ("grounding_point", right_points), ("gui_point", right_click)],
)
def test_the_right_answer_is_right_in_every_space(verifier: str, write: Any, params: dict[str, Any]) -> None:
    gold = GOLDS[params["gold_space"]]
    answer = write(gold, spaces=Spaces(**params))
    assert REWARDS.get(verifier).right_answer is write
    assert get_reward(verifier)(answer, gold, **params) == pytest.approx(1.0)


def test_right_answers_by_hand() -> None:
    pixels = Spaces(gold_space="pixels", image_width=1000, image_height=500)
    gold = [{"bbox_2d": [100, 100, 300, 200], "label": "dog"}]
    (box,) = json.loads(right_boxes(gold, corners="xywh", spaces=pixels))
    assert box == {"bbox_2d": pytest.approx([100, 200, 200, 200]), "label": "dog"}
    assert json.loads(right_points(gold, spaces=pixels)) == [pytest.approx([200, 300])]
    assert json.loads(right_click([500, 250], spaces=pixels)) == pytest.approx([500, 500])
