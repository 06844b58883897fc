"""What the app does between an address and a page, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dash
import pytest
from plotly.utils import PlotlyJSONEncoder

from rlcs.dashboard.address import PAGES, Address
from rlcs.dashboard.app import PAGE_OF, SHOWN, build_app, chosen, open_runs, screen
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.events import after_events, clicked
from rlcs.errors import UserError

WriteRun = Callable[..., Path]
METRICS = [
    {"step": step, "reward/mean": 0.5, "reward/stem.math/mean": 0.5, "reward/a/timeout_share": 0.0, "time/step_s": 1.0}
    for step in (1, 2)
]


@pytest.fixture
def folder(write_run: WriteRun) -> Path:
    return write_run(
        metrics=METRICS, rollouts={1: [{}], 2: [{"score": 0.0, "status": "incorrect"}]}, snapshots={2: [{}]}
    )


def text_of(part: Any) -> str:
    return json.dumps(part, cls=PlotlyJSONEncoder, ensure_ascii=False)


def control(name: str, value: Any) -> tuple[dict[str, str], Any]:
    return {"type": "control", "name": name}, value


def test_every_page_has_a_name_and_a_maker() -> None:
    assert list(PAGES) == list(PAGE_OF)


def test_a_page_is_made_once_and_again_when_there_is_something_new(folder: Path) -> None:
    runs = open_runs([folder])
    first = screen(runs, Address("/"), None)
    assert "Where to look first" in text_of(first[3])
    again = screen(runs, Address("/"), first[-1])
    assert all(part is dash.no_update for part in again)
    with (folder / "metrics.jsonl").open("a") as stream:
        stream.write(json.dumps({**METRICS[0], "step": 3}) + "\n")
    newer = screen(runs, Address("/"), first[-1])
    assert "step 3 of 10" in newer[1]
    assert newer[0] is newer[2] is dash.no_update, "controls stay as a person left them"
    assert newer[3] is not dash.no_update


def test_a_page_that_is_read_is_left_alone_by_a_live_run(folder: Path) -> None:
    runs = open_runs([folder])
    first = screen(runs, Address("/rollouts"), None)
    with (folder / "metrics.jsonl").open("a") as stream:
        stream.write(json.dumps({**METRICS[0], "step": 3}) + "\n")
    newer = screen(runs, Address("/rollouts"), first[-1])
    assert newer[3] is dash.no_update and "step 3 of 10" in newer[1]


def test_controls_that_appear_change_nothing_and_set_ones_start_from_the_first_rows(folder: Path) -> None:
    run, address = Run(folder), Address("/tasks", {"domain": "stem.math", "offset": "50"})
    appeared = [control("domain", "stem.math"), control("text", ""), control("tier", None), control("axis", "step")]
    assert after_events(address, appeared, run) == address
    assert after_events(address, [control("min_seen", 3)], run).values == {"domain": "stem.math", "min_seen": "3"}
    assert after_events(address, [control("domain", None)], run).values == {}


def test_a_point_leads_to_the_rollouts_of_its_step(folder: Path) -> None:
    run, address = Run(folder), Address("/", {"axis": "tokens"})
    point = {"customdata": [7, "logic"]}
    found = after_events(address, [({"type": "figure", "name": "reward"}, {"points": [point]})], run)
    assert found == Address("/rollouts", {"axis": "tokens", "step": "7", "domain": "logic"})
    assert clicked(address, "verdicts", {"customdata": [7.0, "b"]}, run)["source"] == "b"
    assert clicked(address, "waste_by_domain", {"customdata": ["logic", "b"]}, run).href.startswith("/tasks?")
    for nothing in ({}, {"customdata": None}, {"customdata": [1]}):
        assert clicked(address, "reward", nothing, run) == address
    compared = Address("/compare")
    assert clicked(compared, "compare_reward", point, run) == compared


def test_figures_that_appear_without_a_click_change_nothing(folder: Path) -> None:
    address = Address("/")
    assert after_events(address, [({"type": "figure", "name": "reward"}, None)], Run(folder)) == address


def test_runs_of_one_name_keep_apart(write_run: WriteRun, tmp_path: Path) -> None:
    first = write_run("one/run", metrics=METRICS)
    second = write_run("two/run", metrics=METRICS)
    runs = open_runs([first, second, first])
    assert list(runs) == ["run", "run (2)"]
    assert chosen(runs, Address("/", {"run": "run (2)"}))[0].folder == second
    assert chosen(runs, Address("/", {"run": "nonsense"}))[0].folder == first
    assert len(chosen(runs, Address("/compare"))) == 2


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run folder"):
        open_runs([tmp_path / "nowhere"])


@pytest.mark.parametrize("path", PAGES)
def test_nonsense_in_an_address_makes_a_page_all_the_same(folder: Path, path: str) -> None:
    names = (
        "domain",
        "source",
        "task",
        "tier",
        "kind",
        "sort",
        "status",
        "step",
        "group",
        "metric",
        "target",
        "before",
    )
    run = Run(folder)
    for value in ("nonsense", "999999999", "../x", "\u202e"):
        address = Address(path, dict.fromkeys(names, value))
        assert PAGE_OF[path].body([run], address) is not None
        assert PAGE_OF[path].controls([run], address) is not None
    assert "has no group" in text_of(
        PAGE_OF["/rollouts"].body([run], Address("/rollouts", {"step": "1", "group": "9"}))
    )


def test_a_fault_of_ours_is_told_on_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = build_app(open_runs([folder])).server.test_client()
    monkeypatch.setattr(Run, "summary", lambda run: 1 / 0)
    request = {
        "output": "..{}..".format("...".join(f"{part}.{name}" for part, name in SHOWN)),
        "outputs": [{"id": part, "property": name} for part, name in SHOWN],
        "inputs": [
            {"id": "url", "property": "pathname", "value": "/"},
            {"id": "url", "property": "search", "value": ""},
            {"id": "tick", "property": "n_intervals", "value": 1},
        ],
        "state": [{"id": "shown", "property": "data", "value": None}],
        "changedPropIds": ["tick.n_intervals"],
    }
    answer = client.post("/_dash-update-component", json=request)
    assert answer.status_code == 200 and b"Something went wrong" in answer.data


def test_the_app_has_no_other_doors(folder: Path) -> None:
    app = build_app(open_runs([folder]))
    routes = {rule.rule for rule in app.server.url_map.iter_rules()}
    assert not [route for route in routes if "mcp" in route], routes
    assert app.config.serve_locally is True
