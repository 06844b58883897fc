"""The table of what grading cost and saved, as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plotly.utils import PlotlyJSONEncoder

from rlcs.dashboard.address import Address
from rlcs.dashboard.app import PAGE_OF
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.pages.grading import NO_GRADES, OLDER, TITLE, grading_card

WriteRun = Callable[..., Path]
PREFIX = "curriculum/first_visits/a"
VISITS = {f"{PREFIX}/measured/groups": 100, f"{PREFIX}/measured/valid": 60,
          f"{PREFIX}/ungraded/groups": 20, f"{PREFIX}/ungraded/valid": 4}  # fmt: skip
COST = {"measured": 1040, "predicted": 0, "ungraded": 10, "num_completions": 120}


def text_of(folder: Path, path: str = "/curriculum", **address: str) -> str:
    return json.dumps(shown(folder, path, **address), cls=PlotlyJSONEncoder, ensure_ascii=False)


def shown(folder: Path, path: str, **address: str) -> Any:
    return PAGE_OF[path].body([Run(folder)], Address(path, address))


def write(write_run: WriteRun, costs: Any, **metrics: float) -> Path:
    folder = write_run(metrics=[{"step": 1, "rollout/num_generated_total": 480, **metrics}])
    (folder / "grades.json").write_text(json.dumps(costs))
    return folder


def test_a_row_says_cost_saving_and_net(write_run: WriteRun) -> None:
    text = text_of(write(write_run, {"a": COST}, **VISITS))
    shares = ("60.0 % of 100 first visits valid", "25.0 % of the run's", "no first visits")
    for words in (TITLE, '"1,040"', '"120"', "+80 ± ", "-40 ± ", *shares):
        assert words in text, words
    assert "cannot be told" not in text


def test_a_dash_is_told_why(write_run: WriteRun) -> None:
    folder = write(write_run, {"a": COST, "b\u202e": {**COST, "num_completions": None}})
    text = json.dumps(grading_card(Run(folder), Address("/curriculum")), cls=PlotlyJSONEncoder, ensure_ascii=False)
    assert '"–"' in text and "a, bU+202E: what was saved cannot be told" in text.replace("⟨", "").replace("⟩", "")
    assert "the file of grades does not say what it took" in text


def test_of_predictions_it_says_that_this_tells_too_little(write_run: WriteRun) -> None:
    more = {f"{PREFIX}/predicted/groups": 20, f"{PREFIX}/predicted/valid": 4, f"{PREFIX}/ungraded/groups": 0}
    assert "a: measured tasks are compared with those predicted" in text_of(
        write(write_run, {"a": COST}, **{**VISITS, **more})
    )


def test_without_grades_nothing_was_spent(write_run: WriteRun) -> None:
    assert NO_GRADES in text_of(write_run())
    train = [{"name": "a", "grades": "grades.parquet"}]
    assert OLDER in text_of(write_run("older", config={"data": {"train": train}}))
    other = write(write_run, {"a": COST})
    assert NO_GRADES in text_of(other, source="b")
