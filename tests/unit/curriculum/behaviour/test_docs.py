"""The sampler printed in docs/curriculum.md works exactly as printed."""

from __future__ import annotations

import importlib.util
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from places import DOCS

from curriculum import Curriculum, samplers
from rlcs.config.schema import BanditConfig, CurriculumConfig, ExpansionConfig
from rlcs.records import Group, TaskIndex

PAGE = DOCS / "curriculum.md"


def test_the_printed_sampler_draws_the_tasks_nearest_one_half(
    tmp_path: Path,
    make_index: Callable[..., TaskIndex],
    make_group: Callable[..., Group],
    make_config: Callable[..., CurriculumConfig],
) -> None:
    (printed,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plugin = tmp_path / "nearest_half.py"
    plugin.write_text(printed, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("printed_sampler", plugin)
    assert spec is not None and spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))

    index = make_index([4, 4], difficulty=[0.1, 0.45, 0.9, 0.6, 0.5, 0.0, 1.0, 0.2])
    curriculum = Curriculum(make_config(sampler="nearest_half", batch_size=4), index, seed=0)
    rows = curriculum.next(1).rows
    assert sorted(rows.tolist()) == [1, 3, 4, 7]
    curriculum.observe(1, [make_group(int(row), [0.0, 1.0]) for row in rows])
    assert curriculum.snapshot(1)["weight"].to_pylist() == [1.0] * 4
    restored = Curriculum(make_config(sampler="nearest_half", batch_size=4), index, seed=0)
    restored.load_state_dict(curriculum.state_dict(), curriculum.table())
    assert np.array_equal(restored.next(2).rows, curriculum.next(2).rows)


def test_the_printed_defaults_are_the_defaults() -> None:
    (settings,) = re.findall(r"^## Settings\n(.*?)^## ", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `([a-z_.]+)` \| `?([^`|]+?)`? \|", settings, re.MULTILINE)
    printed = {name: value for name, value in rows if not name[0].isdigit()}
    config = CurriculumConfig()
    defaults = {name: getattr(config, name) for name in vars(config) if name not in ("expansion", "bandit")}
    defaults |= {f"expansion.{name}": value for name, value in vars(ExpansionConfig()).items()}
    defaults |= {f"bandit.{name}": value for name, value in vars(BanditConfig()).items()}
    shown = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in defaults.items()}
    assert printed == shown


def test_every_sampler_is_told_of() -> None:
    told = set(re.findall(r"^\| `([a-z]+)` \|", PAGE.read_text(encoding="utf-8").split("## Settings")[0], re.MULTILINE))
    assert told == {module.name for module in pkgutil.iter_modules(samplers.__path__)}
