"""Sums of metric quantities in one unit. The level is the number of terms."""

from __future__ import annotations

from random import Random

from rlcs.tiny.problems import Problem, Work, Write, kind

_UNITS = (("m", "dm", "cm", "mm"), ("l", "dl", "cl", "ml"), ("g", "dg", "cg", "mg"))
_HIGHEST = 9999


@kind("conversion", "stem.physics")
def conversion(random: Random, level: int) -> Problem:
    """`3m+7dm=?cm` is worked `3m=300;7dm=70;300+70=370`.

    Moving the decimal point is a rule, not a calculation, and never slips: d = level - 1, the additions.
    """
    family = random.choice(_UNITS)
    target = random.randint(1, 3)
    powers = [random.randint(0, min(target, 2)) for _ in range(level)]
    counts = [random.randint(1, 9) for _ in range(level)]
    terms = [
        (f"{count}{family[target - power]}", count * 10**power) for count, power in zip(counts, powers, strict=True)
    ]
    return Problem(
        prompt=f"{'+'.join(text for text, _ in terms)}=?{family[target]}",
        answer=sum(amount for _, amount in terms),
        work=lambda write: _convert_and_add(terms, write),
    )


def _convert_and_add(terms: list[tuple[str, int]], write: Write) -> Work:
    (first_text, total), *others = terms
    steps = [f"{first_text}={total}"]
    for text, amount in others:
        before, total = total, write(total + amount, _HIGHEST)
        steps += [f"{text}={amount}", f"{before}+{amount}={total}"]
    return steps, total
