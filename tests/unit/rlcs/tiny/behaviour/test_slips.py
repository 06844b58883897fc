"""Slips of cold-start traces: how many, how large, and that none ever breaks a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

from rlcs.tiny.generate import TEXT_KINDS, generate_rows, parse_path
from rlcs.tiny.problems import KINDS, MAX_LEVEL, SLIP_RATE, response_text, write_right, write_with_slips

IsRight = Callable[[str, str], bool]

LAYOUT = ("<think>", "</think><answer><|begin_of_box|>", "<|end_of_box|></answer>")


def traces(seed: int, count: int) -> Iterator[dict[str, Any]]:
    return generate_rows(parse_path(f"tiny://traces?seed={seed}&count={count}"))


def steps_and_answer(response: str) -> tuple[list[str], int]:
    opening, middle, ending = LAYOUT
    assert response.startswith(opening) and response.endswith(ending)
    steps, answer = response[len(opening) : -len(ending)].split(middle)
    return steps.split(";"), int(answer)


def test_every_step_slips_at_the_rate() -> None:
    write = write_with_slips(Random(0))
    slips = sum(write(50, 99) != 50 for _ in range(20_000))
    # 3000 expected; the standard deviation is sqrt(20000 * 0.15 * 0.85) = 50.
    assert SLIP_RATE == 0.15
    assert abs(slips - 3000) < 200


@pytest.mark.parametrize(
    ("result", "highest", "written"),
    [
        (50, 99, {47, 48, 49, 51, 52, 53}),
        (0, 9, {1, 2, 3}),
        (9, 9, {6, 7, 8}),
        (18, 19, {15, 16, 17, 19}),
        (-2, 9, {0, 1}),
        (11, 9, {8, 9}),
        (-4, 9, {-4}),
        (120, 99, {120}),
    ],
)
def test_a_slip_lands_nearby_and_in_range(result: int, highest: int, written: set[int]) -> None:
    write = write_with_slips(Random(1), slip_rate=1.0)
    assert {write(result, highest) for _ in range(500)} == written


def test_without_a_rate_nothing_slips() -> None:
    write = write_with_slips(Random(2), slip_rate=0.0)
    assert [write(number, 99) for number in range(100)] == list(range(100)) == [write_right(n, 99) for n in range(100)]


@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_traces_are_written_whole(seed: int) -> None:
    seen = Counter[tuple[str, int]]()
    for row in traces(seed, count=5000):
        steps, _ = steps_and_answer(row["response"])
        assert all("=" in step for step in steps)
        seen[row["subcategory"], row["level"]] += 1
    assert len(seen) == 40
    assert set(seen.values()) == {125}


@pytest.mark.parametrize("slip_rate", [0.5, 1.0])
def test_no_number_of_slips_breaks_a_trace(slip_rate: float) -> None:
    random = Random(3)
    write = write_with_slips(random, slip_rate=slip_rate)
    num_slips = 0

    def watched(result: int, highest: int) -> int:
        nonlocal num_slips
        written = write(result, highest)
        if written != result:
            num_slips += 1
            assert 0 <= written <= highest
            assert 1 <= abs(written - result) <= 3
        return written

    for kind, level in product(TEXT_KINDS, range(1, MAX_LEVEL + 1)):
        for _ in range(50):
            steps_and_answer(response_text(KINDS.get(kind).draw(random, level), watched))
    assert num_slips > 1000


def test_traces_without_a_slip_are_as_many_as_the_difficulty_says(is_right: IsRight) -> None:
    expected: Counter[str] = Counter()
    variance: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for row in traces(seed=11, count=8000):
        kind, rate = row["subcategory"], row["difficulty"]
        steps, _ = steps_and_answer(row["response"])
        expected[kind] += rate
        variance[kind] += rate * (1 - rate)
        found[kind] += all(is_right(step, row["prompt"]) for step in steps)
    assert len(expected) == 5
    for kind in expected:
        assert abs(found[kind] - expected[kind]) < 4 * variance[kind] ** 0.5, kind


def test_of_sums_and_differences_a_trace_is_right_exactly_when_it_has_no_slip(is_right: IsRight) -> None:
    outcomes: Counter[bool] = Counter()
    for row in generate_rows(parse_path("tiny://traces?levels=1-5&count=3000&seed=5")):
        if row["subcategory"] in ("addition", "subtraction"):
            steps, answer = steps_and_answer(row["response"])
            has_no_slip = all(is_right(step, row["prompt"]) for step in steps)
            assert (answer == int(row["answer"])) == has_no_slip, row
            outcomes[has_no_slip] += 1
    assert min(outcomes[True], outcomes[False]) > 300
