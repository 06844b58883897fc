"""`rlcs dashboard` before there is a page."""

from __future__ import annotations

import importlib.util

import pytest

from rlcs.cli.commands import require_dash
from rlcs.errors import UserError


def test_what_is_missing_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "waitress" else found(name))
    with pytest.raises(UserError, match=r"^waitress not installed; .*pip install 'rlcs\[dashboard\]'$"):
        require_dash()


def test_nothing_is_missing_here() -> None:
    require_dash()
