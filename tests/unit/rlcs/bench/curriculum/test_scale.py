"""The scale benchmark: its pool and state are what it says, and its figures come out whole. Nothing is timed here."""

from __future__ import annotations

import json
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from curriculum import Curriculum, samplers
from rlcs.bench.curriculum.scale import (
    AIMS,
    COLUMNS,
    NUM_STEPS,
    aims_by_heading,
    all_seen,
    make_index,
    plotted,
    pool_sizes,
    run,
)
from rlcs.bench.curriculum.scale_plot import page, picture, write_plots
from rlcs.cli.bench_curriculum import curriculum as bench_curriculum
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError


def test_sizes_go_up_by_tens() -> None:
    assert pool_sizes(10_000_000) == [10_000, 100_000, 1_000_000, 10_000_000]
    assert pool_sizes(30_000) == [10_000, 30_000]
    assert pool_sizes(500) == [500]


def test_the_pool_has_fifty_even_domains() -> None:
    index = make_index(10_000)
    assert np.bincount(index.source).tolist() == [200] * 50
    assert 0.45 < np.isnan(index.difficulty).mean() < 0.55
    assert len(set(index.ids.to_pylist())) == 10_000
    assert set(index.subcategory.tolist()) == {0, 1, 2, 3}


def test_every_task_of_the_restored_state_was_seen() -> None:
    index = make_index(1000)
    curriculum = Curriculum(CurriculumConfig(), index, seed=0)
    table = all_seen(curriculum.table(), 20)
    curriculum.load_state_dict(curriculum.state_dict() | {"step": 20}, table)
    snapshot = curriculum.snapshot(20)
    assert snapshot.num_rows == 1000 and set(snapshot["last_step"].to_pylist()) == set(range(1, 21))
    assert table["sampler/turn"].to_numpy().tolist() == (table["last_step"].to_numpy() + 1).tolist()


def test_all_figures_of_all_samplers_are_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [module.name for module in pkgutil.iter_modules(samplers.__path__)]
    run(samplers=names, largest=2000, out=None, json_target=tmp_path / "scale.json")
    content = json.loads((tmp_path / "scale.json").read_text())
    assert content["benchmark"] == "curriculum_scale" and content["aims"] == AIMS
    for name in names:
        raw = content["results"][name]["2000"]
        assert set(COLUMNS) <= set(raw) and len(raw["next_ms"]) == len(raw["observe_ms"]) == NUM_STEPS
        assert all(value > 0 for column in COLUMNS for value in raw[column])
    assert "2,000" in capsys.readouterr().out


def test_the_plots_have_a_line_for_every_sampler_and_its_medians(tmp_path: Path) -> None:
    results = {
        name: {size: dict.fromkeys(COLUMNS, [1.0, number + size / 100, 9000.0]) for size in (100, 1000)}
        for number, name in enumerate(("tiers", "uniform"))
    }
    quantities, aims = plotted(results), aims_by_heading()
    assert len(quantities) == len(AIMS) and aims["next ms"] == AIMS["next_ms"]
    panel, *others = picture(quantities, aims).axes
    assert sum(one.axison for one in others) == len(AIMS) - 1, "no empty panel is drawn"
    assert [list(line.get_ydata()) for line in panel.lines] == [[1.0, 10.0], [2.0, 11.0], [20.0, 20.0]]
    lines = [line for line in page(quantities, aims).data if line.name == "uniform"]
    assert len(lines) == len(AIMS) and all(tuple(line.y) == (2.0, 11.0) for line in lines)
    files = write_plots(quantities, aims, tmp_path / "plots")
    assert [file.name for file in files] == ["scale.png", "scale.html"]
    assert all(file.stat().st_size > 10_000 for file in files)


def test_cost_and_simulation_are_two_benchmarks() -> None:
    with pytest.raises(UserError, match="not both"):
        bench_curriculum(scale=True, simulate=True)
