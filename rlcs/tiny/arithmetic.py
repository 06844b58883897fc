"""Addition, subtraction and multiplication by a digit, worked column by column. The level is the number of columns."""

from __future__ import annotations

from random import Random

from rlcs.tiny.problems import Problem, Work, Write, kind


def _number(random: Random, num_digits: int) -> int:
    return random.randrange(10 ** (num_digits - 1), 10**num_digits)


def _digits(number: int) -> list[int]:
    return [int(digit) for digit in reversed(str(number))]


@kind("addition", "stem.math")
def addition(random: Random, level: int) -> Problem:
    """`57+86=` is worked `7+6+0=13;5+8+1=14` (the last term is the carry): d = level."""
    left, right = _number(random, level), _number(random, level)
    return Problem(prompt=f"{left}+{right}=", answer=left + right, work=lambda write: _add(left, right, write))


def _add(left: int, right: int, write: Write) -> Work:
    steps, carry, answer = [], 0, ""
    for upper, lower in zip(_digits(left), _digits(right), strict=True):
        total = write(upper + lower + carry, 19)
        steps.append(f"{upper}+{lower}+{carry}={total}")
        carry, digit = divmod(total, 10)
        answer = f"{digit}{answer}"
    return steps, int(f"{carry}{answer}")


@kind("subtraction", "stem.math")
def subtraction(random: Random, level: int) -> Problem:
    """`52-37=` is worked `12-7-0=5;5-3-1=1` (ten is borrowed where needed and paid back in the next): d = level."""
    left, right = _number(random, level), _number(random, level)
    left, right = max(left, right), min(left, right)
    return Problem(prompt=f"{left}-{right}=", answer=left - right, work=lambda write: _subtract(left, right, write))


def _subtract(left: int, right: int, write: Write) -> Work:
    steps, borrowed, answer = [], 0, ""
    for upper, lower in zip(_digits(left), _digits(right), strict=True):
        borrow = int(upper < lower + borrowed)
        digit = write(upper + 10 * borrow - lower - borrowed, 9)
        steps.append(f"{upper + 10 * borrow}-{lower}-{borrowed}={digit}")
        borrowed, answer = borrow, f"{digit}{answer}"
    return steps, int(answer)


@kind("multiplication", "stem.math")
def multiplication(random: Random, level: int) -> Problem:
    """`57*6=` is worked `7*6=42;5*6=30;30+4=34` (product, then the carry added): d = 2 level - 1."""
    number, factor = _number(random, level), random.randint(2, 9)
    return Problem(
        prompt=f"{number}*{factor}=", answer=number * factor, work=lambda write: _multiply(number, factor, write)
    )


def _multiply(number: int, factor: int, write: Write) -> Work:
    steps, carry, answer = [], 0, ""
    for column, digit in enumerate(_digits(number)):
        total = write(digit * factor, 81)
        steps.append(f"{digit}*{factor}={total}")
        if column > 0:
            product, total = total, write(total + carry, 89)
            steps.append(f"{product}+{carry}={total}")
        carry, last = divmod(total, 10)
        answer = f"{last}{answer}"
    return steps, int(f"{carry}{answer}")
