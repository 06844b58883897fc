"""Plug-ins by path and by module name."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from rewards.registry import REWARDS
from rlcs.errors import UserError
from rlcs.plugins import load_plugins, pack, plugin_of, unpack
from rlcs.run.preflight import prepare


def test_a_file_is_loaded_once_under_a_private_name(tmp_path: Path) -> None:
    path = tmp_path / "statistics.py"
    path.write_text("VALUE = object()")
    first, second = load_plugins([str(path), str(path)])
    assert first is second
    assert first.__name__ != "statistics"
    assert sys.modules.get("statistics") is not first
    assert plugin_of(first.__name__) == str(path)


def test_a_relative_path_is_taken_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text("VALUE = 7")
    monkeypatch.chdir(tmp_path)
    (module,) = load_plugins(["mine.py"])
    assert module.VALUE == 7


def test_an_installed_module_is_imported_by_name() -> None:
    (module,) = load_plugins(["rlcs.errors"])
    assert module is sys.modules["rlcs.errors"]
    assert plugin_of("rlcs.errors") == "rlcs.errors"


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        ("no_such_file.py", "does not exist; correct the path"),
        ("no_such_module.rewards", "cannot be imported; install it"),
    ],
)
def test_a_missing_plugin_is_told_plainly(plugin: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_plugins([plugin])


@pytest.mark.parametrize(
    ("source", "message"),
    [("x = 1\ny = 1 / 0", r"ZeroDivisionError at .*broken.py:2"), ("x = (", r"SyntaxError at .*broken.py:1")],
)
def test_an_error_inside_a_plugin_names_its_line(tmp_path: Path, source: str, message: str) -> None:
    path = tmp_path / "broken.py"
    path.write_text(source)
    with pytest.raises(UserError, match=message):
        load_plugins([str(path)])
    path.write_text("x = 1")
    load_plugins([str(path)])


def test_an_installed_package_brings_its_plugins(tmp_path: Path) -> None:
    (tmp_path / "my_package.py").write_text(
        "from rlcs import reward\n\n\n@reward('from_a_package', runs='inline')\n"
        "def from_a_package(answer: str, gold) -> float:\n    return 1.0\n"
    )
    metadata = tmp_path / "my_package-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[rlcs.plugins]\nmine = my_package\n")
    command = [sys.executable, "-m", "rlcs.cli", "verifiers"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "from_a_package" in result.stdout, result.stderr


CONFIG = """
run: {name: mine}
plugins: [knots.py]
model: {path: tiny://text}
data: {train: [{name: a, path: a.jsonl, domain: knots.prime}]}
rewards: {default: {verifier: knots}}
"""
KNOTS = """
from rlcs import reward


@reward("knots", domains=DOMAINS)
def knots(answer, gold):
    return float(answer == gold)
"""


def test_a_domain_of_ones_own_is_what_the_verifier_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(REWARDS, "_entries", dict(REWARDS._entries))
    config = tmp_path / "mine.yaml"
    config.write_text(CONFIG)
    (tmp_path / "knots.py").write_text(KNOTS.replace("DOMAINS", "['knots.prime']"))
    assert prepare(config, []).data.train[0].domain == "knots.prime"
    with pytest.raises(UserError, match="domain is 'knot.prime'; did you mean knots.prime"):
        prepare(config, ["data.train.0.domain=knot.prime"])
    with pytest.raises(UserError, match="a data source is called 'knots.prime', the name of a domain or metric"):
        prepare(config, ["data.train.0.name=knots.prime"])


def test_a_plugin_that_claims_the_domain_of_another_verifier_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(REWARDS, "_entries", dict(REWARDS._entries))
    path = tmp_path / "claims.py"
    path.write_text(KNOTS.replace("DOMAINS", "['geo']"))
    with pytest.raises(
        UserError, match=r"'geo' is claimed by two verifiers: 'geo' \(.*geo.py:geo\) and 'knots' \(.*:knots"
    ):
        load_plugins([str(path)])


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let copies of plug-ins go away with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.usefixtures("copies")
def test_a_file_is_there_on_a_machine_that_lacks_it(tmp_path: Path) -> None:
    path = tmp_path / "far.py"
    path.write_text("NUMBER = 7")
    packed = pack([str(path), "rlcs.errors"])
    path.unlink()
    unpack(packed)
    assert module_at(path).NUMBER == 7
    with pytest.raises(UserError, match=r"plug-in module 'not_installed' cannot be imported"):
        unpack(pack(["not_installed"]))


@pytest.mark.usefixtures("copies")
def test_a_file_that_a_machine_has_otherwise_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "stale.py"
    path.write_text("NUMBER = 7")
    packed = pack([str(path)])
    path.write_text("NUMBER = 6")
    unpack(packed)
    assert module_at(path).NUMBER == 7


def test_a_file_that_is_there_is_loaded_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "near.py"
    path.write_text("NUMBER = 7")
    unpack(pack([str(path)]))
    assert module_at(path).__file__ == str(path)


def module_at(path: Path) -> Any:
    """Return the module that was loaded under the name that a plug-in at this path has."""
    (found,) = [module for name, module in sys.modules.items() if name.startswith(f"rlcs_plugin_{path.stem}_")]
    return found
