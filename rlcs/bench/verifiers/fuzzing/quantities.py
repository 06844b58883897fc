"""Golds with a unit: values of one dimension in any of its units, with conversions of our own in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress, rationals
from rlcs.bench.verifiers.fuzzing.cases import RIGHT, WRONG, Bounds, Change, Domain, Spelling
from rlcs.bench.verifiers.fuzzing.mathematics import OUTSIDE
from rlcs.bench.verifiers.fuzzing.phrases import families, phrases

REL_TOL = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its dimension, its size in the first unit of that dimension, and how it is written."""

    dimension: str
    size: Fraction
    symbols: tuple[str, ...]
    """Plain text, the usual one first."""
    tex: tuple[str, ...] = ()
    """What stands inside \\mathrm; the first of `symbols` where there is none."""
    names: tuple[str, ...] = ()


def _unit(dimension: str, size: str, symbols: str, tex: str = "", names: str = "") -> Unit:
    parts = (tuple(filter(None, one.split("|"))) for one in (symbols, tex, names))
    return Unit(dimension, Fraction(size), *parts)


UNITS: dict[str, Unit] = {
    "m": _unit("length", "1", "m", "", "meters|metres|meter|米"),
    "km": _unit("length", "1000", "km", "", "kilometers|kilometres|千米|公里"),
    "cm": _unit("length", "1/100", "cm", "", "centimeters|centimetres|厘米"),
    "mm": _unit("length", "1/1000", "mm", "", "millimeters|毫米"),
    "s": _unit("time", "1", "s", "", "seconds|秒|sec"),
    "min": _unit("time", "60", "min", "", "minutes|分钟"),
    "h": _unit("time", "3600", "h|hr", "", "hours|小时"),
    "ms": _unit("time", "1/1000", "ms", "", "milliseconds|毫秒"),
    "kg": _unit("mass", "1", "kg", "", "kilograms|千克|公斤"),
    "g": _unit("mass", "1/1000", "g", "", "grams|克"),
    "N": _unit("force", "1", "N", "", "newtons|Newtons|牛顿|牛"),
    "kN": _unit("force", "1000", "kN", "", "kilonewtons|千牛"),
    "J": _unit("energy", "1", "J", "", "joules|Joules|焦耳|焦"),
    "kJ": _unit("energy", "1000", "kJ", "", "kilojoules|千焦"),
    "W": _unit("power", "1", "W", "", "watts|瓦特|瓦"),
    "kW": _unit("power", "1000", "kW", "", "kilowatts|千瓦"),
    "mW": _unit("power", "1/1000", "mW", "", "milliwatts|毫瓦"),
    "Pa": _unit("pressure", "1", "Pa", "", "pascals|帕斯卡|帕"),
    "kPa": _unit("pressure", "1000", "kPa", "", "kilopascals|千帕"),
    "V": _unit("voltage", "1", "V", "", "volts|伏特|伏"),
    "A": _unit("current", "1", "A", "", "amperes|amps|安培|安"),
    "mA": _unit("current", "1/1000", "mA", "", "milliamperes|毫安"),
    "ohm": _unit("resistance", "1", "Ω|ohm", r"\Omega", "ohms|欧姆|欧"),
    "Hz": _unit("frequency", "1", "Hz", "", "hertz|赫兹"),
    "MHz": _unit("frequency", "1000000", "MHz", "", "megahertz|兆赫"),
    "C": _unit("charge", "1", "C", "", "coulombs|库仑"),
    "L": _unit("volume", "1/1000", "L", "", "liters|litres|升"),
    "mL": _unit("volume", "1/1000000", "mL", "", "milliliters|毫升"),
    "m^3": _unit("volume", "1", "m^3|m³", "m^3|m^{3}", "cubic meters|立方米"),
    "m^2": _unit("area", "1", "m^2|m²", "m^2|m^{2}", "square meters|平方米"),
    "cm^2": _unit("area", "1/10000", "cm^2|cm²", "cm^2|cm^{2}", "square centimeters|平方厘米"),
    "m/s": _unit("speed", "1", "m/s|m s^-1|m·s⁻¹|m*s^-1", r"m/s|m\,s^{-1}|m \cdot s^{-1}|\frac{m}{s}",
                 "meters per second|米每秒|米/秒"),
    "km/h": _unit("speed", "5/18", "km/h|km·h⁻¹", r"km/h|km\,h^{-1}|\frac{km}{h}", "kilometers per hour|千米每小时"),
    "m/s^2": _unit("acceleration", "1", "m/s^2|m/s²|m s^-2|m·s⁻²", r"m/s^2|m\,s^{-2}|m \cdot s^{-2}|\frac{m}{s^2}",
                   "meters per second squared"),
    "kg/m^3": _unit("density", "1", "kg/m^3|kg/m³|kg·m⁻³", r"kg/m^3|kg\,m^{-3}|\frac{kg}{m^3}",
                    "kilograms per cubic meter|千克每立方米|千克/立方米"),
    "g/cm^3": _unit("density", "1000", "g/cm^3|g/cm³", r"g/cm^3|g\,cm^{-3}", "grams per cubic centimeter"),
    "mol/L": _unit("concentration", "1", "mol/L|mol L^-1|M", r"mol/L|mol\,L^{-1}|mol \cdot L^{-1}", "摩尔每升"),
    "N*m": _unit("torque", "1", "N*m|N·m|N m", r"N\,m|N \cdot m", "newton meters"),
    "kg m/s": _unit("momentum", "1", "kg m/s|kg·m/s|kg*m/s", r"kg\,m/s|kg \cdot m/s|kg\,m\,s^{-1}", ""),
    "J/(kg K)": _unit("specific heat", "1", "J/(kg K)|J/(kg·K)|J/(kg*K)", r"J/(kg\,K)|J\,kg^{-1}\,K^{-1}", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a unit."""

    value: Fraction
    unit: str

    @property
    def in_base(self) -> Fraction:
        """The value in the first unit of its dimension."""
        return self.value * UNITS[self.unit].size


def draw_quantity(source: Random) -> Quantity:
    """Two or three significant digits, of any size."""
    digits = source.randrange(11, 999)
    value = Fraction(digits) * Fraction(10) ** source.choice((-3, -2, -1, -1, 0, 0, 0, 1, 3, 5))
    return Quantity(value, source.choice(sorted(UNITS)))


def pays(meant: Quantity, gold: Quantity) -> Bounds:
    """Within a hundredth of the gold, in the same dimension."""
    if UNITS[meant.unit].dimension != UNITS[gold.unit].dimension:
        return WRONG
    return RIGHT if abs(meant.in_base - gold.in_base) <= REL_TOL * abs(gold.in_base) else WRONG


def usual(one: Quantity, source: Random) -> str:
    """12.5 m/s."""
    return f"{rationals.plain(one.value, source)} {UNITS[one.unit].symbols[0]}"


def with_unit(form: str, kind: str) -> Spelling[Quantity]:
    """Return a spelling: `…` stands for the number, `u` in angle brackets for the unit as symbols, TeX or a name."""

    def write(one: Quantity, source: Random) -> str | None:
        unit = UNITS[one.unit]
        texts = getattr(unit, kind) or (unit.symbols[:1] if kind == "tex" else ())
        texts = [one for one in texts if not ("\\" in one and form.startswith("\\"))]  # siunitx has commands of its own
        if not texts:
            return None
        return form.replace("…", rationals.plain(one.value, source) or "").replace("<u>", source.choice(texts))

    return write


def with_number(spelling: Spelling[Fraction]) -> Spelling[Quantity]:
    """Return the spelling with the number written in one way, and the unit as usual."""

    def write(one: Quantity, source: Random) -> str | None:
        number = spelling(one.value, source)
        return None if number is None else f"{number} {UNITS[one.unit].symbols[0]}"

    return write


def converted(one: Quantity, source: Random) -> str | None:
    """The same in another unit."""
    dimension = UNITS[one.unit].dimension
    others = [name for name, unit in UNITS.items() if unit.dimension == dimension and name != one.unit]
    if not others:
        return None
    other = source.choice(others)
    value = one.in_base / UNITS[other].size
    text = rationals.decimals(value) or f"{float(value):.8g}"
    return f"{text} {UNITS[other].symbols[0]}"


def other_unit(one: Quantity, source: Random) -> Quantity:
    """The number in another unit."""
    return replace(one, unit=source.choice([name for name in sorted(UNITS) if name != one.unit]))


def other_prefix(one: Quantity, source: Random) -> Quantity | None:
    """The number in another unit of the dimension."""
    dimension = UNITS[one.unit].dimension
    others = [name for name, unit in UNITS.items() if unit.dimension == dimension and name != one.unit]
    return replace(one, unit=source.choice(others)) if others else None


def valued(change: Change[Fraction]) -> Change[Quantity]:
    """Return the change of the number alone."""

    def apply(one: Quantity, source: Random) -> Quantity | None:
        value = change(one.value, source)
        return None if value is None else replace(one, value=value)

    return apply


SPELLINGS: dict[str, Spelling[Quantity]] = {
    "usual": usual,
    "symbol": with_unit("… <u>", "symbols"),
    "symbol, close": with_unit("…<u>", "symbols"),
    "mathrm": with_unit(r"…\,\mathrm{<u>}", "tex"),
    "mathrm, space": with_unit(r"… \ \mathrm{<u>}", "tex"),
    "mathrm, tie": with_unit(r"…~\mathrm{<u>}", "tex"),
    "mathrm, space inside": with_unit(r"…\mathrm{~<u>}", "tex"),
    "text": with_unit(r"… \text{ <u>}", "symbols"),
    "text, close": with_unit(r"…\text{<u>}", "symbols"),
    "dollars": with_unit(r"$…$ <u>", "symbols"),
    "dollars, mathrm": with_unit(r"$… \ \mathrm{<u>}$", "tex"),
    "name": with_unit("… <u>", "names"),
    "siunitx": with_unit(r"\SI{…}{<u>}", "tex"),
    "qty": with_unit(r"\qty{…}{<u>}", "tex"),
    "converted": converted,
    "full width": with_number(rationals.full_width),
    **{name: with_number(one) for name, one in rationals.POWERS.items()},
    "thousands": with_number(rationals.grouped(",")),
    "thousands, {,}": with_number(rationals.grouped("{,}")),
    r"thousands, \,": with_number(rationals.grouped(r"\,")),
    "trailing zeros": with_number(rationals.point_zero),
    "fraction": with_number(rationals.over(r"\frac")),
}
CHANGES: dict[str, Change[Quantity]] = {
    "other unit": other_unit,
    "other prefix": other_prefix,
    "a tenth more": valued(rationals.times(Fraction(11, 10))),
    "sign": valued(rationals.times(Fraction(-1))),
    "ten times": valued(rationals.times(Fraction(10))),
    "a thousandth": valued(rationals.times(Fraction(1, 1000))),
    "digits swapped": valued(rationals.digits_swapped),
}
RELATIONS = {
    "relation in front": dress.first(dress.around("= …", r"\approx …", "≈ …", "约…")),
    "name in front": dress.first(dress.around("F = …", "v = …", "v_0 = …", r"\Delta x = …", "E_k = …", r"\lambda = …")),
    "words in front": dress.first(dress.around(r"\text{Speed} = …", r"v_{\text{max}} = …")),
}
DOUBTS = {
    "or another": dress.around("… or 987 s", "987 m or …"),
    "million": lambda text, _: text.replace(" ", " million ", 1) if " " in text else None,
    "another dimension": dress.around("… per second", "…/s", "… squared", r"…\cdot\mathrm{m}", "…^2"),
    "a sum": dress.around("… + 987 m", "2 m + …"),
    "not": dress.around("not …"),
}

SPOKEN = families(
    r"""
[high=16]
<a>.5 h == <a> h 30 min == <a> hours 30 minutes == <a>小时30分钟 == <a> hr 30 min == <a> hours and 30 minutes
    != <a> h 50 min != <a> min 30 s != <a> h 30 s != <a> h, 30 s or so

[low=3 high=30]
<a>.2 m == <a> m 20 cm == <a>米20厘米 == <a> meters 20 centimeters == <a> m and 20 cm
    != <a>0 m 20 mm != <a> m 80 cm != <a> cm 20 m

[high=16]
<a>.5 min == <a> min 30 s == <a>分30秒 == <a> minutes 30 seconds
    != <a> min 50 s != <a> h 30 min

[high=300]
<a> °C == <a>°C == <a>^\circ\text{C} == <a> ^{\circ}\mathrm{C} == <a> degrees Celsius == <a>摄氏度 == <a> ℃
    == <a>\,^\circ\mathrm{C} == <a> deg C
    != <a> K != <a> °F != <a> N != -<a> °C

[high=80]
<a>° == <a>^\circ == <a>^{\circ} == <a> degrees == <a>度 == <a>\degree == <a> deg
    != <a> rad != <a> m != -<a>°

<a> eV == <a>\ \mathrm{eV} == <a> electronvolts == <a> electron volts
    != <a> keV != <a> V != <a> J

<a>\pi cm == <a>\pi\ \mathrm{cm} == <a>π cm == <a> \pi \text{ cm} == <a>\pi\text{ cm}
    != <a> cm != <a>\pi^2 cm != <a>\pi m

<a> dB == <a> decibels == <a>\,\mathrm{dB}
    != <a> B != <a> Hz

[low=11 high=90]
<a>% == <a>\% == <a> percent == 百分之<a>
    != 0.<a>% != <a>0% != <a> m
"""
)

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="physics: quantities", verifier="physics", draw=draw_quantity, gold=lambda one: usual(one, Random(0)),
        spellings=SPELLINGS, changes=CHANGES, pays=pays, wordings={**RELATIONS, **OUTSIDE}, hedges=DOUBTS, share=2.0,
    ),
    phrases("spoken quantities", "physics", SPOKEN, wordings={**RELATIONS, **OUTSIDE}),
    Domain(
        name="chemistry: quantities", verifier="chemistry", draw=draw_quantity, gold=lambda one: usual(one, Random(0)),
        spellings=SPELLINGS, changes=CHANGES, pays=pays, wordings=OUTSIDE, share=0.3,
    ),
]  # fmt: skip
