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
    wasted = clicked(Address("/curriculum", {"source": "a"}), "waste_by_domain", {"customdata": ["b", "", "sums"]}, run)
    assert wasted == Address("/tasks", {"source": "b", "subcategory": "sums"})
    for nothing in ({}, {"customdata": None}, {"customdata": [1]}):
        assert clicked(address, "reward", nothing, run) == address
    compared = Address("/compare")
    assert clicked(compared, "compare_reward", point, run) == compared


def test_a_click_on_the_certainty_of_a_subcategory_leads_to_its_rollouts(write_run: WriteRun) -> None:
    """A subcategory may have the name of a domain: what the curve is about decides, not what the name could be."""
    tasks = [{"task_id": f"a:{name}", "subcategory": name} for name in ("sums", "logic")]
    run = Run(write_run(metrics=METRICS, snapshots={1: tasks}))
    point, address = {"customdata": [1, "logic"]}, Address("/curriculum", {"domain": "stem.math"})
    assert clicked(address, "certainty", point, run).part == {
        "domain": "stem.math", "source": "", "subcategory": "logic"
    }  # fmt: skip
    assert clicked(Address("/curriculum"), "certainty", point, run).part["domain"] == "logic"


def test_another_domain_or_source_is_shown_whole(folder: Path) -> None:
    run, address = Run(folder), Address("/tasks", {"domain": "stem.math", "source": "a", "subcategory": "sums"})
    assert after_events(address, [control("domain", "logic")], run).values == {"domain": "logic"}
    assert after_events(address, [control("source", "b")], run).values == {"domain": "stem.math", "source": "b"}
    assert after_events(address, [control("subcategory", None)], run).values == {"domain": "stem.math", "source": "a"}
    both = [control("domain", "logic"), control("source", "b")]
    assert after_events(address, both, run).values == {"domain": "logic", "source": "b"}


def test_episodes_are_filtered_and_drawn_where_a_run_has_some(write_run: WriteRun, folder: Path) -> None:
    told = {"env/num_episodes": 4.0, "env/fault_share": 0.0, "env/over_limit_share": 0.1, "env/invalid_move_share": 0.5}
    played = Run(write_run("played", metrics=[{**METRICS[0], **told}], rollouts={1: [{"num_turns": 2}]}))
    names = choices(played, Address("/rollouts"))
    assert "turns" in names and names["fault"] == ["failed", "replayed", "invalid_move"]
    assert not {"turns", "fault"} & set(choices(Run(folder), Address("/rollouts")))
    assert {"turns", "fault"} <= set(choices(Run(folder), Address("/rollouts", {"turns": "3"}))), "to be cleared"
    titles = ("Success by number of turns", "Turns of an episode", "What goes wrong in episodes", "Seconds of a turn")
    shown, plain = (text_of(PAGE_OF["/"].body([run], Address("/"))) for run in (played, Run(folder)))
    assert all(title in shown and title not in plain for title in titles)
    assert '"turns"' not in text_of(PAGE_OF["/rollouts"].body([Run(folder)], Address("/rollouts")))


def test_a_bar_of_success_by_turns_leads_to_those_episodes(folder: Path) -> None:
    found = clicked(Address("/", {"axis": "tokens"}), "success_by_turns", {"customdata": ["b", 3]}, Run(folder))
    assert found == Address("/rollouts", {"axis": "tokens", "source": "b", "turns": "3"})


def test_subcategories_can_be_chosen_where_the_tasks_have_them(write_run: WriteRun) -> None:
    plain, finer = (
        Run(write_run("plain", snapshots={1: [{}]})),
        Run(write_run("finer", snapshots={1: [{"subcategory": "sums"}, {"subcategory": "grids", "source": "b"}]})),
    )
    for path in ("/curriculum", "/tasks", "/rollouts"):
        assert "subcategory" not in choices(plain, Address(path))
        assert choices(finer, Address(path))["subcategory"] == ["grids", "sums"]
        assert choices(finer, Address(path, {"source": "b"}))["subcategory"] == ["grids"]
        assert choices(plain, Address(path, {"subcategory": "gone"}))["subcategory"] == ["gone"], "to be cleared"
    assert choices(plain, Address("/"))["source"] == ["a", "b"]


def choices(run: Run, address: Address) -> dict[str, list[str]]:
    """Return what the controls of a page let a person choose, by name."""
    (group,) = PAGE_OF[address.page].controls([run], address)
    controls = [label.children[1] for label in group.children]
    return {one.id["name"]: [option["value"] for option in getattr(one, "options", ())] for one in controls}


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
        "subcategory",
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
        "turns",
        "fault",
        "turn",
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


@pytest.mark.parametrize(("every", "deleted"), [(0, [1, 2, 3]), (2, [1, 3])])
def test_pages_say_which_rollouts_the_run_has_deleted(write_run: WriteRun, every: int, deleted: list[int]) -> None:
    visits = {step: [{"num_seen": step, "last_step": step}] for step in range(1, 7)}
    kept = {"steps": 10, "keep_rollouts": 3, "keep_rollouts_every": every}
    rollouts = {step: [{}] for step in visits if step not in deleted}
    runs = open_runs([write_run(config={"run": kept}, metrics=METRICS, rollouts=rollouts, snapshots=visits)])

    def shown(path: str, **values: str) -> str:
        return text_of(screen(runs, Address(path, values), None)[3])

    rule = "run.keep_rollouts keeps those of the newest 3 steps" + (", and of one step in 2" if every else "")
    for step in range(1, 8):
        told = f"The rollouts of step {step} were deleted: {rule}."
        assert (told in shown("/rollouts", step=str(step))) == (step in deleted)
        assert (told in shown("/rollouts", step=str(step), group="0")) == (step in deleted)
    for path, values in (("/rollouts", {}), ("/curriculum", {}), ("/tasks", {"task": "a:1"})):
        assert f"The rollouts of older steps were deleted: {rule}." in shown(path, **values)
    assert "were deleted" not in shown("/tasks") and "were deleted" not in shown("/")


def test_a_run_that_keeps_its_rollouts_says_nothing_of_deleting(folder: Path) -> None:
    runs = open_runs([folder])
    for path in PAGES:
        assert "were deleted" not in text_of(screen(runs, Address(path), None)[3])
