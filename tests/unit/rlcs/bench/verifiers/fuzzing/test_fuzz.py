"""`rlcs bench verifiers --fuzz`: what it searches, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlcs.bench.verifiers.fuzzing.domains import DOMAINS
from rlcs.bench.verifiers.fuzzing.fuzz import chosen, run
from rlcs.errors import UserError


def test_verifiers_and_domains_are_chosen_by_name() -> None:
    assert len(chosen([])) == len(DOMAINS)
    assert {one.verifier for one in chosen(["chart"])} == {"chart"}
    assert [one.name for one in chosen(["math: sets"])] == ["math: sets"]
    with pytest.raises(UserError, match="did you mean 'counting'"):
        chosen(["countin"])


def test_a_search_writes_its_cases_and_kinds(tmp_path: Path) -> None:
    target = tmp_path / "fuzz.json"
    run(only=["ocr_text: words"], seed=0, seconds=1.0, json_target=target)
    written = json.loads(target.read_text())
    assert written["benchmark"] == "fuzz" and written["cases"]["ocr_text: words"] > 0 and written["kinds"] == []
