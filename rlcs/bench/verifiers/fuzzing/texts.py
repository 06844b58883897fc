"""Golds that are words: matched, read from documents, recognised in pictures; tables and printed formulas."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from rlcs.bench.verifiers.fuzzing import dress
from rlcs.bench.verifiers.fuzzing.cases import RIGHT, WRONG, Bounds, Change, Domain, Spelling, exactly
from rlcs.bench.verifiers.fuzzing.mathematics import FORMULAS, sound, tree_of
from rlcs.bench.verifiers.fuzzing.measures import anls, similarity
from rlcs.bench.verifiers.fuzzing.phrases import Family, phrases
from rlcs.bench.verifiers.fuzzing.printing import Dialect, write
from rlcs.bench.verifiers.fuzzing.tree_edits import SLIPS, slipped
from rlcs.bench.verifiers.fuzzing.trees import Tree, is_same
from rlcs.bench.verifiers.items import WORDS

ACCENTED = ("café", "naïve", "Zürich", "niño", "élan", "Ångström")
ROUNDING = 1e-3
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def draw_words(source: Random) -> str:
    """Two to five words, at times with an accent."""
    words = source.sample(WORDS, source.randrange(2, 6))
    return " ".join([*words, source.choice(ACCENTED)] if source.random() < 0.3 else words)


def as_it_is(text: str, source: Random) -> str:
    """The text itself."""
    return text


def by(write_text: Callable[[str], str | None]) -> Spelling[str]:
    """Return the spelling by a function of the text alone."""
    return lambda text, _: write_text(text)


def word_exchanged(text: str, source: Random) -> str:
    """Another word in the place of one."""
    words = text.split()
    words[source.randrange(len(words))] = "telescope"
    return " ".join(words)


def words_turned(text: str, source: Random) -> str:
    """The words in reverse."""
    return " ".join(text.split()[::-1])


def word_dropped(text: str, source: Random) -> str:
    """Without the last word."""
    return text.rpartition(" ")[0]


def letter_changed(text: str, source: Random) -> str:
    """One letter replaced."""
    place = source.choice([at for at, letter in enumerate(text) if letter.isascii() and letter.isalpha()])
    return text[:place] + ("q" if text[place] != "q" else "z") + text[place + 1 :]


def letter_dropped(text: str, source: Random) -> str:
    """One letter missing."""
    place = source.randrange(len(text))
    return " ".join((text[:place] + text[place + 1 :]).split())


WORD_CHANGES: dict[str, Change[str]] = {
    "word exchanged": word_exchanged, "turned": words_turned, "word dropped": word_dropped,
    "letter changed": letter_changed,
    "letter dropped": letter_dropped,
}  # fmt: skip
MATCHED: dict[str, Spelling[str]] = {
    "as it is": as_it_is, "upper": by(str.upper), "title": by(str.title), "full stop": by("{}.".format),
    "quoted": by('"{}"'.format), "spaces": by(lambda text: text.replace(" ", "  ")), "article": by("the {}".format),
    "tex": by(r"\text{{{}}}".format), "exclamation": by("{}!".format), "decomposed": by(partial(unicodedata.normalize,
    "NFD")),
    "markdown": by("**{}**".format), "full width": by(lambda text: text.translate(FULL_WIDTH)),
    "line break": by(lambda text: text.replace(" ", "\n", 1)),
}  # fmt: skip
READ: dict[str, Spelling[str]] = {name: MATCHED[name] for name in (
    "as it is", "upper", "title", "spaces", "tex", "full width", "decomposed", "line break")}  # fmt: skip
RECOGNISED: dict[str, Spelling[str]] = {
    "as it is": as_it_is, "decomposed": by(partial(unicodedata.normalize, "NFD")),
    "space at the ends": by(" {}\n".format),
}  # fmt: skip


def near(score: float) -> Bounds:
    """Return the bounds around a score."""
    return max(score - ROUNDING, 0.0), score + ROUNDING


def anls_pays(meant: str, gold: str) -> Bounds:
    """ANLS without case; what is the same is right."""
    return near(anls(meant.lower(), gold.lower()))


def recognised_pays(meant: str, gold: str) -> Bounds:
    """1 - edits / length of the longer text."""
    return near(similarity(meant, gold))


DOCUMENTS = [
    Family({"total": "<a>.50", "date": "2021-03-<b>", "items": ["tea", "milk"]},
           ['{"total": "<a>.50", "date": "2021-03-<b>", "items": ["tea", "milk"]}',
           '{"items": ["milk", "tea"], "date": "2021-03-<b>", "total": "<a>.50"}',
            '```json\n{"total": "<a>.50", "date": "2021-03-<b>", "items": ["tea", "milk"]}\n```'],
           ["[]", "tea", '{"sum": "1"}', "{"], low=10, high=28),
    Family(["Invoice <a>", "INV-<a>"], ["Invoice <a>", "INV-<a>", "inv-<a>", "invoice <a>", r"\text{Invoice <a>}",
        "Ｉｎｖｏｉｃｅ <a>", "$INV-<a>$", r"\boxed{INV-<a>}", "INV\u200b-<a>"],
           ["Receipt", "Invoice <b>", "INV-<b>", ""], low=100, high=900),
    Family("$<a>.00", ["$<a>.00", r"\$<a>.00", "$<a>.00 "], ["$<b>.00", "<a>0.00"], low=10, high=99),
]  # fmt: skip

Grid = tuple[tuple[str, ...], ...]


def draw_grid(source: Random) -> Grid:
    """Three or four rows of two or three short cells."""
    width = source.choice((2, 3))
    cells = (str(source.randrange(1000)), *WORDS)
    return tuple(tuple(source.choice(cells) for _ in range(width)) for _ in range(source.choice((3, 4))))


def markup(
    cell: str = "td", row: str = "", before: str = "<table>", after: str = "</table>", head: str = ""
) -> Spelling[Grid]:
    """Return the spelling as HTML; `head` is the tag of the cells of the first row, where that is another."""

    def write_grid(grid: Grid, source: Random) -> str:
        rows = []
        for place, cells in enumerate(grid):
            tag = head if head and place == 0 else cell
            rows.append("<tr>" + "".join(f"<{tag}>{html.escape(one)}</{tag.split()[0]}>" for one in cells) + "</tr>")
        return before + row.join(rows) + after

    return write_grid


def markdown(grid: Grid, source: Random) -> str:
    """| a | b |, with a line of dashes."""
    first, *others = ("| " + " | ".join(cells) + " |" for cells in grid)
    return "\n".join((first, "|" + "---|" * len(grid[0]), *others))


def cell_changed(grid: Grid, source: Random) -> Grid:
    """Other contents in one cell."""
    row, column = source.randrange(len(grid)), source.randrange(len(grid[0]))
    cells = list(map(list, grid))
    cells[row][column] = "telescopes"
    return tuple(map(tuple, cells))


def turned_grid(grid: Grid, source: Random) -> Grid:
    """Rows for columns."""
    return tuple(zip(*grid, strict=True))


def row_less(grid: Grid, source: Random) -> Grid:
    """Without the last row."""
    return grid[:-1]


def rows_turned(grid: Grid, source: Random) -> Grid:
    """Rows from the last to the first."""
    return grid[::-1]


def table_pays(meant: Grid, gold: Grid) -> Bounds:
    """Right, or less than full: a cell of at most twelve counts for more than a twentieth."""
    return RIGHT if meant == gold else (0.0, 0.99)


TABLES: dict[str, Spelling[Grid]] = {
    "html": markup(), "lines": markup(row="\n", before="<table>\n", after="\n</table>"),
    "head cells": markup(head="th"),
    "thead and tbody": markup(before="<table><tbody>", after="</tbody></table>"),
    "border": markup(before='<table border="1">'),
    "style": markup(cell='td style="color:red"'), "fence": markup(before="```html\n<table>", after="</table>\n```"),
    "markdown": markdown, "page": markup(before="<html><body><table>", after="</table></body></html>"),
    "fenced markdown": lambda grid, source: f"```markdown\n{markdown(grid, source)}\n```",
}  # fmt: skip
PRINTED: dict[str, Dialect] = {
    "tex": Dialect(), "spaces": Dialect(space=" "), "dfrac": Dialect(fraction=r"\dfrac"),
    "tfrac": Dialect(fraction=r"\tfrac"),
    "left and right": Dialect(brackets=(r"\left(", r"\right)")), "bare powers": Dialect(braces=False),
    "big": Dialect(brackets=(r"\big(", r"\big)")),
}  # fmt: skip


def printed(dialect: Dialect) -> Spelling[Tree]:
    """Return the spelling in a dialect that prints the same."""
    return lambda tree, _: write(tree, dialect)


FORMULA_AROUND = {"$": dress.around("$…$"), "$$": dress.around("$$…$$"), r"\[ \]": dress.around(r"\[…\]")}

DOMAINS: list[Domain[Any]] = [
    Domain(
        name="text_match: words", verifier="text_match", draw=draw_words, gold=str, spellings=MATCHED,
        changes=WORD_CHANGES,
        pays=exactly(lambda meant, gold: meant == gold), wordings=dress.SPACE,
        hedges={"or another": dress.around("… or telescope"), "not": dress.around("not …")},
    ),
    Domain(
        name="document: words", verifier="document", draw=draw_words, gold=str, spellings=READ, changes=WORD_CHANGES,
        pays=anls_pays, wordings=dress.SPACE,
    ),
    phrases("records", "document", DOCUMENTS, wordings=dress.SPACE, share=0.7, most=0.99),
    Domain(
        name="ocr_text: words", verifier="ocr_text", draw=draw_words, gold=str, spellings=RECOGNISED,
        changes=WORD_CHANGES,
        pays=recognised_pays,
    ),
    Domain(
        name="ocr_table: grids", verifier="ocr_table", draw=draw_grid, gold=lambda grid: markup()(grid, Random(0)),
        spellings=TABLES, pays=table_pays, share=0.5,
        changes={"cell": cell_changed, "transposed": turned_grid, "row less": row_less, "rows turned": rows_turned},
    ),
    Domain(
        name="ocr_formula: formulas", verifier="ocr_formula", draw=partial(sound, partial(tree_of, FORMULAS)),
        gold=lambda tree: write(tree), spellings={name: printed(one) for name, one in PRINTED.items()},
        changes={name: partial(lambda slip, tree, source: slipped(tree, slip, source), slip) for name,
        slip in SLIPS.items()},
        pays=lambda meant, gold: RIGHT if is_same(meant, gold) else WRONG, params=lambda _: {"exact": True},
        wordings=FORMULA_AROUND,
    ),
]  # fmt: skip
