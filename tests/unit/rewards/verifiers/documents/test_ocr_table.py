"""The verifier `ocr_table`, tables and TEDS."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from rewards import Scorer
from rewards.reading.tables import Node, read_table
from rewards.verifiers.documents.ocr_table import check_table_gold, ocr_table, quick_ocr_table
from rewards.verifiers.documents.teds import tree_distance
from rlcs.config.schema import RewardConfig
from rlcs.records import Status, Verdict

GOLD = "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>"


def html(num_rows: int, num_columns: int, text: str = "{} {}") -> str:
    rows = ("".join(f"<td>{text.format(row, column)}</td>" for column in range(num_columns)) for row in range(num_rows))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def score(answer: str, gold: str = GOLD, **params: Any) -> float | None:
    found = quick_ocr_table(answer, gold) or ocr_table(answer, gold, **params)
    return found.score if isinstance(found, Verdict) else found


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (GOLD, 1.0),
        ("Here it is: " + GOLD + " as asked", 1.0),
        ("| a | b |\n|---|---|\n| c | d |", 1.0),
        ("```html\n" + GOLD + "\n```", 1.0),
        ("Cost | here:\n\n**a** | `b`\n--- | :-:\nc | d\n\nas | asked", 1.0),
        ("| a | b |\r\n|---|---|\r\n| c | x |", 1 - 1 / 6),
        ("\\begin{tabular}{|c|c|}\\hline \\textbf{a} & b \\\\ \\hline c & d \\\\ \\hline\\end{tabular}", 1.0),
        ("\\begin{tabular}{cc} a & b \\\\ c & x \\end{tabular}", 1 - 1 / 6),
        (GOLD.replace("<td>a</td><td>b</td>", "<th>a</th><th>b</th>"), 1.0),
        ("<table><thead><tr><td><b>a</b></td><td> b </td></tr></thead><tr><td>c</td><td>d</td></tr></table>", 1.0),
        (GOLD.replace("d<", "x<"), 1 - 1 / 6),  # one cell of six nodes (two rows, four cells)
        (GOLD.replace("<td>d</td>", ""), 1 - 1 / 6),
        (GOLD.replace("<tr><td>c</td><td>d</td></tr>", ""), 0.5),
        (html(2, 2, ""), 1 - 4 / 6),  # the right shape, nothing in it
        ("<table></table>", 0.0),
    ],
)
def test_the_similarity_is_worked_out_by_hand(answer: str, expected: float) -> None:
    assert score(answer) == pytest.approx(expected)


def test_the_structure_alone_is_paid_where_declared() -> None:
    assert score(html(2, 2, ""), score="structure") == 1.0
    assert score(html(2, 3, ""), score="structure") == pytest.approx(1 - 2 / 8)


def test_spans_are_part_of_the_structure() -> None:
    wide = "<table><tr><td colspan='2'>a</td></tr><tr><td>b</td><td>c</td></tr></table>"
    assert score(wide, wide) == 1.0
    assert score(wide.replace(" colspan='2'", ""), wide) == pytest.approx(1 - 1 / 5)


def test_the_reference_variant_counts_sections_inline_tags_and_spaces() -> None:
    assert score(GOLD.replace(">a<", "><b>a</b><"), variant="pubtabnet") == pytest.approx(1 - (2 / 3) / 7)
    assert score(GOLD.replace(">d<", "> d <"), variant="pubtabnet") == pytest.approx(1 - (2 / 3) / 6)
    section = GOLD.replace("<table>", "<table><tbody>")
    assert score(section, variant="pubtabnet") == pytest.approx(1 - 1 / 7)


def test_inline_tags_without_end_do_not_buy_a_larger_denominator() -> None:
    padded = html(2, 2, "").replace("<td></td>", "<td>" + "<i></i>" * 500 + "</td>", 1)
    assert score(padded) == pytest.approx(1 - 4 / 6)
    found = score(padded, variant="pubtabnet")
    assert found is not None
    assert found < 0.7


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("a b c d", Status.INVALID_ANSWER),
        ("a | b", Status.INVALID_ANSWER),
        (GOLD + GOLD, Status.INVALID_ANSWER),
        ("|a|b|\n|-|-|\n\n|a|b|\n|-|-|", Status.INVALID_ANSWER),
        ("\\begin{tabular}{c}x" * 5000, Status.OVER_LIMIT),
        ("<table><tr><td colspan='999999999'>x</td></tr></table>", Status.OVER_LIMIT),
        ("<table>" + "<tr><td>x</td></tr>" * 5000, Status.OVER_LIMIT),
        ("|a|\n|-|\n" + "|b|\n" * 5000, Status.OVER_LIMIT),
        ("<table>" + "x" * 300_000, Status.OVER_LIMIT),
    ],
)
def test_what_is_no_table_or_too_much_pays_nothing(answer: str, status: Status) -> None:
    found = quick_ocr_table(answer, GOLD) or ocr_table(answer, GOLD)
    assert isinstance(found, Verdict)
    assert (found.score, found.status) == (0.0, status)


def test_cells_are_compared_as_they_print() -> None:
    gold = "<table><tr><th>x</th></tr><tr><td>1 &lt; 2<br>caf\u00e9</td></tr></table>"
    assert score("| x |\n|---|\n| 1 &lt; 2<br>cafe\u0301 |", gold) == 1.0
    assert score("| x |\n|---|\n| 1 &gt; 2<br>cafe\u0301 |", gold) == pytest.approx(1 - (1 / 10) / 4)


def test_a_gold_table_that_cannot_be_read_is_not_the_models_fault() -> None:
    found = ocr_table(GOLD, "a | b")
    assert isinstance(found, Verdict)
    assert (found.score, found.status) == (None, Status.BAD_GOLD)
    assert check_table_gold("no table") and check_table_gold(5) and check_table_gold("a | b")
    assert check_table_gold("<table></table>")
    assert check_table_gold(GOLD) is None


def test_a_large_table_is_compared_within_seconds() -> None:
    distance = sum(1 / (len(f"{row} {column}") + 1) for row in range(48) for column in range(20))
    assert score(html(48, 20), html(48, 20, "{} {}x")) == pytest.approx(1 - distance / (48 * 21))
    assert score(html(400, 2), html(400, 2)) == 1.0


def random_tree(generator: random.Random, depth: int) -> Node:
    content = tuple(generator.choices("abc", k=generator.randrange(4)))
    node = Node(generator.choice(["tr", "td"]), generator.choice([1, 1, 2]), 1, content)
    node.children = [random_tree(generator, depth - 1) for _ in range(generator.randrange(4) if depth else 0)]
    return node


def naive_distance(first: tuple[Node, ...], second: tuple[Node, ...], memory: dict[Any, float]) -> float:
    """Edit distance of two forests by its definition: drop the last root of either, or match the two."""
    key = (tuple(map(id, first)), tuple(map(id, second)))
    if key not in memory:
        if not first or not second:
            memory[key] = float(sum(map(size, first + second)))
        else:
            one, other = first[-1], second[-1]
            memory[key] = min(
                naive_distance((*first[:-1], *one.children), second, memory) + 1,
                naive_distance(first, (*second[:-1], *other.children), memory) + 1,
                naive_distance(first[:-1], second[:-1], memory)
                + naive_distance(tuple(one.children), tuple(other.children), memory)
                + rename_cost(one, other),
            )
    return memory[key]


def size(node: Node) -> int:
    return 1 + sum(map(size, node.children))


def rename_cost(one: Node, other: Node) -> float:
    from rapidfuzz.distance import Levenshtein

    if (one.tag, one.colspan, one.rowspan) != (other.tag, other.colspan, other.rowspan):
        return 1.0
    return Levenshtein.normalized_distance(one.content, other.content)


def test_the_tree_distance_is_that_of_the_definition() -> None:
    generator = random.Random(3)
    for _ in range(60):
        one, other = random_tree(generator, generator.randrange(4)), random_tree(generator, generator.randrange(4))
        if size(one) * size(other) <= 400:
            assert tree_distance(one, other) == pytest.approx(naive_distance((one,), (other,), {}))


def test_a_table_is_read_without_expanding_spans() -> None:
    table = read_table("<table><tr><td colspan='1000' rowspan=1000>x</td></tr></table>", "plain")
    assert table.num_nodes == 2


def test_tables_are_judged_in_a_worker(make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(ocr_table=RewardConfig(verifier="ocr_table", timeout_s=30.0))
    verdict = scorer.score_one(f"\\boxed{{{GOLD}}}", GOLD, source="ocr_table")
    assert (verdict.score, verdict.status) == (1.0, Status.CORRECT)
