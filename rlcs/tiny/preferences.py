"""Preference pairs of the tiny world: which of two answers is better is known by construction.

The better response to a problem is its answer. The worse one is in three cases of four a near miss, as a policy that
slips or forgets a carry would write it, else any other number of at most one digit more: `57+86=`, chosen `143`,
rejected `153` or `1608`. A model that ranks such pairs has learned to judge answers.
"""

from __future__ import annotations

from random import Random

from rlcs.tiny.problems import Problem


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
