"""How pages are compared, on blocks and pictures made by hand, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from rewards.verifiers.webpages.blocks import Block
from rewards.verifiers.webpages.compare import (
    Page,
    compare,
    ground_of,
    matched,
    page_of,
    picture_similarity,
    similarities,
)
from rewards.verifiers.webpages.layout import Box
from rewards.verifiers.webpages.pixels import Picture
from rewards.verifiers.webpages.regions import regions

BLACK, WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
LONG = ("the quick brown fox", "jumps over", "a lazy dog")


def block(
    text: str, *, left: float = 0.0, top: float = 0.0, area: float = 100.0, colour: tuple[float, float, float] = BLACK
) -> Block:
    return Block(Box(left, top, left + 10, top + 10), area, colour, text)


def page(*blocks: Block, ground: int = 255, height: int = 200) -> Page:
    return page_of(np.full((height, 400, 3), ground, np.uint8), blocks, is_picture=False)


def parts(answer: Page, gold: Page) -> dict[str, float]:
    return compare(answer, gold)[1]


def test_the_same_page_is_worth_one() -> None:
    gold = page(*(block(text, top=20.0 * place) for place, text in enumerate(LONG)))
    assert compare(gold, gold)[0] == pytest.approx(1.0)


def test_text_is_compared_by_its_longest_common_subsequence() -> None:
    assert similarities([block("abcd")], [block("abxd")]) == pytest.approx(2 * 3 / 8)
    assert similarities([block("abcd")], [block("axyz")])[0, 0] == 0.0, "2 / 8 is below the least"


def test_half_of_the_area_is_half_of_the_score() -> None:
    gold = page(block(LONG[0]), block(LONG[1]))
    assert compare(page(block(LONG[0])), gold)[0] == pytest.approx(0.5)


def test_more_text_costs_as_much_as_it_covers() -> None:
    gold, more = page(block(LONG[0])), page(block(LONG[0]), block(LONG[1], area=300.0))
    assert compare(more, gold)[0] == pytest.approx(1 / 4)


def test_another_size_of_the_same_text_costs() -> None:
    assert parts(page(block(LONG[0], area=400.0)), page(block(LONG[0])))["blocks"] == pytest.approx(1 / 4)


def test_position_is_the_larger_shift_in_parts_of_the_gold_page() -> None:
    found = parts(page(block(LONG[0], left=40.0, top=50.0)), page(block(LONG[0])))
    assert found["position"] == pytest.approx(1 - max(40 / 400, 50 / 200))


def test_black_and_white_are_as_far_apart_as_colours_get() -> None:
    score, found = compare(page(block(LONG[0], colour=WHITE)), page(block(LONG[0])))
    assert found["colour"] == pytest.approx(0.0, abs=1e-3)
    assert score == pytest.approx(0.5, abs=1e-3), "text x (position + colour) / 2"


def test_of_equal_texts_the_nearer_is_taken() -> None:
    gold = [block("Read more", top=0.0), block("Read more", top=100.0)]
    answer = list(reversed(gold))
    places = np.array([[0.5, 1.0], [1.0, 0.5]])
    assert matched(similarities(answer, gold), places) == [(0, 1), (1, 0)]


def test_nothing_is_worth_nothing() -> None:
    gold = page(block(LONG[0]))
    assert compare(page(), gold)[0] == 0.0
    assert compare(page(block("xyz")), gold)[0] == 0.0


def test_a_page_without_text_is_judged_by_its_picture_beyond_one_colour() -> None:
    drawn = np.full((200, 400, 3), 255, np.uint8)
    drawn[40:120, 40:200] = (200, 30, 30)
    gold = page_of(drawn, (), is_picture=False)
    assert compare(gold, gold)[0] == pytest.approx(1.0)
    assert compare(page(), gold)[0] == 0.0
    assert compare(page(block("text")), gold)[0] == 0.0


def test_a_picture_counts_where_both_are() -> None:
    whole, half = (ground_of(np.full((height, 100, 3), 90, np.uint8)) for height in (200, 100))
    assert picture_similarity(whole, whole) == pytest.approx(1.0)
    assert picture_similarity(half, whole) == pytest.approx(0.5)


def drawing(*, shift: int = 0) -> Picture:
    picture = np.full((200, 400, 3), 255, np.uint8)
    noise = np.random.default_rng(0).integers(0, 2, (20, 100)).astype(bool)
    picture[20:40, 20 + shift : 120 + shift][noise] = (0, 0, 160)
    picture[100:160, 200:300] = (200, 30, 30)
    return picture


def test_regions_are_what_differs_from_its_ground() -> None:
    found = sorted(regions(drawing()), key=lambda one: one.box.top)
    assert len(found) == 2
    assert found[0].box.centre == pytest.approx((70, 30), abs=2) and found[0].colour == (0.0, 0.0, 160.0)
    assert found[1].box.centre == pytest.approx((250, 130), abs=2)


def test_pictures_are_alike_region_by_region() -> None:
    gold, moved = (page_of(one, regions(one), is_picture=True) for one in (drawing(), drawing(shift=40)))
    assert compare(gold, gold)[0] == pytest.approx(1.0)
    score, found = compare(moved, gold)
    assert 0.8 < score < 1.0 and found["blocks"] == pytest.approx(1.0, abs=0.01)
    assert regions(np.full((100, 100, 3), 7, np.uint8)) == []
