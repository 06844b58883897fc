"""What docs/environments.md prints works as printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from places import DOCS

from rlcs.plugins import TOOLS, load_plugins
from rlcs.records import Status, Task
from rlcs.run.preflight import prepare
from rollout.environments.hosts.pool import Hosts

TASK = Task(id="a:1", source="a", domain="some", prompt="", answer="")
PAGE = (DOCS / "environments.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The environment and the tool of the page are loaded."""
    tmp_path = tmp_path_factory.mktemp("printed")
    for number, needle in enumerate(('@environment("higher_lower"', '@tool("rate")')):
        (block,) = [one for one in PYTHON if needle in one]
        (tmp_path / f"part{number}.py").write_text(block, encoding="utf-8")
        load_plugins([str(tmp_path / f"part{number}.py")])


def test_the_configuration_has_nothing_wrong(miniwob: None, tmp_path: Path) -> None:
    yaml = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "clicks" in block)
    (tmp_path / "c.yaml").write_text("model: {path: 'tiny://text'}\n" + yaml, encoding="utf-8")
    clicks, sums = prepare(tmp_path / "c.yaml", []).data.train
    assert clicks.environment is not None and sums.environment is not None
    assert (clicks.environment.keep_images, sums.environment.when_full) == (2, "fresh")


def test_the_environment_is_played(printed: None) -> None:
    hosts = Hosts("higher_lower", {"most": 10, "tries": 4})
    hosts.begin(1, TASK, seed=6)
    shown = []
    for text in ("5", "eight", "8", "7", ""):
        while not (replies := hosts.poll()):
            hosts.wait(1.0)
        shown.append(replies[0].observation)
        if replies[0].observation.outcome is None:
            hosts.step(1, text)
    hosts.end()
    assert [one.parts[0] for one in shown] == [
        "Guess my number, from 1 to 10.", "Higher.", "Write a number and nothing else.", "Lower.", "Right.",
    ]  # fmt: skip
    assert shown[2].counted == ("unreadable",)
    assert shown[-1].outcome is not None and shown[-1].outcome.status is Status.CORRECT


def test_the_tool_is_called(printed: None) -> None:
    assert TOOLS.get("rate").call({"currency": "USD", "day": "1"}) == 1.5
