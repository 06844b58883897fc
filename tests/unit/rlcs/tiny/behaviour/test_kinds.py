"""Every kind of problem at every level: gold, worked solution and number of steps, checked by other code."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest

from rewards import score_one
from rewards.registry import REWARDS
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Status
from rlcs.tiny.generate import parse_path
from rlcs.tiny.problems import (
    KINDS,
    MAX_LEVEL,
    Problem,
    expected_pass_rate,
    num_steps,
    response_text,
    write_right,
)

EACH_LEVEL = pytest.mark.parametrize("level", range(1, MAX_LEVEL + 1))
EACH_KIND = pytest.mark.parametrize("kind", ["addition", "conversion", "equation", "multiplication", "subtraction"])

Solve = Callable[[str], int]
IsRight = Callable[[str, str], bool]


def problems(kind: str, level: int, count: int = 100) -> list[Problem]:
    random = Random(f"{kind} {level}")
    return [KINDS.get(kind).draw(random, level) for _ in range(count)]


def problem_with(kind: str, level: int, prompt: str) -> Problem:
    random, draw = Random(0), KINDS.get(kind).draw
    return next(problem for _ in range(400_000) if (problem := draw(random, level)).prompt == prompt)


def test_the_kinds_are_these_and_have_a_domain() -> None:
    kinds = parse_path("tiny://mixed").kinds
    assert [kind.name for kind in kinds] == ["addition", "conversion", "equation", "multiplication", "subtraction"]
    assert {kind.domain for kind in kinds} == {"stem.math", "stem.physics"} <= set(REWARDS.domains())


@EACH_KIND
@EACH_LEVEL
def test_gold_and_worked_solution_are_right(kind: str, level: int, solve: Solve, is_right: IsRight) -> None:
    for problem in problems(kind, level):
        steps, answer = problem.work(write_right)
        assert problem.answer == solve(problem.prompt) == answer
        assert [step for step in steps if not is_right(step, problem.prompt)] == [], problem.prompt
        assert 0 <= answer


@EACH_KIND
@EACH_LEVEL
def test_the_number_of_steps_is_what_the_level_says(kind: str, level: int) -> None:
    expected = {
        "addition": level,
        "subtraction": level,
        "multiplication": 2 * level - 1,
        "equation": level,
        "conversion": level - 1,
    }[kind]
    assert {num_steps(problem) for problem in problems(kind, level)} == {expected}
    assert expected_pass_rate(problems(kind, level, count=1)[0]) == pytest.approx(0.85**expected)


@pytest.mark.parametrize(
    ("kind", "level", "prompt", "steps", "answer"),
    [
        ("addition", 2, "57+86=", "7+6+0=13;5+8+1=14", 143),
        ("subtraction", 2, "52-37=", "12-7-0=5;5-3-1=1", 15),
        ("multiplication", 2, "57*6=", "7*6=42;5*6=30;30+4=34", 342),
        ("equation", 2, "3*x+5=26,x=", "3*x=21;x=7", 7),
        ("conversion", 2, "3m+7dm=?cm", "3m=300;7dm=70;300+70=370", 370),
    ],
)
def test_the_examples_of_the_documentation_are_worked_as_it_says(
    kind: str, level: int, prompt: str, steps: str, answer: int
) -> None:
    assert problem_with(kind, level, prompt).work(write_right) == (steps.split(";"), answer)


@EACH_LEVEL
def test_columns_are_as_many_as_the_level(level: int) -> None:
    for kind in ("addition", "subtraction", "multiplication"):
        for problem in problems(kind, level):
            left, right = re.split(r"[-+*]", problem.prompt.removesuffix("="))
            assert len(left) == level
            assert 2 <= int(right) <= 9 if kind == "multiplication" else len(right) == level


@EACH_LEVEL
def test_numbers_on_the_way_of_an_equation_stay_below_a_hundred(level: int) -> None:
    for problem in problems("equation", level):
        steps, _ = problem.work(write_right)
        values = [int(step.rpartition("=")[2]) for step in [problem.prompt.removesuffix(",x="), *steps]]
        assert all(1 <= value <= 99 for value in values), problem.prompt
        assert len(steps) == level


@EACH_LEVEL
def test_terms_of_a_conversion_are_as_many_as_the_level(level: int) -> None:
    assert {problem.prompt.count("+") + 1 for problem in problems("conversion", level)} == {level}


def test_what_is_borrowed_over_a_zero_is_paid_back() -> None:
    prompts = {problem.prompt: problem for problem in problems("subtraction", 3, count=5000)}
    found = [match for prompt in prompts if (match := re.fullmatch(r"(.)00-(.)(.)([1-9])=", prompt))]
    assert len(found) > 5
    for match in found:
        a, b, c, d = (int(digit) for digit in match.groups())
        steps, answer = prompts[match[0]].work(write_right)
        assert steps == [f"10-{d}-0={10 - d}", f"10-{c}-1={9 - c}", f"{a}-{b}-1={a - b - 1}"]
        assert answer == 100 * (a - b - 1) + 10 * (9 - c) + 10 - d


def test_a_response_has_its_layout() -> None:
    assert response_text(problem_with("addition", 1, "7+6="), write_right) == (
        "<think>7+6+0=13</think><answer><|begin_of_box|>13<|end_of_box|></answer>"
    )


@EACH_KIND
def test_the_reward_of_the_quickstart_pays_a_worked_solution_and_no_other_answer(kind: str) -> None:
    quickstart = RewardConfig(
        verifier="math", format=FormatConfig(think="required", answer_tag="required", box="glm"), format_weight=0.0
    )
    problem = problems(kind, level=4, count=1)[0]
    response = response_text(problem, write_right)
    verdict = score_one(response, str(problem.answer), quickstart)
    assert (verdict.score, verdict.status, verdict.extracted) == (1.0, Status.CORRECT, str(problem.answer))
    assert score_one(response, f"{problem.answer}1", quickstart).score == 0.0
    assert score_one(response.replace("</think>", ""), str(problem.answer), quickstart).score == 0.0
