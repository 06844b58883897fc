"""Formula trees as text, in many dialects: TeX of several tastes, and the plain text that models write."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

from rlcs.bench.verifiers.fuzzing.trees import CONSTANTS, Tree

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a text holds together: what binds less than its place needs brackets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """One way to write formulas."""

    times: str = ""
    """Between factors; empty where that is clear."""
    fraction: str = r"\frac"
    """A TeX command, or `/`."""
    brackets: tuple[str, str] = ("(", ")")
    space: str = ""
    """Around + and -."""
    is_plain: bool = False
    """Plain text: sqrt(2), sin(x), pi, x^(1/2)."""
    power: str = "^"
    braces: bool = True
    """Whether an exponent of one sign has braces."""


TEX = Dialect()
PLAIN = Dialect(times="*", fraction="/", is_plain=True, braces=False)
DIALECTS = {
    "tex": TEX,
    "tex with dots": Dialect(times=r" \cdot ", space=" "),
    "tex with crosses": Dialect(times=r" \times "),
    "tex with dfrac": Dialect(fraction=r"\dfrac", space=" ", braces=False),
    "tex with tfrac": Dialect(fraction=r"\tfrac"),
    "tex with left and right": Dialect(brackets=(r"\left(", r"\right)"), space=" "),
    "tex with big brackets": Dialect(brackets=(r"\bigl(", r"\bigr)")),
    "tex with square brackets": Dialect(brackets=("[", "]")),
    "tex with slashes": Dialect(fraction="/", space=" "),
    "tex with thin spaces": Dialect(times=r"\,", space=" "),
    "plain": PLAIN,
    "plain with spaces": Dialect(times=" * ", fraction="/", is_plain=True, braces=False, space=" "),
    "python": Dialect(times="*", fraction="/", is_plain=True, braces=False, power="**"),
}


def write(tree: Tree, dialect: Dialect = TEX) -> str:
    """Return a formula as text."""
    return _write(tree, dialect)[0]


def spell(name: str, tree: Tree, _: Random) -> str | None:
    """Write a tree in the dialect of this name, where that is one for it."""
    if name == "tex with square brackets" and any(one in write(tree) for one in ("!", "[")):
        return None
    return write(tree, DIALECTS[name])


def _write(tree: Tree, dialect: Dialect) -> tuple[str, int]:
    match tree.op:
        case "number":
            return _number(tree.number, dialect)
        case "symbol":
            return _letter(tree.name, dialect), ATOM
        case "+":
            return _sum(tree, dialect), SUM
        case "*":
            return _product(tree, dialect), PRODUCT
        case "/":
            return _quotient(tree, dialect)
        case "^":
            return _power(tree, dialect), POWER
        case "!":
            return _held(tree.parts[0], dialect, ATOM) + "!", POWER
        case "root":
            inside = write(tree.parts[0], dialect)
            return (f"sqrt({inside})" if dialect.is_plain else rf"\sqrt{{{inside}}}"), ATOM
    return _function(tree, dialect)


def _number(value: Fraction, dialect: Dialect) -> tuple[str, int]:
    digits = str(abs(value.numerator))
    if value.denominator == 1:
        return ("-" + digits, SUM) if value < 0 else (digits, ATOM)
    text = _over(digits, str(value.denominator), dialect)
    level = PRODUCT if dialect.fraction == "/" else POWER
    return ("-" + text, SUM) if value < 0 else (text, level)


def _letter(name: str, dialect: Dialect) -> str:
    is_command = len(name) > 1 and not dialect.is_plain
    return "\\" + name + " " if is_command else name


def _sum(tree: Tree, dialect: Dialect) -> str:
    text = ""
    for part in tree.parts:
        one, _ = _write(part, dialect)
        sign = "-" if one.startswith("-") else "+"
        one = one.removeprefix("-")
        text += (
            f"{dialect.space if text else ''}{sign if text or sign == '-' else ''}{dialect.space if text else ''}{one}"
        )
    return text


def _product(tree: Tree, dialect: Dialect) -> str:
    first, *others = tree.parts
    if first.op == "number" and first.number == -1 and others:
        rest = Tree("*", tuple(others)) if len(others) > 1 else others[0]
        return "-" + _held(rest, dialect, PRODUCT)
    text = _held(first, dialect, _factor_level(first, dialect), is_first=True)
    for part in others:
        one = _held(part, dialect, _factor_level(part, dialect))
        sign = r" \cdot " if _runs_together(text, one) and not dialect.times.strip("\\, ") else dialect.times
        text += sign + one
    return text


def _factor_level(part: Tree, dialect: Dialect) -> int:
    """A fraction with a slash needs brackets where no sign of multiplication follows: 1/2x is ambiguous."""
    is_fraction = part.op == "/" or (part.op == "number" and part.number.denominator > 1)
    return ATOM if is_fraction and dialect.fraction == "/" and not dialect.times.strip("\\, ") else PRODUCT


def _runs_together(left: str, right: str) -> bool:
    """Tell whether two factors side by side would be read as something else: 2 3, x(y), \\sin x y."""
    if right[0].isdigit() or right.startswith(("\\frac", "\\dfrac", "\\tfrac", "-")):
        return True
    is_function = any(f"\\{name}" in left for name in ("sin", "cos", "tan", "ln"))
    return is_function or (left[-1].isalpha() and right[0] in "([")


def _quotient(tree: Tree, dialect: Dialect) -> tuple[str, int]:
    top, bottom = tree.parts
    if dialect.fraction == "/":
        return f"{_held(top, dialect, PRODUCT)}/{_held(bottom, dialect, ATOM)}", PRODUCT
    return _over(write(top, dialect), write(bottom, dialect), dialect), POWER


def _over(top: str, bottom: str, dialect: Dialect) -> str:
    return f"{top}/{bottom}" if dialect.fraction == "/" else f"{dialect.fraction}{{{top}}}{{{bottom}}}"


def _power(tree: Tree, dialect: Dialect) -> str:
    base, exponent = tree.parts
    if base.op in ("sin", "cos", "tan") and not dialect.is_plain:
        return rf"\{base.op}^{{{write(exponent, dialect)}}}" + _argument(base.parts[0], dialect)
    above = write(exponent, dialect).strip()
    held = _held(base, dialect, ATOM)
    if len(above) > 1 or dialect.braces:
        above = f"({above})" if dialect.is_plain and len(above) > 1 else above if dialect.is_plain else f"{{{above}}}"
    return f"{held.rstrip()}{dialect.power}{above}"


def _function(tree: Tree, dialect: Dialect) -> tuple[str, int]:
    inside = write(tree.parts[0], dialect)
    if tree.op == "exp":
        return (f"exp({inside})" if dialect.is_plain else f"e^{{{inside}}}"), ATOM if dialect.is_plain else POWER
    if dialect.is_plain:
        return f"{tree.op}({inside})", ATOM
    return rf"\{tree.op}" + _argument(tree.parts[0], dialect), PRODUCT


def _argument(tree: Tree, dialect: Dialect) -> str:
    left, right = dialect.brackets
    text = write(tree, dialect)
    is_letter = tree.op == "symbol" and tree.name not in CONSTANTS
    return f" {text}" if is_letter and dialect.times else f"{left}{text}{right}"


def _held(tree: Tree, dialect: Dialect, level: int, *, is_first: bool = False) -> str:
    text, own = _write(tree, dialect)
    if is_first and own == SUM and tree.op == "number":
        return text
    left, right = dialect.brackets
    return text if own >= level else f"{left}{text}{right}"
