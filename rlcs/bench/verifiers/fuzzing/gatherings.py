"""Golds in mathematics that gather numbers: sets, lists of solutions, points, intervals, matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress, rationals
from rlcs.bench.verifiers.fuzzing.cases import Change, Domain, Spelling, exactly
from rlcs.bench.verifiers.fuzzing.mathematics import EQUAL, TEXT_AROUND

Row = tuple[Fraction, ...]
Matrix = tuple[Row, ...]


def entry(value: Fraction) -> str:
    """Write a number as TeX."""
    return rationals.tex(value, Random(0))


def slash(value: Fraction) -> str:
    """Write a number without TeX."""
    return str(value)


def draw_number(source: Random) -> Fraction:
    """Mostly small integers, some fractions, some negative."""
    return Fraction(source.randrange(-9, 21), source.choice((1, 1, 1, 1, 2, 3)))


def draw_row(low: int, high: int, source: Random) -> Row:
    """From low to high different numbers, in rising order."""
    count = source.randrange(low, high + 1)
    found: set[Fraction] = set()
    while len(found) < count:
        found.add(draw_number(source))
    return tuple(sorted(found))


def joined(form: str, separator: str, write_one: Callable[[Fraction], str] = entry, *, shuffled: bool = False) -> Any:
    """Return a spelling of a row; `…` in the form stands for the joined numbers."""

    def write_row(row: Row, source: Random) -> str | None:
        numbers = source.sample(row, len(row)) if shuffled else list(row)
        return form.replace("…", separator.join(map(write_one, numbers)))

    return write_row


def named(separator: str, *, indexed: bool = False, names: str = "x") -> Any:
    """Return a spelling of a row by equations: x = 1 or x = 2, x_1 = 1, x_2 = 2, or x = 1, y = 2."""

    def write_row(row: Row, source: Random) -> str | None:
        if len(names) > 1 and len(row) > len(names):
            return None
        letters = [f"x_{place}" if indexed else names[place % len(names)] for place in range(1 - (len(names) > 1), 9)]
        return separator.join(f"{letter} = {entry(one)}" for letter, one in zip(letters, row, strict=False))

    return write_row


def one_changed(step: int) -> Change[Row]:
    """Return the change of one number of a row."""

    def change(row: Row, source: Random) -> Row:
        place = source.randrange(len(row))
        return (*row[:place], row[place] + step, *row[place + 1 :])

    return change


def one_dropped(row: Row, source: Random) -> Row | None:
    """The row without one number."""
    place = source.randrange(len(row))
    return (*row[:place], *row[place + 1 :]) if len(row) > 1 else None


def one_added(row: Row, source: Random) -> Row:
    """The row with one number more."""
    return (*row, max(row) + 7)


def sign_changed(row: Row, source: Random) -> Row:
    """The row with one number's sign turned."""
    place = source.randrange(len(row))
    return (*row[:place], -row[place], *row[place + 1 :])


def swapped(row: Row, source: Random) -> Row | None:
    """The row with its first and last number exchanged."""
    return (row[-1], *row[1:-1], row[0]) if len(row) > 1 else None


ONES: dict[str, Change[Row]] = {
    "one entry": one_changed(1),
    "sign": sign_changed,
    "dropped": one_dropped,
    "added": one_added,
}
AS_SET: dict[str, Spelling[Row]] = {
    "set": joined(r"\{…\}", ", "),
    "any order": joined(r"\{…\}", ", ", shuffled=True),
    "no spaces": joined(r"\{…\}", ","),
    "inner spaces": joined(r"\{ … \}", ", "),
    "left and right": joined(r"\left\{…\right\}", ", "),
    "lbrace": joined(r"\lbrace …\rbrace", ", "),
    "Unicode braces": joined("{…}", ", ", slash),
    "member of": joined(r"x \in \{…\}", ", "),
    "named": joined(r"S = \{…\}", ", "),
    "tex spaces": joined(r"\{…\}", r",\ "),
    "thin spaces": joined(r"\{\,…\,\}", r",\,"),
    "slashes": joined(r"\{…\}", ", ", slash, shuffled=True),
}
AS_LIST: dict[str, Spelling[Row]] = {
    "list": joined("…", ", "),
    "any order": joined("…", ", ", shuffled=True),
    "and": joined("…", " and "),
    "text and": joined("…", r" \text{ and } "),
    "text or": joined("…", r" \text{ or } "),
    "tex spaces": joined("…", r",\ "),
    "quads": joined("…", r",\quad "),
    "x = or x =": named(" or "),
    "x = , x =": named(", "),
    "x = text or x =": named(r" \text{ or } "),
    "x_1 =, x_2 =": named(", ", indexed=True),
    "x = 1, 2": joined("x = …", ", "),
    "set": joined(r"\{…\}", ", "),
    "member of set": joined(r"x \in \{…\}", ", "),
    "enumeration comma": joined("…", "、", slash),
    "Chinese and": joined("…", "和", slash),
    "slashes": joined("…", ", ", slash),
}
AS_POINT: dict[str, Spelling[Row]] = {
    "point": joined("(…)", ", "),
    "no spaces": joined("(…)", ","),
    "left and right": joined(r"\left(…\right)", ", "),
    "inner spaces": joined("( … )", ", "),
    "tex spaces": joined("(…)", r",\ "),
    "big": joined(r"\bigl(…\bigr)", ", "),
    "slashes": joined("(…)", ", ", slash),
    "named": joined("P = (…)", ", "),
    "named without =": joined("P(…)", ", "),
    "full width": joined("（…）", "，", slash),
    "x =, y =": named(", ", names="xyz"),
    "(x, y) =": lambda row, source: f"({', '.join('xyz'[: len(row)])}) = " + joined("(…)", ", ")(row, source)
    if len(row) <= 3 else None,
}  # fmt: skip


def same_set(meant: Row, gold: Row) -> bool:
    """Tell whether two rows have the same numbers, in whatever order."""
    return sorted(set(meant)) == sorted(set(gold))


def row_domain(name: str, spellings: dict[str, Any], low: int, high: int, **settings: Any) -> Domain[Row]:
    """Return a domain of several numbers for `math`; its gold is written as the first spelling."""
    first = next(iter(spellings.values()))
    settings = {"changes": ONES, "pays": exactly(same_set), "wordings": TEXT_AROUND, **settings}
    return Domain(
        name=f"math: {name}", verifier="math", draw=partial(draw_row, low, high),
        gold=lambda row: first(row, Random(0)), spellings=spellings, **settings,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers; None is infinity."""

    low: Fraction | None
    high: Fraction | None
    holds_low: bool
    holds_high: bool


def draw_interval(source: Random) -> Interval:
    """Bounded or not, open, closed or half of each."""
    low, high = draw_row(2, 2, source)
    kind = source.randrange(5)
    if kind == 0:
        return Interval(low, None, source.random() < 0.5, False)
    if kind == 1:
        return Interval(None, high, False, source.random() < 0.5)
    return Interval(low, high, source.random() < 0.5, source.random() < 0.5)


def bracketed(left: str = "", right: str = "", infinity: str = r"\infty", before: str = "") -> Spelling[Interval]:
    """Return the spelling of an interval with brackets."""

    def write_interval(one: Interval, source: Random) -> str:
        low = "-" + infinity.removeprefix("+") if one.low is None else entry(one.low)
        high = infinity if one.high is None else entry(one.high)
        ends = ("[" if one.holds_low else "("), ("]" if one.holds_high else ")")
        return f"{before}{left}{ends[0]}{low}, {high}{right}{ends[1]}"

    return write_interval


def chained(less: str, less_equal: str, *, turned: bool = False, form: str = "…") -> Spelling[Interval]:
    """Return the spelling of an interval as inequalities of x."""

    def write_interval(one: Interval, source: Random) -> str:
        parts = [entry(one.low), less_equal if one.holds_low else less] if one.low is not None else []
        parts += ["x"]
        parts += [less_equal if one.holds_high else less, entry(one.high)] if one.high is not None else []
        return form.replace("…", " ".join(parts[::-1] if turned else parts))

    return write_interval


def one_sided(one: Interval, source: Random) -> str | None:
    """x > 2."""
    if one.low is not None and one.high is not None:
        return None
    if one.low is not None:
        return f"x {chr(92) + 'ge' if one.holds_low else '>'} {entry(one.low)}"
    return f"x {chr(92) + 'le' if one.holds_high else '<'} {entry(one.high or Fraction(0))}"


def low_end(one: Interval, source: Random) -> Interval | None:
    """Open for closed at the lower end, or the reverse."""
    return replace(one, holds_low=not one.holds_low) if one.low is not None else None


def high_end(one: Interval, source: Random) -> Interval | None:
    """Open for closed at the upper end, or the reverse."""
    return replace(one, holds_high=not one.holds_high) if one.high is not None else None


def low_moved(one: Interval, source: Random) -> Interval | None:
    """The lower end elsewhere."""
    return replace(one, low=one.low - 1) if one.low is not None else None


def high_moved(one: Interval, source: Random) -> Interval | None:
    """The upper end elsewhere."""
    return replace(one, high=one.high + 1) if one.high is not None else None


def high_taken(one: Interval, source: Random) -> Interval | None:
    """Without the upper end."""
    return Interval(one.low, None, one.holds_low, False) if one.low is not None and one.high is not None else None


INTERVALS: dict[str, Spelling[Interval]] = {
    "interval": bracketed(),
    "left and right": bracketed(r"\left", r"\right"),
    "big": bracketed(r"\big", r"\big"),
    "plus infinity": bracketed(infinity=r"+\infty"),
    "∞": bracketed(infinity="∞"),
    "member of": bracketed(before=r"x \in "),
    "member of, ∈": bracketed(before="x ∈ "),
    "chain": chained("<", r"\le"),
    "chain, leq": chained("<", r"\leq"),
    "chain, Unicode": chained("<", "≤"),
    "chain, ascii": chained("<", "<="),
    "chain, slanted": chained(r"\lt", r"\leqslant"),
    "chain, turned": chained(">", r"\ge", turned=True),
    "set builder": chained("<", r"\le", form=r"\{x \mid …\}"),
    "set builder, reals": chained("<", r"\leq", form=r"\{x \in \mathbb{R} : …\}"),
    "one sided": one_sided,
}


def draw_matrix(source: Random) -> Matrix:
    """Two or three rows of one to three numbers."""
    width = source.choice((1, 2, 2, 3))
    return tuple(tuple(draw_number(source) for _ in range(width)) for _ in range(source.choice((2, 2, 3))))


def grid(start: str, end: str, row: str = r" \\ ", column: str = " & ", after: str = "") -> Spelling[Matrix]:
    """Return the spelling of a matrix with these marks."""

    def write_matrix(matrix: Matrix, source: Random) -> str:
        columns = "{" + "c" * len(matrix[0]) + "}"
        rows = row.join(column.join(map(entry, one)) for one in matrix)
        return f"{start}{rows}{after}{end}".replace("{cc}", columns)

    return write_matrix


MATRICES: dict[str, Spelling[Matrix]] = {
    "pmatrix": grid(r"\begin{pmatrix}", r"\end{pmatrix}"),
    "bmatrix": grid(r"\begin{bmatrix} ", r" \end{bmatrix}"),
    "tight": grid(r"\begin{pmatrix}", r"\end{pmatrix}", r"\\", "&"),
    "new lines": grid("\\begin{pmatrix}\n", "\n\\end{pmatrix}", "\\\\\n"),
    "last row ended": grid(r"\begin{pmatrix} ", r" \end{pmatrix}", after=r" \\"),
    "row gaps": grid(r"\begin{pmatrix} ", r" \end{pmatrix}", r" \\[4pt] "),
    "cr": grid(r"\begin{pmatrix} ", r" \end{pmatrix}", r" \cr "),
    "array": grid(r"\left(\begin{array}{cc} ", r" \end{array}\right)"),
    "square array": grid(r"\left[\begin{array}{cc}", r"\end{array}\right]"),
    "matrix in brackets": grid(r"\left(\begin{matrix} ", r" \end{matrix}\right)"),
    "small": grid(r"\left(\begin{smallmatrix} ", r" \end{smallmatrix}\right)"),
    "named": grid(r"A = \begin{pmatrix} ", r" \end{pmatrix}"),
}


def entry_changed(matrix: Matrix, source: Random) -> Matrix:
    """One entry, one more."""
    place = source.randrange(len(matrix))
    changed = one_changed(1)(matrix[place], source)
    return (*matrix[:place], changed or matrix[place], *matrix[place + 1 :])


def transposed(matrix: Matrix, source: Random) -> Matrix:
    """Rows for columns."""
    return tuple(zip(*matrix, strict=True))


def rows_swapped(matrix: Matrix, source: Random) -> Matrix:
    """The first and the last row exchanged."""
    return (matrix[-1], *matrix[1:-1], matrix[0])


def row_dropped(matrix: Matrix, source: Random) -> Matrix:
    """Without the last row."""
    return matrix[:-1]


def columns_swapped(matrix: Matrix, source: Random) -> Matrix:
    """Every row turned round."""
    return tuple(row[::-1] for row in matrix)


DOMAINS: list[Domain[Any]] = [
    row_domain(
        "sets", AS_SET, 2, 4,
        hedges={"a set of it": dress.around(r"\{…\}"), "united": dress.around(r"… \cup \{987\}"),
                "or another": dress.around(r"… or \{987\}"), "ordered": lambda text, _: text.replace(r"\{",
                "(").replace(r"\}", ")") if text.startswith(r"\{") else None},
    ),
    row_domain("solutions", AS_LIST, 2, 3),
    row_domain(
        "points", AS_POINT, 2, 3, pays=EQUAL,
        changes={**ONES, "swapped": swapped, "as given, turned": lambda row, _: row[::-1]},
        hedges={"as a set": lambda text, _: text.replace("(", r"\{").replace(")", r"\}") if text[0] == "(" else None},
    ),
    Domain(
        name="math: intervals", verifier="math", draw=draw_interval, gold=lambda one: bracketed()(one, Random(0)),
        spellings=INTERVALS, pays=EQUAL, wordings=TEXT_AROUND,
        hedges={"united": dress.around(r"… \cup (-101, -100) \cup (100, 101)"),
        "without": dress.around(r"\mathbb{R} \setminus …"),
                "whole numbers": dress.around(r"… \cap \mathbb{Z}"),
                "or another": dress.around("… or (-101, -100) or (100, 101)")},
        changes={"lower end": low_end, "upper end": high_end, "lower moved": low_moved, "upper moved": high_moved,
                 "no upper end": high_taken},
    ),
    Domain(
        name="math: matrices", verifier="math", draw=draw_matrix, gold=lambda one: MATRICES["pmatrix"](one, Random(0)),
        spellings=MATRICES, pays=EQUAL, wordings=TEXT_AROUND,
        hedges={"inverted": dress.around("…^{-1}"), "negative": dress.around("-…"), "with a factor": dress.around("2…",
        r"\frac{1}{2} …"),
                "or another": dress.around("… or 987"), "a determinant": dress.around(r"\det …")},
        changes={"one entry": entry_changed, "transposed": transposed, "rows swapped": rows_swapped,
                 "row dropped": row_dropped, "columns swapped": columns_swapped},
    ),
]  # fmt: skip
