"""The README is true: its map has every file, its verifier works as printed, its keys exist."""

from __future__ import annotations

import re
from pathlib import Path

from rewards.registry import REWARDS
from rlcs.config.load import load_config
from rlcs.plugins import load_plugins

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
UNTOLD = {"__init__.py", "__main__.py"}


def mapped_files() -> set[str]:
    """Return the paths of the map at the end of the README, from the root of the project."""
    found, folder = set(), ""
    for line in README.split("## Files")[1].split("```")[1].splitlines():
        if line and not line.startswith(" "):
            folder = line.split(":")[0].split(",")[0] if ":" in line else ""
        elif line:
            name = line.split()[0]
            home = folder.removesuffix("cli/") if name.startswith(("cli/", "bench/")) else folder
            found.add(f"{home}{name}")
    return found


def test_the_map_has_every_file_and_no_other() -> None:
    packages = ("rlcs", "rewards", "curriculum", "rollout")
    files = {path.relative_to(ROOT).as_posix() for package in packages for path in (ROOT / package).rglob("*.py")}
    told = mapped_files()
    assert {name for name in told if name.endswith(".py")} == {
        name for name in files if name.split("/")[-1] not in UNTOLD
    }
    assert all((ROOT / name).exists() for name in told)


def test_the_printed_verifier_works(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    plugin = tmp_path / "my_verifier.py"
    plugin.write_text(code, encoding="utf-8")
    load_plugins([str(plugin)])
    judge = REWARDS.get("same_length").function
    assert (judge("abc", "xyz"), judge("ab", "xyz")) == (1.0, 0.0)


def test_the_printed_overrides_are_settings() -> None:
    commands = re.findall(
        r"^rlcs train --config stem (.*?)\n```", README.replace("\\\n", " "), re.DOTALL | re.MULTILINE
    )
    assert len(commands) == 2
    for command in commands:
        config = load_config(Path("stem"), command.split())
        assert config.data.train[0].path == "questions.jsonl"
