"""Plug-ins by path and by module name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rlcs.errors import UserError
from rlcs.plugins import load_plugins, plugin_of


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
