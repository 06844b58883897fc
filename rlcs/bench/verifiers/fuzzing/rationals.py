"""Numbers as fractions, and every way in which models write them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from random import Random

from rlcs.bench.verifiers.fuzzing.cases import Change, Spelling

SIGNS = {1: "", -1: "-"}
DIGITS = "零一二三四五六七八九"
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
VULGAR = {"1/2": "½", "1/4": "¼", "3/4": "¾", "1/3": "⅓", "2/3": "⅔", "1/5": "⅕", "1/8": "⅛"}
SMALL = 1000
FULL_WIDTH = str.maketrans("0123456789.-+/", "０１２３４５６７８９．－＋／")
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def decimals(value: Fraction) -> str | None:
    """Write a number that has a finite decimal expansion; None for others."""
    rest, places = value.denominator, 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest, places = next(rest // by for by in (10, 2, 5) if rest % by == 0), places + 1
    if rest != 1:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    text = digits[:-places] + "." + digits[-places:] if places else digits
    return ("-" if value < 0 else "") + (text.rstrip("0").rstrip(".") if places else text)


def plain(value: Fraction, source: Random) -> str | None:
    """12, -0.25, 1/3."""
    return decimals(value) or f"{value.numerator}/{value.denominator}"


def tex(value: Fraction, source: Random) -> str:
    r"""12, -\frac{1}{4}."""
    sign = SIGNS[-1 if value < 0 else 1]
    whole = value.denominator == 1
    return f"{value.numerator}" if whole else rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def grouped(separator: str) -> Spelling[Fraction]:
    """Return a spelling of integers with a separator of thousands."""

    def write(value: Fraction, source: Random) -> str | None:
        if value.denominator != 1 or abs(value) < SMALL:
            return None
        return f"{value.numerator:,}".replace(",", separator)

    return write


def point_zero(value: Fraction, source: Random) -> str | None:
    """12.0, 0.250."""
    text = decimals(value)
    return None if text is None else (text if "." in text else text + ".") + source.choice(("0", "00"))


def no_leading_zero(value: Fraction, source: Random) -> str | None:
    """.25."""
    text = decimals(value)
    return text.replace("0.", ".", 1) if text and text.removeprefix("-").startswith("0.") else None


def power_of_ten(form: str) -> Spelling[Fraction]:
    """Return a spelling by mantissa and exponent; `form` has {m} and {k}."""

    def write(value: Fraction, source: Random) -> str | None:
        text = decimals(value)
        if text is None or value == 0 or abs(value) < SMALL and abs(value) >= Fraction(1, 100):
            return None
        mantissa, _, exponent = f"{Decimal(text).normalize():e}".partition("e")
        power = str(int(exponent))
        return form.replace("{k}", power).replace("{u}", power.translate(SUPERSCRIPT)).replace("{m}", mantissa)

    return write


def over(command: str) -> Spelling[Fraction]:
    """Return a spelling as a fraction by a TeX command, reduced or not."""

    def write(value: Fraction, source: Random) -> str | None:
        factor = source.choice((1, 1, 2, 3, 10))
        if value.denominator * factor == 1:
            factor = 2
        sign = SIGNS[-1 if value < 0 else 1]
        return rf"{sign}{command}{{{abs(value.numerator) * factor}}}{{{value.denominator * factor}}}"

    return write


def bare_arguments(value: Fraction, source: Random) -> str | None:
    r"""\frac12."""
    if value.denominator == 1 or max(abs(value.numerator), value.denominator) > 9:
        return None
    return rf"{SIGNS[-1 if value < 0 else 1]}\frac{abs(value.numerator)}{value.denominator}"


def slashed(form: str) -> Spelling[Fraction]:
    """Return a spelling with a sign between numerator and denominator; `form` has {n} and {d}."""

    def write(value: Fraction, source: Random) -> str | None:
        if value.denominator == 1:
            return None
        return form.replace("{n}", str(value.numerator)).replace("{d}", str(value.denominator))

    return write


def sign_moved(form: str) -> Spelling[Fraction]:
    """Return a spelling of negative fractions; `form` has {n} and {d} without signs."""

    def write(value: Fraction, source: Random) -> str | None:
        if value >= 0 or value.denominator == 1:
            return None
        return form.replace("{n}", str(-value.numerator)).replace("{d}", str(value.denominator))

    return write


def mixed(form: str) -> Spelling[Fraction]:
    """Return a spelling with the whole part first; `form` has {w}, {n} and {d}."""

    def write(value: Fraction, source: Random) -> str | None:
        whole, rest = divmod(abs(value), 1)
        if not whole or not rest:
            return None
        text = form.replace("{w}", str(whole)).replace("{n}", str(rest.numerator)).replace("{d}", str(rest.denominator))
        return SIGNS[-1 if value < 0 else 1] + text

    return write


def vulgar(value: Fraction, source: Random) -> str | None:
    """½."""
    return VULGAR.get(f"{value.numerator}/{value.denominator}")


def recurring(form: str) -> Spelling[Fraction]:
    """Return a spelling of a purely recurring decimal; `form` has {w} and {r}."""

    def write(value: Fraction, source: Random) -> str | None:
        bottom = value.denominator
        if bottom % 2 == 0 or bottom % 5 == 0 or bottom == 1 or bottom > 101 or value < 0:
            return None
        length = next(one for one in range(1, bottom) if (10**one - 1) % bottom == 0)
        if length > 6:
            return None
        whole, rest = divmod(value, 1)
        digits = str(int(rest * (10**length - 1))).zfill(length)
        if form.count("{r}") == 0:
            digits = "".join(rf"\dot{{{digit}}}" if at in (0, length - 1) else digit for at, digit in enumerate(digits))
        return form.replace("{w}", str(whole)).replace("{r}", digits).replace("{d}", digits)

    return write


def percent(value: Fraction, source: Random) -> str | None:
    r"""25\%."""
    text = decimals(value * 100)
    return None if text is None or value.denominator == 1 else text + source.choice((r"\%", "%", r" \%"))


def full_width(value: Fraction, source: Random) -> str | None:
    """１２."""
    text = decimals(value)
    return text.translate(FULL_WIDTH) if text else None


def minus_sign(value: Fraction, source: Random) -> str | None:
    """−12, with the sign of typesetters."""
    text = plain(value, source)
    return text.replace("-", source.choice("−–")) if text and value < 0 else None


def plus_sign(value: Fraction, source: Random) -> str | None:
    """+12."""
    return f"+{plain(value, source)}" if value > 0 else None


def english(value: Fraction, source: Random) -> str | None:
    """one hundred and twenty-five."""
    if value.denominator != 1 or not 0 <= value < 1_000_000:
        return None
    return in_english(int(value), source.choice((" and ", " ")))


def in_english(value: int, joint: str = " and ") -> str:
    """Return a number below a million in words."""
    if value < 20:
        return ONES[value]
    if value < 100:
        return TENS[value // 10] + ("-" + ONES[value % 10] if value % 10 else "")
    large, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    rest = value % large
    link = joint if rest and (large == 100 or rest < 100) else " "
    return f"{in_english(value // large, joint)} {name}" + (link + in_english(rest, joint) if rest else "")


def chinese(value: Fraction, source: Random) -> str | None:
    """一百二十五."""
    return in_chinese(int(value)) if value.denominator == 1 and 0 <= value < 10_000 else None


def in_chinese(value: int) -> str:
    """Return a number below ten thousand in Chinese."""
    if value < 10:
        return DIGITS[value]
    if value < 20:
        return "十" + (DIGITS[value % 10] if value % 10 else "")
    power = len(str(value)) - 1
    first, rest = divmod(value, 10**power)
    text = DIGITS[first] + "个十百千"[power]
    if not rest:
        return text
    if power > 1 and rest < 10 ** (power - 1):
        return text + "零" + (in_chinese(rest) if rest < 10 or rest >= 20 else "一" + in_chinese(rest))
    return text + ("一" + in_chinese(rest) if 10 <= rest < 20 else in_chinese(rest))


PLAIN: Mapping[str, Spelling[Fraction]] = {
    "plain": plain,
    "thousands": grouped(","),
    "trailing zeros": point_zero,
    "no leading zero": no_leading_zero,
    "full width": full_width,
    "minus sign": minus_sign,
    "plus sign": plus_sign,
}
"""What every verifier of numbers reads."""
POWERS: Mapping[str, Spelling[Fraction]] = {
    "1.5e3": power_of_ten("{m}e{k}"),
    "1.5E3": power_of_ten("{m}E{k}"),
    r"1.5\times10^{3}": power_of_ten(r"{m}\times10^{{k}}"),
    r"1.5 \times 10^{3}": power_of_ten(r"{m} \times 10^{{k}}"),
    r"1.5 \cdot 10^{3}": power_of_ten(r"{m} \cdot 10^{{k}}"),
    "1.5×10³": power_of_ten("{m}×10{u}"),
    "1.5 x 10^3": power_of_ten("{m} x 10^{k}"),
}
THOUSANDS: Mapping[str, Spelling[Fraction]] = {
    "thousands {,}": grouped("{,}"),
    r"thousands \,": grouped(r"\,"),
    r"thousands ,\!": grouped(r",\!"),
    "thousands by spaces": grouped(" "),
    "thousands by thin spaces": grouped("\u202f"),
}
FRACTIONS: Mapping[str, Spelling[Fraction]] = {
    r"\frac": over(r"\frac"),
    r"\dfrac": over(r"\dfrac"),
    r"\tfrac": over(r"\tfrac"),
    r"\cfrac": over(r"\cfrac"),
    r"\frac12": bare_arguments,
    "a/b": slashed("{n}/{d}"),
    "a / b": slashed("{n} / {d}"),
    "{a}/{b}": slashed("{{n}}/{{d}}"),
    r"{a \over b}": slashed(r"{{n} \over {d}}"),
    r"\left(a/b\right)": slashed(r"\left({n}/{d}\right)"),
    r"\left(\frac{a}{b}\right)": slashed(r"\left(\frac{{n}}{{d}}\right)"),
    r"\frac{-a}{b}": sign_moved(r"\frac{-{n}}{{d}}"),
    r"\frac{a}{-b}": sign_moved(r"\frac{{n}}{-{d}}"),
    "-(a/b)": sign_moved("-({n}/{d})"),
    "1 1/2": mixed("{w} {n}/{d}"),
    r"1\frac{1}{2}": mixed(r"{w}\frac{{n}}{{d}}"),
    r"1\tfrac{1}{2}": mixed(r"{w}\tfrac{{n}}{{d}}"),
    r"1 \frac{1}{2}": mixed(r"{w} \frac{{n}}{{d}}"),
    "½": vulgar,
    r"0.\overline{3}": recurring(r"{w}.\overline{{r}}"),
    "0.(3)": recurring("{w}.({r})"),
    r"0.\dot{3}": recurring("{w}.{d}"),
    "percent": percent,
}


def times(factor: Fraction) -> Change[Fraction]:
    """Return the change to a multiple."""
    return lambda value, _: value * factor


def more_by(step: Fraction) -> Change[Fraction]:
    """Return the change by a difference."""
    return lambda value, _: value + step


def digits_swapped(value: Fraction, source: Random) -> Fraction | None:
    """Two digits side by side exchanged."""
    digits = list(str(abs(value.numerator)))
    places = [at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]]
    if not places:
        return None
    at = source.choice(places)
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return Fraction(int("".join(digits)) * (-1 if value < 0 else 1), value.denominator)


def digit_dropped(value: Fraction, source: Random) -> Fraction | None:
    """The last digit of the numerator missing."""
    return Fraction(int(value.numerator / 10), value.denominator) if abs(value.numerator) >= 10 else None


def turned_over(value: Fraction, source: Random) -> Fraction | None:
    """b/a for a/b."""
    return 1 / value if value else None


CHANGES: Mapping[str, Change[Fraction]] = {
    "one more": more_by(Fraction(1)),
    "one less": more_by(Fraction(-1)),
    "sign": times(Fraction(-1)),
    "ten times": times(Fraction(10)),
    "a hundredth": times(Fraction(1, 100)),
    "digits swapped": digits_swapped,
    "digit dropped": digit_dropped,
    "turned over": turned_over,
}


def draw_integer(source: Random) -> Fraction:
    """Small, middling or large, at times negative."""
    top = source.choice((13, 13, 100, 5000, 10**6, 10**9, 10**15))
    return Fraction(source.randrange(top) * source.choice((1, 1, 1, -1)))


def draw_fraction(source: Random) -> Fraction:
    """Some small, some with denominators up to a thousand."""
    top = source.choice((10, 10, 100, 1000))
    return Fraction(source.randrange(1, top) * source.choice((1, 1, -1)), source.randrange(2, top))


def draw_decimal(source: Random) -> Fraction:
    """A decimal of one to four places."""
    places = source.randrange(1, 5)
    return Fraction(source.randrange(1, 10 ** (places + 2)) * source.choice((1, 1, -1)), 10**places)
