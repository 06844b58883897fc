"""What a generated problem is, and how its worked solution is written, with or without slips.

A problem is solved in steps. Each step whose result could be got wrong passes it through `write`; a cold-start
trace slips at SLIP_RATE of them and carries the error through, so a problem of d steps is solved with probability
(1 - SLIP_RATE)^d: difficulty is known by construction.

A preference pair is its answer and a worse one, in three cases of four a near miss, as a policy that slips or forgets
a carry would write it, else any other number of at most one digit more: `57+86=`, chosen `143`, rejected `153`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from rlcs.plugins import Registry

SLIP_RATE = 0.15
"""Share of the steps of a cold-start trace that are wrong on purpose."""

MAX_LEVEL = 8
"""Hardest level that every kind can make."""

_EVAL_SHARE = 5
"""One problem in so many belongs to the eval split."""

Write = Callable[[int, int], int]
"""(right result of a step, highest plausible result) -> the result that is written down."""

Clip = Callable[[], dict[str, Any]]
"""() -> a video: `frames`, each as PNG, and their `times` in seconds."""

Work = tuple[list[str], int | str]
"""Steps as text, and the answer that follows from them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One question, its gold answer and the way to it. Example: prompt "57+86=", answer 143."""

    prompt: str
    answer: int | str
    work: Callable[[Write], Work]
    """Solves the problem step by step, each result as `write` gives it back."""
    image: Callable[[], bytes] | None = None
    """Draws what the question is about, as PNG."""
    clip: Clip | None = None
    """Draws it as a video."""
    scene: str = ""
    """All that decides the image or the video, as text."""
    params: dict[str, Any] = field(default_factory=dict)
    """Parameters of the verifier that judges it."""


Draw = Callable[[Random, int], Problem]
"""(random, level) -> a problem of the level."""


Media = Literal["text", "image", "video"]
"""What a question is about, beside its own text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of problem: its name (the subcategory of its tasks), its domain, and how to draw one of a level."""

    name: str
    domain: str
    draw: Draw
    media: Media
    is_mixed: bool
    """Whether it is in the mixtures: what tiny://vision has learnt."""


KINDS: Registry[Kind] = Registry("kind of tiny:// tasks")


def kind(name: str, domain: str, *, media: Media = "text", is_mixed: bool = True) -> Callable[[Draw], Draw]:
    """Register a function (random, level) -> Problem as a kind of generated task."""

    def decorate(draw: Draw) -> Draw:
        KINDS.add(name, Kind(name=name, domain=domain, draw=draw, media=media, is_mixed=is_mixed))
        return draw

    return decorate


def write_right(result: int, highest: int) -> int:
    """Write every result as it is: the solution without slips."""
    return result


def write_with_slips(random: Random, slip_rate: float = SLIP_RATE) -> Write:
    """Return a `write` that replaces a result by a wrong one nearby, within 0..highest, at `slip_rate`."""

    def write(result: int, highest: int) -> int:
        if random.random() >= slip_rate:
            return result
        near = [result + shift for shift in (-3, -2, -1, 1, 2, 3) if 0 <= result + shift <= highest]
        # Earlier slips can have led so far out of the range that nothing near lies in it.
        return random.choice(near) if near else result

    return write


def num_steps(problem: Problem) -> int:
    """Return d, the number of steps at which a slip can happen."""
    count = 0

    def write(result: int, highest: int) -> int:
        nonlocal count
        count += 1
        return result

    problem.work(write)
    return count


def expected_pass_rate(problem: Problem, slip_rate: float = SLIP_RATE) -> float:
    """Return (1 - slip_rate)^d: the chance that a trace of this problem has no slip."""
    return float((1.0 - slip_rate) ** num_steps(problem))


def response_text(problem: Problem, write: Write) -> str:
    """Return the whole response: thinking, then the boxed answer that follows from its steps."""
    steps, answer = problem.work(write)
    return f"<think>{';'.join(steps)}</think><answer><|begin_of_box|>{answer}<|end_of_box|></answer>"


def is_eval(question: str) -> bool:
    """Tell whether a problem belongs to the eval split; by its text (and scene), so train and eval never share one."""
    return zlib.crc32(question.encode()) % _EVAL_SHARE == 0


def pair_of(problem: Problem, random: Random) -> dict[str, str]:
    """Return the two responses to a problem as the columns `chosen` and `rejected`."""
    assert isinstance(problem.answer, int), "only kinds of text have pairs"
    wrong = near_miss if random.random() < 0.75 else wrong_number
    return {"chosen": str(problem.answer), "rejected": str(wrong(problem.answer, random))}


def near_miss(right: int, random: Random) -> int:
    """Draw a number of at least 0 that is 1 to 3 off in one place, mostly 1: 99 becomes 109, 100, 98, 79, …"""
    while True:
        off = random.choice((1, 1, 1, 2, 3)) * int(10 ** random.randrange(len(str(right))))
        number = right + random.choice((-off, off))
        if number >= 0:
            return number


def wrong_number(right: int, random: Random) -> int:
    """Draw a number that is not `right`: first how many digits it has, then which."""
    while True:
        num_digits = random.randint(1, len(str(right)) + 1)
        number = random.randrange(10 ** (num_digits - 1) if num_digits > 1 else 0, 10**num_digits)
        if number != right:
            return number
