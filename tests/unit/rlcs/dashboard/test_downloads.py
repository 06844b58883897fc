"""Files to take away: CSV that no spreadsheet runs, responses as they are; a page as one file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import pytest
from dash import dcc, html

from rlcs.dashboard.address import Address
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.downloads import as_csv, figure_file, figure_rows, response_file, safe_cell
from rlcs.dashboard.export import write
from rlcs.dashboard.static_page import page
from rlcs.errors import UserError

WriteRun = Callable[..., Path]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_cells_that_would_be_formulas_are_texts(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["stem.math", "a=b", "", -1.5, 3, None])
def test_other_cells_stay(value: object) -> None:
    assert safe_cell(value) == value


def test_lines_and_heat_maps_become_rows() -> None:
    lines = go.Figure([go.Scatter(x=[1, 2], y=[0.5, None], name="a&lt;b"), go.Scatter(x=[1], y=[2], name="=cmd")])
    lines.update_layout(xaxis_title="step", yaxis_title="reward")
    assert list(figure_rows(lines)) == [["series", "step", "reward"], ["a<b", 1, 0.5], ["a<b", 2, None], ["=cmd", 1, 2]]
    assert as_csv(figure_rows(lines)).splitlines()[-1] == "'=cmd,1,2"
    heat = go.Figure(go.Heatmap(x=[1, 2], y=[0.25], z=[[3, 4]], name="tasks"))
    assert list(figure_rows(heat))[1:] == [["tasks", 1, 0.25, 3], ["tasks", 2, 0.25, 4]]


def test_a_figure_of_a_run_is_saved_with_its_hostile_names_harmless(write_run: WriteRun) -> None:
    name = '=HYPERLINK("http://evil.example")'
    config = {"data": {"train": [{"name": "a", "domain": name}]}}
    run = Run(write_run("a b/../=run", config=config, metrics=[{"step": 1, f"reward/{name}/mean": 0.5}]))
    file = figure_file("reward", [run], Address("/"))
    assert file is not None and file.name == "-run-reward.csv"
    cells = [cell for row in csv.reader(io.StringIO(file.text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith("=")]
    assert figure_file("nonsense", [run], Address("/")) is None


def test_an_episode_is_saved_turn_by_turn(write_run: WriteRun) -> None:
    shown = [{"text": "no \u202e", "image": None}, {"text": None, "image": b"PNG"}]
    turns = [{"text": "wait()", "shown": shown}, {"text": "y" * 5_000, "shown": []}]
    row = {"prompt": "Click.", "num_turns": 2, "turns": turns, "outcome": "lost", "status": "over_limit", "score": 0.0}
    file = response_file(Run(write_run(rollouts={1: [row]})), Address("/rollouts", {"step": "1", "group": "0"}), 0)
    assert file is not None and file.text.split("\n\n") == [
        "=== The task\nClick.", "=== Turn 1\nwait()", "=== The environment\nno \u202e\n[1 image]",
        "=== Turn 2\n" + "y" * 5_000, "=== The environment\n(nothing)", "=== The end\nover_limit: lost\n",
    ]  # fmt: skip


def test_a_response_is_saved_whole(write_run: WriteRun) -> None:
    run = Run(write_run(metrics=[{"step": 1}], rollouts={1: [{"response": "x" * 100_000 + "\u202e"}]}))
    address = Address("/rollouts", {"step": "1", "group": "0"})
    file = response_file(run, address, 0)
    assert file is not None and file.text == "x" * 100_000 + "\u202e"
    assert response_file(run, address, 5) is response_file(run, Address("/rollouts"), 0) is None


def test_components_become_escaped_html() -> None:
    figure = go.Figure(go.Scatter(x=[1], y=[2], name="</script><b>"))
    text = page(
        "<t>",
        [
            html.Div(["<b>&", None, 3, html.Img(src="data:x", alt='"'), dcc.Link("link", href="/tasks")], id="a"),
            html.Button("only on a page"),
            html.Span("s", style={"left": "3%"}, **{"aria-label": "<l>"}),
            dcc.Graph(figure=figure),
        ],
    )
    assert '<div id="a">&lt;b&gt;&amp;3<img alt="&quot;" src="data:x">link</div>' in text
    assert '<span style="left:3%" aria-label="&lt;l&gt;">s</span>' in text
    assert "<title>&lt;t&gt;</title>" in text and "only on a page" not in text and "</script><b>" not in text
    assert text.count("<script>") == 2 and "default-src 'none'" in text


def test_a_report_goes_where_it_can(write_run: WriteRun, tmp_path: Path) -> None:
    folder = write_run(metrics=[{"step": 1, "reward/mean": 0.5}], rollouts={1: [{"score": 0.0, "status": "incorrect"}]})
    write([folder], tmp_path / "report.html")
    assert "Where to look first" in (tmp_path / "report.html").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["report.html"]
    for target in (tmp_path, tmp_path / "nowhere" / "report.html"):
        with pytest.raises(UserError, match="choose another"):
            write([folder], target)
