"""The examples of docs/verifiers/spatial.md are true."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "verifiers" / "spatial.md"


def test_every_example_of_the_page_gives_what_it_shows() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.failed == 0 and found.attempted > 20
