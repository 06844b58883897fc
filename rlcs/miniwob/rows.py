"""Tasks and seeds of MiniWoB++ as rows of a source: what a page asks for is known when it is shown, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlcs.miniwob.paths import MAX_SEED, WobSource

COLUMNS = ("id", "prompt", "answer", "domain", "subcategory", "params")
DOMAIN = "gui.episode"


def generate_rows(source: WobSource) -> Iterator[dict[str, Any]]:
    """Yield a row for each task and seed, the tasks in turn.

    The number that a page is made from is the seed in the split train, and MAX_SEED more in eval.
    """
    for seed in source.seeds:
        for task in source.tasks:
            yield {
                "id": f"{task}-{seed}",
                "prompt": f"The page {task} with seed {seed}.",
                "answer": task,
                "domain": DOMAIN,
                "subcategory": task,
                "params": {"page": task, "page_seed": seed + MAX_SEED * (source.split == "eval")},
            }
