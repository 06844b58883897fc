"""Matrices, systems and functions in pieces: rows and cells are compared one by one, never multiplied.

A matrix of one row is not one of one column; a tuple `(1, 2)` may stand for either. `[[1,2],[3,4]]` and `[1 2; 3 4]`
are read where the other side is a matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rewards.reading.brackets import split_top_level
from rewards.verifiers.mathematics.lists import all_of, matched
from rewards.verifiers.mathematics.relations import split_label

Same = Callable[[str, str], bool | None]

_ENVIRONMENT = re.compile(
    r"(?P<left>\\?[(\[{|]|\\[lr]?[vV]ert)?\s*\\begin\s*\{(?P<name>[a-zA-Z]+)\*?\}\s*(?:\[[a-z]\]\s*)?"
    r"(?P<body>.*?)\\end\s*\{(?P=name)\*?\}\s*(?P<right>\\?[)\]}|]|\\[lr]?[vV]ert)?",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\s*\{[lcr|\s]*\}")
_ROW = re.compile(r"\\\\\s*(?:\[[^\]]*\])?|\\cr(?![A-Za-z])|\\newline(?![A-Za-z])")
_RULE = re.compile(r"\\hline(?![A-Za-z])")
_WORDS = re.compile(r"\\(?:text|mathrm)\s*\{([^{}]*)\}")
_CONDITION = re.compile(r"(?:\s|,|\\quad)*(?:(?:if|when|for|where|as|当|若|如果)(?![A-Za-z])\s*)?")
_ELSE = re.compile(r"(?:otherwise|else|elsewhere|其他|否则)\.?")
_RELATION = re.compile(r"[=<>]|\\(?:le|ge|leq|geq|ne|neq|lt|gt)(?![A-Za-z])")
_MATRICES = frozenset("matrix pmatrix bmatrix Bmatrix smallmatrix array".split())
_DETERMINANTS = frozenset("vmatrix".split())


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and what they stand for."""

    kind: str
    """matrix, determinant, norm or cases."""
    rows: tuple[tuple[str, ...], ...]


def has_rows(text: str) -> bool:
    """Tell whether a text holds an environment with rows."""
    return "\\begin" in text


def read_table(text: str) -> Table | None:
    """Read a text that is one environment and nothing else; None for anything else."""
    match = _ENVIRONMENT.fullmatch(text.strip().rstrip(".,"))
    if match is None or "\\begin" in match["body"]:
        return None
    body = _RULE.sub("", _COLUMNS.sub("", match["body"], count=1) if match["name"] == "array" else match["body"])
    rows = [row for row in _ROW.split(body) if row.strip()]
    cells = tuple(tuple(cell.strip() for cell in split_cells(row)) for row in rows)
    kind = _kind(match["name"], match["left"] or "", match["right"] or "")
    return Table(kind, cells) if kind and cells else None


def split_cells(row: str) -> list[str]:
    """Split a row at its `&`."""
    return re.split(r"(?<!\\)&", row)


def _kind(name: str, left: str, right: str) -> str:
    if name in ("cases", "dcases", "rcases") or (name in ("array", "aligned", "gathered") and left == "\\{" and not right):
        return "cases"
    if name in _DETERMINANTS or (name in _MATRICES and "|" in left + right):
        return "determinant"
    if name == "Vmatrix":
        return "norm"
    return "matrix" if name in _MATRICES else ""


def same_tables(answer: str, gold: str, same: Same) -> bool | None:
    """Compare two texts of which at least one is a table by `same`, cell by cell; None where that does not decide."""
    found, wanted = read_table(answer), read_table(gold)
    if found is None and wanted is not None:
        found = _spelled_out(answer, wanted)
    elif wanted is None and found is not None:
        wanted = _spelled_out(gold, found)
    if found is None or wanted is None:
        return _one_sided(answer, gold, found or wanted)
    if {found.kind, wanted.kind} == {"cases"}:
        return _same_cases(found, wanted, same)
    if found.kind != wanted.kind:
        return False
    if [len(row) for row in found.rows] != [len(row) for row in wanted.rows]:
        return None if found.kind == "determinant" else False
    decided = all_of(
        same(one, other)
        for row, other_row in zip(found.rows, wanted.rows, strict=True)
        for one, other in zip(row, other_row, strict=True)
    )
    return None if found.kind == "determinant" and decided is False else decided


def _one_sided(answer: str, gold: str, table: Table | None) -> bool | None:
    """A matrix is no number, word or list; sums and products of tables, and determinants, are left to algebra."""
    if table is None or table.kind not in ("matrix", "cases"):
        return None
    other = gold if read_table(answer) is table or read_table(answer) else answer
    return None if has_rows(other) or table.kind == "cases" else False


def _spelled_out(text: str, other: Table) -> Table | None:
    """Read a table written without an environment, where the other one says what it is: a tuple, nested lists."""
    text = text.strip()
    if not text or text[0] not in "([\\" or len(text) < 3:
        return None
    inner = text.removeprefix("\\langle").removesuffix("\\rangle").strip()
    if inner == text:
        if text[0] not in "([" or text[-1] not in ")]":
            return None
        inner = text[1:-1].strip()
    if other.kind == "cases":
        return _system_of(split_top_level(inner, ","), other)
    if other.kind != "matrix":
        return None
    parts = split_top_level(inner, ",")
    if all(part[:1] in "[(" and part[-1:] in "])" for part in parts):
        return Table("matrix", tuple(tuple(split_top_level(part[1:-1], ",")) for part in parts))
    if ";" in inner:
        rows = split_top_level(inner, ";")
        return Table("matrix", tuple(tuple(re.split(r"\s*,\s*|\s+", row.strip())) for row in rows))
    if len(parts) == 1 and text[0] == "[":
        parts = inner.split()
    if len(other.rows) == 1:
        return Table("matrix", (tuple(parts),))
    return Table("matrix", tuple((part,) for part in parts)) if len(parts) > 1 else None


def _system_of(values: list[str], other: Table) -> Table | None:
    """Read `(1, 2)` as a solution of a system that names each unknown once, in the order of their names."""
    names = sorted(split_label(" ".join(row))[0] for row in other.rows)
    if not all(names) or len(set(names)) != len(names) or len(values) != len(names):
        return None
    return Table("cases", tuple((f"{name}={value}",) for name, value in zip(names, values, strict=True)))


def _same_cases(answer: Table, gold: Table, same: Same) -> bool | None:
    """Compare two systems or two functions in pieces; their rows have no order."""
    pieces = [[_piece(row) for row in table.rows] for table in (answer, gold)]

    def same_piece(one: tuple[str, str], other: tuple[str, str]) -> bool | None:
        return all_of(_same_words(*pair, same) for pair in zip(one, other, strict=True))

    found, wanted = pieces
    for one, rest in ((found, wanted), (wanted, found)):
        _name_the_rest(one, rest)
    if len(found) != len(wanted):
        return None
    return matched(found, wanted, same_piece)


def _name_the_rest(pieces: list[tuple[str, str]], others: list[tuple[str, str]]) -> None:
    """Give `otherwise` the one condition of the other side that none of these has."""
    if sum(condition == "otherwise" for _, condition in pieces) != 1 or any(one[1] == "otherwise" for one in others):
        return
    keys = {"".join(condition.split()) for _, condition in pieces}
    open_ones = [condition for _, condition in others if "".join(condition.split()) not in keys]
    if len(open_ones) == 1:
        pieces[:] = [(value, open_ones[0] if condition == "otherwise" else condition) for value, condition in pieces]


def _piece(row: tuple[str, ...]) -> tuple[str, str]:
    """Return what a row says and under which condition; a row of a system has no condition."""
    cells = [_WORDS.sub(r" \1 ", cell).strip() for cell in row]
    if len(cells) == 1:
        parts = [part.strip() for part in re.split(r",|;|(?<![A-Za-z])if(?![A-Za-z])", cells[0], maxsplit=1)]
        if len(parts) == 2 and not _RELATION.search(parts[0]) and _RELATION.search(parts[1]):
            cells = parts
    if len(cells) != 2 or _RELATION.match(cells[1]) or (_RELATION.search(cells[0]) and _RELATION.match(cells[1])):
        return "".join(cells), ""
    condition = cells[1][_CONDITION.match(cells[1]).end() :].strip(" .,;")  # type: ignore[union-attr]
    return cells[0].strip(" ,;"), "otherwise" if _ELSE.fullmatch(condition) else condition


def _same_words(one: str, other: str, same: Same) -> bool | None:
    if "".join(one.split()) == "".join(other.split()):
        return True
    if "otherwise" in (one, other) or not one or not other:
        return False
    return same(one, other)
