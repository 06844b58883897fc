"""Reads tables, HTML, Markdown or a LaTeX tabular, into trees for TEDS: capped, and without ever expanding a span.

Needs lxml for HTML: import and call in a worker.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, Literal

from rlcs.records import Status

MAX_CHARACTERS = 200_000
MAX_CELLS = 1000
MAX_NODES = 4 * MAX_CELLS
MAX_SPAN = 1000
MAX_MARKED = 2000
MAX_ENVIRONMENTS = 100
Variant = Literal["plain", "pubtabnet"]
_FENCE = re.compile(r"\A```[A-Za-z]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*\Z")
_PIPE = re.compile(r"(?<!\\)\|")
_TABULAR = re.compile(
    r"\\begin\s*\{(tabularx?\*?|array|longtable)\}(?:\[[a-z]\])?((?:\s*\{(?:[^{}]|\{[^{}]*\})*\}){1,2})(.*?)\\end\s*\{\1\}",
    re.DOTALL,
)
_LINES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^{}]*\}|cmidrule(?:\([a-z]+\))?\{[^{}]*\})")
_MULTICOLUMN = re.compile(r"\s*\\multicolumn\s*\{(\d{1,4})\}\s*\{[^{}]*\}\s*\{(.*)\}\s*", re.DOTALL)
_TEX = re.compile(r"\\(?:textbf|textit|text|mathrm|emph)\s*\{([^{}]*)\}|\\([%&$#_{}])")
_MARKED = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_INLINE_TAG = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|span)(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CELL = ("td", "th")
_SECTIONS = ("thead", "tbody", "tfoot")


class TableFault(ValueError):
    """A text holds no table that can be compared; `status` says whether it is wrong or too much."""

    def __init__(self, message: str, status: Status = Status.INVALID_ANSWER) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Node:
    """A node of a table: the table, a section, a row or a cell."""

    tag: str
    colspan: int = 1
    rowspan: int = 1
    content: tuple[str, ...] = ()
    """A cell's content, one element a character or an inline tag."""
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be compared."""

    root: Node
    num_nodes: int
    """Nodes below the root, as the variant counts them."""
    num_inline: int
    """Inline tags in cells (<b>, <sup>): counted by the variant pubtabnet."""


def without_fence(text: str) -> str:
    """Take off a Markdown code fence that is all around a text."""
    fence = _FENCE.match(text.strip())
    return fence[1] if fence else text


def read_table(text: str, variant: Variant) -> Table:
    """Read the table in a text; raises TableFault.

    variant: `plain` compares cells in rows (header cells are cells, sections and inline tags are dropped, white space
    is collapsed) and wants exactly one table; `pubtabnet` reads the first one as the reference of TEDS does.
    """
    if len(text) > MAX_CHARACTERS:
        raise TableFault(f"a table of more than {MAX_CHARACTERS} characters", Status.OVER_LIMIT)
    text = without_fence(text)
    if "<table" in text.lower():
        return _from_html(text, variant)
    if text.count("\\begin") > MAX_ENVIRONMENTS:
        raise TableFault(f"more than {MAX_ENVIRONMENTS} environments", Status.OVER_LIMIT)
    if "\\begin" in text and (tabulars := list(_TABULAR.finditer(text))):
        if len(tabulars) > 1 and variant == "plain":
            raise TableFault(f"{len(tabulars)} tables; one is wanted")
        return _of_rows([[_tabular_cell(cell) for cell in row] for row in _tabular_rows(tabulars[0][3])])
    rows = markdown_rows(text, is_only=variant == "plain")
    return _of_rows([[Node("td", content=tuple(_bare(cell))) for cell in row] for row in rows])


def markdown_rows(text: str, *, is_only: bool = True) -> list[list[str]]:
    """Return the cells of the Markdown table in a text, without the rule under its header; raises TableFault.

    is_only: a second table is a fault.
    """
    lines = [line.strip() for line in text.split("\n")]
    is_row = [_PIPE.search(line) is not None for line in lines]
    heads = [n for n in range(len(lines) - 1) if is_row[n] and is_row[n + 1] and _RULE.match(lines[n + 1])]
    if not heads or _RULE.match(lines[heads[0]]):
        raise TableFault("no HTML or Markdown table")
    end = next((n for n in range(heads[0], len(lines)) if not is_row[n]), len(lines))
    if is_only and any(head > end for head in heads):
        raise TableFault("several tables; one is wanted")
    return [_cells(lines[n]) for n in range(heads[0], end) if n != heads[0] + 1]


def _of_rows(rows: list[list[Node]]) -> Table:
    return _checked(Node("table", children=[Node("tr", children=row) for row in rows]), 0)


def _tabular_rows(body: str) -> list[list[str]]:
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", _LINES.sub("", body)) if row.strip()]
    return [re.split(r"(?<!\\)&", row) for row in rows]


def _tabular_cell(text: str) -> Node:
    wide = _MULTICOLUMN.fullmatch(text)
    width, text = (int(wide[1]), wide[2]) if wide else (1, text)
    if width > MAX_SPAN:
        raise TableFault(f"colspan above {MAX_SPAN}", Status.OVER_LIMIT)
    return Node(
        "td", colspan=max(1, width), content=tuple(_collapsed(_TEX.sub(lambda match: match[1] or match[2] or "", text)))
    )


def _bare(cell: str) -> str:
    """Return a Markdown cell as it prints: no emphasis, no inline tags, entities as characters."""
    if "<" in cell:
        cell = _INLINE_TAG.sub("", _BREAK.sub(" ", cell))
    cell = entities.unescape(cell) if "&" in cell else cell
    return _collapsed(_MARKED.sub(r"\2", cell) if len(cell) < MAX_MARKED else cell)


def _cells(row: str) -> list[str]:
    row = row[1:] if row.startswith("|") else row
    row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(row)]


def _collapsed(text: str) -> str:
    """Return a text with single spaces, accents encoded in one way."""
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _from_html(text: str, variant: Variant) -> Table:
    from lxml import etree, html

    parser = html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        document = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise TableFault(f"not HTML: {error}") from error
    tables = [one for one in document.iter("table") if not any(True for _ in one.iterancestors("table"))]
    if not tables or (variant == "plain" and len(tables) > 1):
        raise TableFault(f"{len(tables)} tables; one is wanted")
    if sum(1 for _ in tables[0].iter(*_CELL)) > MAX_CELLS or sum(1 for _ in tables[0].iter()) > MAX_NODES:
        raise TableFault(f"a table of more than {MAX_CELLS} cells", Status.OVER_LIMIT)
    if variant == "plain":
        for line_break in tables[0].iter("br"):
            line_break.tail = " " + (line_break.tail or "")
    root = Node("table")
    _add_children(root, tables[0], variant)
    return _checked(root, sum(_num_inline(cell) for cell in tables[0].iter(*_CELL)) if variant == "pubtabnet" else 0)


def _add_children(parent: Node, element: Any, variant: Variant) -> None:
    """Add what is below an element: rows and cells; in `plain` sections are passed through, other tags too."""
    for child in element:
        if child.tag in _CELL:
            parent.children.append(_cell(child, variant))
        elif variant == "pubtabnet" or child.tag == "tr":
            node = Node(str(child.tag))
            parent.children.append(node)
            _add_children(node, child, variant)
        else:
            _add_children(parent, child, variant)


def _cell(element: Any, variant: Variant) -> Node:
    if variant == "pubtabnet":
        tag, content = str(element.tag), tuple(_inline_tokens(element)[1:-1])
    else:
        tag, content = "td", tuple(_collapsed(element.text_content()))
    return Node(tag, _span(element, "colspan"), _span(element, "rowspan"), content)


def _span(element: Any, name: str) -> int:
    text = str(element.get(name, "1")).strip() or "1"
    if not text.isascii() or not text.isdigit():
        return 1
    if len(text) > 4 or int(text) > MAX_SPAN:
        raise TableFault(f"{name} above {MAX_SPAN}", Status.OVER_LIMIT)
    return max(1, int(text))


def _inline_tokens(element: Any) -> list[str]:
    """Return tags and characters of an element in order, as the reference of TEDS tokenises a cell."""
    tokens = [f"<{element.tag}>", *(element.text or "")]
    for child in element:
        tokens += _inline_tokens(child)
    tokens.append(f"</{element.tag}>")
    return tokens if element.tag in _CELL else [*tokens, *(element.tail or "")]


def _num_inline(cell: Any) -> int:
    return sum(1 for _ in cell.iterdescendants())


def _checked(root: Node, num_inline: int) -> Table:
    num_nodes = _num_nodes(root) - 1
    if num_nodes > MAX_NODES or num_nodes > MAX_CELLS and _num_cells(root) > MAX_CELLS:
        raise TableFault(f"a table of more than {MAX_CELLS} cells", Status.OVER_LIMIT)
    return Table(root, num_nodes, num_inline)


def _num_nodes(node: Node) -> int:
    return 1 + sum(map(_num_nodes, node.children))


def _num_cells(node: Node) -> int:
    return (node.tag in _CELL) + sum(map(_num_cells, node.children))
