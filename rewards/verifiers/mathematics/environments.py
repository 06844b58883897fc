"""Matrices: rows and cells are compared one by one, never multiplied.

A matrix of one row is not one of one column; a tuple `(1, 2)` may stand for either. `[[1,2],[3,4]]` and `[1 2; 3 4]`
are read where the other side is a matrix. A determinant is a number, not the matrix in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rewards.reading.brackets import split_top_level
from rewards.verifiers.mathematics.structure.elements import all_of

Same = Callable[[str, str], bool | None]
Rows = tuple[tuple[str, ...], ...]

_BAR = r"(?:\\?\||\\[lr]?[vV]ert)"
_ENVIRONMENT = re.compile(
    rf"(?P<left>\\?[(\[{{]|{_BAR})?\s*\\begin\s*\{{(?P<name>[a-zA-Z]+)\*?\}}\s*(?:\[[a-z]\]\s*)?"
    rf"(?P<body>.*?)\\end\s*\{{(?P=name)\*?\}}\s*(?P<right>\\?[)\]}}]|{_BAR})?",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\s*\{[lcr|\s]*\}")
_ROW = re.compile(r"\\\\\s*(?:\[[^\]&]*\])?|\\cr(?![A-Za-z])|\\newline(?![A-Za-z])")
_RULE = re.compile(r"\\hline(?![A-Za-z])")
_CELL = re.compile(r"(?<!\\)&")
_BARS = re.compile(_BAR)
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix smallmatrix array".split())


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and what they stand for."""

    kind: str
    """matrix, determinant or norm."""
    rows: Rows


def has_rows(text: str) -> bool:
    """Tell whether a text holds an environment with rows."""
    return "\\begin" in text


def read_table(text: str) -> Table | None:
    """Read a text that is one matrix and nothing else; None for anything else."""
    match = _ENVIRONMENT.fullmatch(text.strip().rstrip(".,"))
    if match is None or "\\begin" in match["body"]:
        return None
    body = _COLUMNS.sub("", match["body"], count=1) if match["name"] == "array" else match["body"]
    rows = [row for row in _ROW.split(_RULE.sub("", body)) if row.strip()]
    cells = tuple(tuple(cell.strip() for cell in _CELL.split(row)) for row in rows)
    kind = _kind(match["name"], match["left"] or "", match["right"] or "")
    return Table(kind, cells) if kind and cells else None


def _kind(name: str, left: str, right: str) -> str:
    if name == "vmatrix" or (name in _MATRICES and _BARS.fullmatch(left) and _BARS.fullmatch(right)):
        return "determinant"
    return "norm" if name == "Vmatrix" else "matrix" if name in _MATRICES else ""


def same_tables(answer: str, gold: str, same: Same) -> bool | None:
    """Compare two texts of which at least one holds a matrix, cell by cell by `same`; None where that is not enough."""
    found, wanted = read_table(answer), read_table(gold)
    if found is None and wanted is not None:
        found = _spelled_out(answer, wanted)
    elif wanted is None and found is not None:
        wanted = _spelled_out(gold, found)
    if found is None or wanted is None:
        only = found or wanted
        is_sum = has_rows(answer) and has_rows(gold)
        return False if only is not None and only.kind == "matrix" and not is_sum else None
    if found.kind != wanted.kind:
        return False
    if [len(row) for row in found.rows] != [len(row) for row in wanted.rows]:
        return None if found.kind == "determinant" else False
    pairs = zip(sum(found.rows, ()), sum(wanted.rows, ()), strict=True)
    decided = all_of([same(one, other) for one, other in pairs])
    return None if found.kind != "matrix" and decided is False else decided


def _spelled_out(text: str, other: Table) -> Table | None:
    """Read a matrix written without an environment: a tuple, nested lists, rows parted by semicolons."""
    inner = _inside(text.strip())
    if not inner or other.kind != "matrix":
        return None
    parts = split_top_level(inner, ",")
    if all(part[:1] in tuple("[(") and part[-1:] in tuple("])") for part in parts):
        return Table("matrix", tuple(tuple(split_top_level(part[1:-1], ",")) for part in parts))
    if ";" in inner:
        rows = split_top_level(inner, ";")
        return Table("matrix", tuple(tuple(re.split(r"\s*,\s*|\s+", row.strip())) for row in rows))
    if len(parts) < 2:
        parts = inner.split()
        return Table("matrix", (tuple(parts),)) if len(parts) > 1 else None
    return Table("matrix", (tuple(parts),) if len(other.rows) == 1 else tuple((part,) for part in parts))


def _inside(text: str) -> str:
    """Return what the brackets around all of a text hold, or nothing."""
    for left, right in (("(", ")"), ("[", "]"), ("\\langle", "\\rangle")):
        if text.startswith(left) and text.endswith(right) and len(text) > len(left + right):
            return text[len(left) : -len(right)].strip()
    return ""
