"""The table in the documentation is that of the published results, and these are as promised."""

from __future__ import annotations

from places import DOCS

from rlcs.bench.faults.faults import FAULTS
from rlcs.bench.faults.report import markdown_of, words
from rlcs.bench.faults.results import read_file

PUBLISHED = read_file(DOCS / "benchmarks" / "faults.jsonl")


def test_the_published_table_is_that_of_the_published_results() -> None:
    assert markdown_of(PUBLISHED) in (DOCS / "reliability.md").read_text(encoding="utf-8")


def test_nothing_published_was_lost_silent_or_unequal() -> None:
    expected = {name: FAULTS.get(name).expected for name in FAULTS.names()}
    broken = [one for one in PUBLISHED if not one.is_as_promised(expected.get(one.fault, "goes on"))]
    assert len(PUBLISHED) >= 200 and broken == []
    assert {one.fault for one in PUBLISHED} == words().keys()
