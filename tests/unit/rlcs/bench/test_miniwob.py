"""Tasks of MiniWoB++ tried: no fault, scores 0 or 1, the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import DOCS

from rewards.sandbox.browser import find_program
from rlcs.bench import miniwob
from rlcs.bench.miniwob import try_tasks
from rlcs.errors import UserError
from rlcs.miniwob.catalogue import LEFT_OUT, usable_tasks
from rlcs.miniwob.library import all_tasks, html_folder

try:
    html_folder()
    find_program()
except UserError as error:
    pytest.skip(str(error), allow_module_level=True)


def check(names: list[str]) -> None:
    first, second = try_tasks(names), try_tasks(names)
    assert first == second
    assert not any(one.has_fault for one in first.values())
    assert {one.score for one in first.values()} <= {0.0, 1.0}


def test_the_table_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table -->\nold\n<!-- end of the table -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(miniwob, "usable_tasks", lambda: ["click-test", "drag-box"])
    monkeypatch.setattr(miniwob, "all_tasks", lambda: ("choose-list", "click-test", "drag-box"))
    monkeypatch.setattr(miniwob, "RECIPES", {"click-test": ""})
    miniwob.main(page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n<!-- table -->\n| task |") and written.endswith("the table -->\nafter\n")
    assert "| click-test | Click the button. | yes | 1 | |\n" in written and "old" not in written
    assert f"| choose-list | | | | {LEFT_OUT['choose-list']} |" in written


def test_the_page_has_every_task() -> None:
    lines = (DOCS / "miniwob.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.count("|") == 6]
    listed = {row[1].strip(): row[3].strip() for row in rows[2:]}
    assert list(listed) == list(all_tasks())
    assert {name for name, same in listed.items() if same == "yes"} == set(usable_tasks())


@pytest.mark.release
def test_every_task_is_the_same_twice() -> None:
    check(usable_tasks())
