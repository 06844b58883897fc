"""TEDS, the tree-edit-distance similarity of two tables (Zhong et al., 2020, arXiv 1911.10683, section 5).

TEDS = 1 - d(T1, T2) / max(|T1|, |T2|), d the tree edit distance (Zhang and Shasha, 1989): inserting or deleting a node
costs 1; renaming 1 when tag or span differ, between two cells the normalised edit distance of their contents.
The distance is computed in rows of numpy arrays, for all rows of a table with the same number of cells at once: 1,000
cells take a fraction of a second, the reference's APTED more than ten. Call it in a worker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewards.reading.tables import Node, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def teds(answer: Table, gold: Table, *, structure_only: bool = False) -> float:
    """Return the similarity in [0, 1]; structure_only passes over the contents of cells.

    Inline tags in the answer's cells count as nodes only up to one a cell: they enlarge the denominator at almost no
    cost, which the reference lets a model do without end.
    """
    distance = tree_distance(answer.root, gold.root, structure_only)
    size = max(answer.num_nodes + min(answer.num_inline, answer.num_nodes), gold.num_nodes + gold.num_inline)
    return min(1.0, max(0.0, 1.0 - distance / size)) if size else float(distance == 0.0)


@dataclass(frozen=True, slots=True)
class _Ordered:
    """A tree in postorder; `left[i]` is the first node in postorder of the subtree that ends at i."""

    nodes: list[Node]
    left: Ints
    keyroots: list[int]
    """Last nodes of the subtrees of more than one node that must be compared, each after those inside it."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Subtrees of one shape: compared with another subtree all at once."""

    columns: Ints
    """[subtrees, nodes] the nodes of each in postorder."""
    before: Ints
    """[nodes] how many nodes of the subtree come before the subtree that ends at each node."""


def _ordered(root: Node) -> _Ordered:
    nodes: list[Node] = []
    left: list[int] = []

    def visit(node: Node) -> None:
        start = len(nodes)
        for child in node.children:
            visit(child)
        left.append(start)
        nodes.append(node)

    visit(root)
    last = {start: end for end, start in enumerate(left)}
    return _Ordered(nodes, np.array(left), [end for start, end in sorted(last.items(), key=_end) if end > start])


def _end(item: tuple[int, int]) -> int:
    return item[1]


def _shapes(tree: _Ordered) -> list[_Shape]:
    """Group the keyroots by shape, small subtrees first, so that what is inside one is known before it."""
    groups: dict[bytes, list[int]] = {}
    for end in tree.keyroots:
        start = tree.left[end]
        groups.setdefault((tree.left[start : end + 1] - start).tobytes(), []).append(int(start))
    return [
        _Shape(np.array(starts)[:, None] + np.arange(len(shape) // 8), np.frombuffer(shape, dtype=np.int64))
        for shape, starts in sorted(groups.items(), key=lambda item: len(item[0]))
    ]


def tree_distance(first: Node, second: Node, structure_only: bool = False) -> float:
    """Return the edit distance of two ordered trees."""
    one, other = _ordered(first), _ordered(second)
    rename = _rename_costs(one.nodes, other.nodes, structure_only)
    distance = _leaf_distances(one, other, rename)
    shapes = _shapes(other)
    for end in one.keyroots:
        for shape in shapes:
            _fill(distance, rename, one.left, end, shape)
    return float(distance[-1, -1])


def _rename_costs(first: list[Node], second: list[Node], structure_only: bool) -> Floats:
    """Return what renaming each node of the first tree to each of the second costs, [nodes, nodes]."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    kinds: dict[tuple[str, int, int], int] = {}
    kind = [
        np.array([kinds.setdefault((node.tag, node.colspan, node.rowspan), len(kinds)) for node in nodes])
        for nodes in (first, second)
    ]
    costs: Floats = (kind[0][:, None] != kind[1][None, :]).astype(np.float64)
    if structure_only:
        return costs
    contents = [[list(node.content) for node in nodes] for nodes in (first, second)]
    content: Floats = cdist(*contents, scorer=Levenshtein.normalized_distance, dtype=np.float64)
    most: Floats = np.maximum(costs, content)
    return most


def _leaf_distances(one: _Ordered, other: _Ordered, rename: Floats) -> Floats:
    """Return the distances of subtrees, filled in where either is a single node.

    A single node against a subtree: rename it to the node that is cheapest, insert all others. (Renaming costs at
    most 1, so it never costs more than to delete it.)
    """
    sizes = np.arange(len(one.nodes)) - one.left + 1
    other_sizes = np.arange(len(other.nodes)) - other.left + 1
    distance = np.zeros((len(one.nodes), len(other.nodes)))
    for j, start in enumerate(other.left):
        distance[:, j] = rename[:, start : j + 1].min(axis=1) + other_sizes[j] - 1
    for i in np.flatnonzero(sizes > 1):
        distance[i] = rename[one.left[i] : i + 1].min(axis=0) + sizes[i] - 1
    return distance


def _fill(distance: Floats, rename: Floats, left: Ints, end: int, shape: _Shape) -> None:
    """Compute the forest distances of one subtree and all of a shape, and store the subtree distances among them.

    forest[x, s, y] is the distance of the first x nodes of the subtree to the first y of the s-th of the shape.
    """
    start = left[end]
    num_subtrees, num_columns = shape.columns.shape
    steps = np.arange(num_columns + 1, dtype=np.float64)
    forest = np.empty((end - start + 2, num_subtrees, num_columns + 1))
    forest[0] = steps
    on_path = shape.before == 0
    for x in range(1, end - start + 2):
        row = start + x - 1
        base = left[row] - start
        joined = forest[base][:, shape.before] + distance[row][shape.columns]
        if base == 0:
            renamed = forest[x - 1, :, :-1] + rename[row][shape.columns]
            joined = np.where(on_path, renamed, joined)
        forest[x, :, 0] = x
        np.minimum(forest[x - 1, :, 1:] + 1.0, joined, out=forest[x, :, 1:])
        # Inserting: forest[x, s, y] = min over z <= y of forest[x, s, z] + (y - z), a running minimum.
        forest[x] = np.minimum.accumulate(forest[x] - steps, axis=1) + steps
        if base == 0:
            distance[row, shape.columns[:, on_path]] = forest[x, :, 1:][:, on_path]
