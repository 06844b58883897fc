"""The results as the table of docs/reliability.md.

python -m rlcs.bench.faults.report docs/benchmarks/faults.jsonl
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rlcs.bench.faults.faults import FAULTS
from rlcs.bench.faults.nodes import NODE_LEAVES, WHAT
from rlcs.bench.faults.results import COLUMNS, Injection, read_file, rows_of
from rlcs.bench.faults.verifier import KINDS


def words() -> dict[str, str]:
    """Return each fault in words."""
    answers = {f"answer-{kind}": f"the verifier {what} whenever it is asked" for kind, what in KINDS.items()}
    return {name: FAULTS.get(name).what for name in FAULTS.names()} | answers | {NODE_LEAVES: WHAT}


def markdown_of(shown: Sequence[Injection]) -> str:
    """Return a table in Markdown, a row for each fault and one for all together."""
    what = words()
    head = ("fault", "what happens", *COLUMNS[1:])
    rows = [(f"`{row[0]}`" if row[0] != "all" else "all", what.get(row[0], ""), *row[1:]) for row in rows_of(shown)]
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    print(markdown_of(read_file(Path(sys.argv[1]))), end="")
