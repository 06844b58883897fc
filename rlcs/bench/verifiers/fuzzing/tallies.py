"""Golds that are counts, measured numbers and values read from charts."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress, rationals
from rlcs.bench.verifiers.fuzzing.cases import RIGHT, WRONG, Bounds, Domain, Wording, exactly
from rlcs.bench.verifiers.fuzzing.mathematics import EQUAL
from rlcs.bench.verifiers.fuzzing.phrases import families, phrases

CHANGES = {name: rationals.CHANGES[name] for name in ("one more", "one less", "ten times", "digits swapped", "sign")}
FAR = {
    "half more": rationals.times(Fraction(3, 2)), "ten times": rationals.times(Fraction(10)),
    "a hundredth": rationals.times(Fraction(1, 100)), "sign": rationals.times(Fraction(-1)),
    "a million times": rationals.times(Fraction(10**6)),
}  # fmt: skip
AROUND = {
    **dress.PLAIN_LOOK,
    "$": dress.MATHEMATICS["$"],
    "boxed": dress.MATHEMATICS["boxed"],
    **dress.FULL_STOP,
    **dress.SPACE,
}
DOUBTS = {
    "or another": dress.around("… or 987", "…或987"), "and another": dress.around("…, 987", "987 and …"),
    "a range": dress.around("… to 987", "between … and 987", "…-987"), "not": dress.around("not …"),
    "an unknown": dress.around("…x", "x + …"),
}  # fmt: skip


def in_digits(wording: Wording) -> Wording:
    """Return a wording for answers that are digits alone."""
    return lambda text, source: wording(text, source) if text.isdigit() else None


COUNT_DOUBTS = {
    **DOUBTS,
    "an unknown": in_digits(dress.around("…x", "x + …")),
    "about": in_digits(dress.around("about …", "~…", "around …", "大约…", "at least …", "more than …", "≈…", "…+")),
}


def draw_count(source: Random) -> Fraction:
    """Mostly below twenty."""
    return Fraction(source.choice((source.randrange(20), source.randrange(20), source.randrange(1000))))


def counter(form: str, spelling: Any) -> Any:
    """Return a spelling of a count with what was counted; `…` stands for the number."""

    def write(value: Fraction, source: Random) -> str | None:
        text = spelling(value, source)
        return None if text is None or value == 1 else form.replace("…", text)

    return write


def chinese_counter(value: Fraction, source: Random) -> str | None:
    """一共有七个; 二 is 两 before a counter."""
    text = rationals.chinese(value, source)
    if text is None or value == 0:
        return None
    return source.choice(("…个", "一共有…个", "共…只", "图中有…辆车")).replace("…", "两" if value == 2 else text)


COUNTS = {
    "digits": rationals.plain, "point zero": rationals.point_zero, "full width": rationals.full_width,
    "English": rationals.english, "Chinese": rationals.chinese, "Chinese with counter": chinese_counter,
    "with noun": counter("… apples", rationals.plain), "English with noun": counter("… red cars", rationals.english),
    "there are": counter("There are … dogs in the picture.", rationals.plain),
    "there are, English": counter("There are … dogs.", rationals.english), "I count": counter("I count … of them",
    rationals.plain),
    "digits with counter": counter("…个", rationals.plain), "thousands": rationals.grouped(","),
    "total": counter("Total: …", rationals.plain), "equals": counter("= …", rationals.plain),
}  # fmt: skip


def within(rel_tol: Fraction, *, years_exact: bool = False) -> Any:
    """Return what a number pays within a share of the gold, whole numbers exact where that is declared."""

    def pays(meant: Fraction, gold: Fraction) -> Bounds:
        if years_exact and gold.denominator == 1 and 1000 <= gold <= 2999:
            return RIGHT if meant == gold else WRONG
        return RIGHT if abs(meant - gold) <= rel_tol * abs(gold) else WRONG

    return pays


def draw_measured(source: Random) -> Fraction:
    """A decimal, not 0."""
    return Fraction(source.randrange(1, 99999), source.choice((10, 100, 1000))) * source.choice((1, 1, 1, -1))


def draw_chart(source: Random) -> Fraction:
    """A value as charts show it."""
    return source.choice((Fraction(source.randrange(1, 1000), 10), Fraction(source.randrange(1, 10**6))))


def gold_text(value: Fraction) -> str:
    """Write the gold plainly."""
    return str(rationals.plain(value, Random(0)))


NUMBERS = {
    **rationals.PLAIN,
    **rationals.POWERS,
    **{name: rationals.THOUSANDS[name] for name in ("thousands {,}", r"thousands \,")},
}
MEASURED = {
    **NUMBERS,
    **{
        name: rationals.FRACTIONS[name]
        for name in (r"\frac", r"\dfrac", "a/b", "1 1/2", r"1\frac{1}{2}", "½", "percent")
    },
}
CHARTS = families(
    r"""
[low=11 high=40]
<a>% == <a>\% == <a> % == <a> percent == 百分之<a> == <a> == <a>.0% == $<a>\%$
    != <a>%-90% != <a>% or 3%

[high=9]
<a>,000,000 == <a> million == <a>M == $<a>{,}000{,}000$ == about <a> million == <a>000000 == <a>00万
    != <a> billion != <a> thousand != <a> != <a> bn

[high=900]
$<a> == \$<a> == <a> dollars == <a> == USD <a> == $<a>.00
    != <a> cents != €-<a> != <a> million

Yes == yes == Yes. == True == 是
    != No != false != Maybe != Yes and no

Beijing, Tokyo == Tokyo, Beijing == Beijing and Tokyo == Tokyo and Beijing == [Beijing, Tokyo]
    == ["Beijing", "Tokyo"] == Beijing、Tokyo == beijing, tokyo
    != Beijing != Beijing, Paris != Beijing, Tokyo, Paris != Beijing or Tokyo

[low=10 high=99]
20<a> == 20<a>年 == 20<a>.0
    != 19<a> != 20<b> != 20<a>-2099
"""
)

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="counting: counts", verifier="counting", draw=draw_count, gold=gold_text, spellings=COUNTS,
        changes=CHANGES,
        pays=exactly(lambda meant, gold: meant == gold), wordings=AROUND, hedges=COUNT_DOUBTS,
    ),
    Domain(
        name="numeric: measured", verifier="numeric", draw=draw_measured, gold=gold_text, spellings=MEASURED,
        changes=FAR,
        pays=within(Fraction(1, 100)), params=lambda _: {"rel_tol": 0.01}, wordings={**dress.RELATIONS, **AROUND},
        hedges=DOUBTS,
    ),
    Domain(
        name="numeric: integers", verifier="numeric", draw=rationals.draw_integer, gold=gold_text, spellings=NUMBERS,
        changes=rationals.CHANGES, pays=EQUAL, wordings={**dress.RELATIONS, **AROUND}, hedges=DOUBTS,
    ),
    Domain(
        name="chart: values", verifier="chart", draw=draw_chart, gold=gold_text, spellings=NUMBERS, changes=FAR,
        pays=partial(within(Fraction(1, 20), years_exact=True)), wordings=AROUND, hedges=DOUBTS,
    ),
    phrases("spoken", "chart", CHARTS, wordings=AROUND),
]  # fmt: skip
