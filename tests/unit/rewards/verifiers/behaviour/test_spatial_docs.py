"""The examples of docs/verifiers/spatial.md are true."""

from __future__ import annotations

import doctest

from places import DOCS

PAGE = DOCS / "verifiers" / "spatial.md"


def test_every_example_of_the_page_gives_what_it_shows() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.failed == 0 and found.attempted > 20
