"""Measures every arm of `rlcs bench learner` where Ray and vLLM cannot be imported; run as a process by test_bench.py.

python learner_alone.py FOLDER
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ABSENT = ("ray", "vllm")


class Absence:
    """Makes imports fail as if these packages were not installed."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main(folder: Path) -> None:
    """Write what every arm did on text, and one on images, to FOLDER/measured.json."""
    sys.meta_path.insert(0, Absence())
    import rlcs.cli
    from rlcs.bench.learner.arms import ARMS, measure
    from rlcs.bench.learner.report import console, require_learner, table_of
    from rlcs.bench.learner.shapes import write_model
    from rlcs.bench.learner.work import Load

    assert rlcs.cli.main
    require_learner()
    load = Load(prompt=24, answer=20, group=4, groups=2, pack_tokens=512)
    found = []
    for shape, arms in (("tiny", list(ARMS.values())), ("vision-tiny", [ARMS["shared"]])):
        dtype = write_model(shape, folder / shape, "auto")
        found += [measure(arm, folder / shape, dtype=dtype, load=load, steps=1) for arm in arms]
    console.print(table_of(found, title="without Ray and vLLM"))
    (folder / "measured.json").write_text(json.dumps([asdict(one) for one in found]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
