"""The units that an answer may name, and how people write them: symbols, English and Chinese names, SI prefixes.

Only names of the first columns ever reach the unit library. Symbols keep their case: mW is not MW.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PREFIXES = """
yotta Y; zetta Z; exa E; peta P 拍; tera T 太; giga G 吉; mega M 兆; kilo k 千; hecto h 百; deca da; deci d 分;
centi c 厘; milli m 毫; micro μ u 微; nano n 纳; pico p 皮; femto f 飞; atto a; zepto z; yocto y
"""
_PREFIXED = """
meter m metre 米; gram g gramme 克; second s sec 秒; ampere A amp 安 安培; kelvin K 开 开尔文; mole mol 摩 摩尔;
candela cd 坎德拉; hertz Hz 赫 赫兹; newton N 牛 牛顿; pascal Pa 帕 帕斯卡; joule J 焦 焦耳; watt W 瓦 瓦特;
coulomb C 库 库仑; volt V 伏 伏特; farad F 法 法拉; ohm Ω 欧 欧姆; siemens S 西门子; weber Wb 韦伯;
tesla T 特 特斯拉; henry H henrie 亨 亨利; lumen lm 流明; lux lx 勒克斯; becquerel Bq 贝克勒尔; gray Gy 戈瑞;
sievert Sv 希沃特; katal kat; liter L l litre 升; electron_volt eV electronvolt 电子伏 电子伏特; bar bar 巴;
calorie cal 卡 卡路里; watt_hour Wh 瓦时; molar M; parsec pc; curie Ci; radian rad 弧度; dalton Da; tonne t 吨;
ampere_hour Ah 安时; poise P; steradian sr; volt_ampere VA
"""
_PLAIN = """
minute min 分钟 分; hour h hr 小时 时; day d 天 日; week 周; month 月; year yr a 年;
degree_Celsius °C degC celsius centigrade 摄氏度; degree_Fahrenheit °F degF fahrenheit 华氏度; degree ° deg 度;
arcminute arcmin 角分; arcsecond arcsec 角秒; decibel dB 分贝; micron;
turn rev revolution 圈 转; revolutions_per_minute rpm;
standard_atmosphere atm atmosphere 大气压 标准大气压; mmHg 毫米汞柱; torr Torr; pound_force_per_square_inch psi;
pound_force lbf; kilogram_force kgf; inch in inche 英寸; foot ft feet 英尺; yard yd 码; mile mi 英里;
nautical_mile nmi 海里; pound lb lbs lbm 磅; ounce oz 盎司; slug; astronomical_unit AU au;
light_year ly lightyear 光年; angstrom Å 埃; dyne dyn; erg; gauss; horsepower hp 马力; gallon gal 加仑;
quart qt; pint pt; mile_per_hour mph; kilometer_per_hour kph kmh; knot kn kt 节; speed_of_light c;
elementary_charge e; unified_atomic_mass_unit u amu; debye D; british_thermal_unit BTU Btu; ppm; ppb;
hectare ha 公顷; acre 英亩; cubic_centimeter cc; stone; fathom; furlong; barn; fortnight; decade;
century centurie 世纪; kilogram 公斤; kilometer 公里; jin 斤; dioptre diopter
"""
_DEFINED = {
    "jin": "(500*gram)", "decade": "(10*year)", "gauss": "(1e-4*tesla)", "ppb": "(1e-3*ppm)", "mmHg": "millimeter_Hg",
    "dioptre": "(1/meter)",
}  # fmt: skip
OWN_DIMENSIONS = ("decibel",)
"""Names that the library may not interpret: a level in decibels is converted to nothing else."""
PHRASES = [
    (re.compile(rf"\b{words}(?![A-Za-z])", re.IGNORECASE), name)
    for words, name in (
        (r"deg(?:ree)?s?\.?\s+(?:celsius|centigrade|C)", "°C"),
        (r"deg(?:ree)?s?\.?\s+(?:fahrenheit|F)", "°F"),
        (r"deg(?:ree)?s?\.?\s+kelvin", "K"),
        (r"(kilo|mega|giga|milli|)watt[ -]hours?", r"\1watthour"),
        (r"(milli|kilo|)amp(?:ere)?[ -]hours?", r"\1amperehour"),
        (r"(?:(kilo|mega|giga|milli)[ -]?)?electron[ -]?volts?", r"\1electronvolt"),
        (r"light[ -]years?", "lightyear"),
        (r"metric[ -]ton(?:ne)?s?", "tonne"),
        (r"(?:foot|feet|ft)[ ·-]?(?:pounds?|lbf?s?)(?:[ -]force)?", "foot lbf"),
        (r"(?:pounds?|lbf?s?)[ ·-]?(?:foot|feet|ft)", "foot lbf"),
        (r"pounds?[ -]force", "lbf"),
        (r"(?:pounds?|lbs?) per square inch", "psi"),
        (r"nautical miles?", "nauticalmile"),
        (r"astronomical units?", "astronomicalunit"),
        (r"(?:unified )?atomic mass units?", "u"),
        (r"(?:mm|millimet(?:er|re)s?)(?: of)?[ -](?:Hg|mercury)", "mmHg"),
        (r"horse power", "horsepower"),
        (r"(?:revolutions|revs?|turns) per min(?:ute)?", "rpm"),
    )
]
"""Units of several words, and what stands for them."""
_MICRO = "μ"
_MISSPELT = {
    "KJ": "kilojoule",
    "Kg": "kilogram",
    "KG": "kilogram",
    "Km": "kilometer",
    "kPA": "kilopascal",
    "hZ": "hertz",
}


def unit_name(spelling: str) -> str | None:
    """Return the library's name of one unit, however it is spelled, or None."""
    table = _table()
    lower = spelling.lower()
    names = [spelling]
    if len(spelling) > 2 and spelling.isalpha() and spelling.isascii():
        names += [lower, lower.removesuffix("s"), lower.removesuffix("es")]
    return next((table[name] for name in names if name in table), None)


def definition(name: str) -> str:
    """Return what to give the library for a name of this table."""
    return _DEFINED.get(name, name)


@lru_cache(maxsize=1)
def chinese_spellings() -> tuple[str, ...]:
    """Return all Chinese names, longest first."""
    return tuple(sorted((name for name in _table() if not name.isascii() and name[0] >= "\u4e00"), key=len)[::-1])


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Return every spelling with its name; a plain unit wins over one with a prefix (min is no milli-inch)."""
    table: dict[str, str] = {}
    prefixed = _lines(_PREFIXED)
    for spellings in [*_lines(_PLAIN), *prefixed]:
        for spelling in (spellings[0].replace("_", ""), *spellings):
            table.setdefault(spelling, spellings[0])
    for prefix, *signs in _lines(_PREFIXES):
        for name, *spellings in prefixed:
            for spelling in (name, name.replace("_", ""), *spellings):
                for sign in _signs(prefix, signs, spelling):
                    table.setdefault(sign + spelling, prefix + name)
    return table | _MISSPELT


def _lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.split(";")]


def _signs(prefix: str, signs: list[str], spelling: str) -> list[str]:
    """Return what a prefix looks like before a spelling: k before m, kilo before metre, 千 before 米."""
    if spelling[0] >= "\u4e00":
        return [sign for sign in signs if sign[0] >= "\u4e00"]
    symbols = [sign for sign in signs if sign.isascii() or sign == _MICRO]
    if spelling in ("bar", "mol", "cal", "kat", "rad"):
        return [prefix, *symbols]
    return [prefix] if len(spelling) > 2 and spelling.islower() else symbols
