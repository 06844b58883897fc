"""The README is short and true: its verifier works as printed, its keys exist, its step is that of the loop."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from places import ROOT

from rewards.registry import REWARDS
from rlcs.config.load import load_config
from rlcs.plugins import load_plugins

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEP, VERIFIER = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_it_is_no_longer_than_two_hundred_lines() -> None:
    assert len(README.splitlines()) <= 200


def test_the_printed_step_is_the_one_of_the_loop() -> None:
    loop = ast.parse((ROOT / "rlcs" / "train.py").read_text(encoding="utf-8"))
    (step,) = [node for node in loop.body if isinstance(node, ast.FunctionDef) and node.name == "iterate"]
    assert ast.unparse(ast.parse(STEP)) == ast.unparse(step)


def test_the_printed_verifier_works(tmp_path: Path) -> None:
    plugin = tmp_path / "my_verifier.py"
    plugin.write_text(VERIFIER, encoding="utf-8")
    load_plugins([str(plugin)])
    judge = REWARDS.get("same_length").function
    assert (judge("abc", "xyz"), judge("ab", "xyz")) == (1.0, 0.0)


def test_the_printed_overrides_are_settings() -> None:
    commands = re.findall(r"^rlcs train --config stem (.*)$", README.replace("\\\n", " "), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        config = load_config(Path("stem"), command.split())
        assert config.data.train[0].path == "questions.jsonl"
