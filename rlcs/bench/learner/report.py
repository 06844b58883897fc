"""`rlcs bench learner`: speed and memory of the learner alone, arm by arm."""

from __future__ import annotations

import importlib.util
import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from rich.table import Table

from rlcs.bench.learner.arms import Arm, Failed, Measured, measure
from rlcs.bench.learner.attention import compare, in_words
from rlcs.bench.learner.shapes import shape_of, write_model
from rlcs.bench.learner.work import Load
from rlcs.bench.report import surroundings, write_json
from rlcs.config.schema import Config, ModelConfig
from rlcs.errors import UserError
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import thread_share

NEEDED = ("torch", "transformers", "deepspeed")
Answer = TypeVar("Answer")


def require_learner() -> None:
    """Raise a UserError where something is missing that the learner needs; Ray and vLLM are not."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"{', '.join(missing)} not installed; rlcs bench learner needs {', '.join(NEEDED)}")


def run(*, shape: str, arms: Sequence[Arm], load: Load, dtype: str, steps: int, json_target: Path | None) -> None:
    """Measure the arms on a model of random weights, print the table, and write the JSON file."""
    require_learner()
    shape_of(shape)
    with tempfile.TemporaryDirectory(prefix="rlcs-") as name:
        folder = Path(name)
        with waiting(f"writing a model of shape {shape}"):
            held = in_process(write_model, shape, folder, dtype)
        results = []
        for arm in arms:
            results.append(try_arm(arm, folder, dtype=held, load=load, steps=steps))
            say(line_of(results[-1]))
    attention = in_process(compare, shape, dtype=held, load=load)
    console.print(table_of(results, title=f"{shape}, {held}, {words_of(load)}"))
    say(in_words(attention))
    about = surroundings(Config(model=ModelConfig(path=shape, dtype=held)), threads=thread_share(1, 0))
    content = {"shape": shape, "load": asdict(load), "steps": steps, "attention": asdict(attention)}
    arms_found = {one.arm: asdict(one) for one in results}
    write_json(json_target, "learner", {"environment": about, **content, "arms": arms_found})


def in_process(function: Callable[..., Answer], *values: Any, **named: Any) -> Answer:
    """Call a function in a process of its own; what it raises is raised here."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(function, *values, **named).result()


def try_arm(arm: Arm, folder: Path, **options: Any) -> Measured | Failed:
    """Measure an arm in a process of its own; one that is killed, for memory as a rule, is a failure of its arm."""
    try:
        return in_process(measure, arm, folder, **options)
    except BrokenProcessPool:
        return Failed(arm=arm.name, reason="its process was killed; is there enough memory?")


def words_of(load: Load) -> str:
    """Return the load in words."""
    samples = f"{load.groups} groups of {load.group}, prompts of {load.prompt} tokens, answers of about {load.answer}"
    return f"{samples}, packs of {load.pack_tokens:,}"


def line_of(result: Measured | Failed) -> str:
    """Return what is said when an arm is done."""
    if isinstance(result, Failed):
        return f"{result.arm}: {result.reason}"
    return f"{result.arm}: {result.counts.samples / median(result.update_s):,.0f} tokens/s of samples"


def table_of(results: Sequence[Measured | Failed], *, title: str) -> Table:
    """Return a row an arm."""
    cells = [{} if isinstance(one, Failed) else cells_of(one) for one in results]
    headings = list(dict.fromkeys(heading for row in cells for heading in row))
    table = Table(title=title, caption="medians; utilisation by 6 N + 12 L H Q T (PaLM), see docs/learner.md")
    table.add_column("arm", min_width=len("checkpointing"))
    for heading in headings:
        table.add_column(heading, justify="right")
    for one, row in zip(results, cells, strict=True):
        name = one.arm.replace("+", " + ")
        named = f"{name}: {one.reason}" if isinstance(one, Failed) else name
        table.add_row(named, *(row.get(heading, "") for heading in headings))
    return table


def cells_of(one: Measured) -> dict[str, str]:
    """Return the figures of an arm by their headings."""
    seconds, step = median(one.update_s), median(one.step_s)
    reached = median(one.flops / update / rate for update, rate in zip(one.update_s, one.matmuls, strict=True))
    return {
        "tokens/s trained": f"{one.counts.samples / seconds:,.0f}",
        "tokens/s computed": f"{one.counts.slots / seconds:,.0f}",
        **({} if one.peak is None else {"of peak": f"{one.flops / seconds / one.peak:.1%}"}),
        "of matmul": f"{reached:.1%}",
        "peak GiB": f"{one.peak_bytes / 2**30:.2f}",
        "passes s": f"{seconds - step:.3f}",
        "step s": f"{step:.3f}",
    }
