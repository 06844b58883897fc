"""`rlcs bench verifiers`: the generated items mean what they say; shapes are tested, never speeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rewards  # noqa: F401  (registers the verifiers)
from rewards.registry import REWARDS
from rlcs.bench.verifiers.items import GENERATORS, make_items
from rlcs.bench.verifiers.speed import measure, read_golds, run
from rlcs.errors import UserError

QUICK = [name for name in REWARDS if name in GENERATORS and not REWARDS.get(name).preload and name != "code"]
"""Those that need no library: the others take seconds to load one."""


def test_every_verifier_that_comes_with_rlcs_has_items() -> None:
    assert set(GENERATORS) == {*REWARDS.domains().values(), "numeric"}


def test_items_are_half_right_and_the_same_each_time() -> None:
    items = make_items("math", 20)
    assert items == make_items("math", 20)
    assert [item.is_right for item in items] == [True, False] * 10
    assert len({item.answer for item in items}) == 20


@pytest.mark.parametrize("name", QUICK)
def test_right_items_pay_and_wrong_ones_do_not(name: str) -> None:
    found = measure(name, make_items(name, 10))
    assert found.as_expected == 1.0
    assert found.items_per_s > 0 and 0 < found.p50_ms <= found.p99_ms


def test_math_is_compared_with_math_verify_on_the_same_items(tmp_path: Path) -> None:
    golds = tmp_path / "golds.jsonl"
    golds.write_text('{"answer": "so 3 #### 3"}\n\n{"answer": "1,000"}\n')
    target = tmp_path / "result.json"
    run(json_target=target, num_items=6, repeats=2, only=["math"], golds=[golds])
    result = json.loads(target.read_text())
    assert result["benchmark"] == "verifiers" and set(result["verifiers"]) == {"math"}
    assert set(result["comparisons"]) == {"integers", "fractions", "formulas", "golds.jsonl"}
    assert all(len(one["ratios"]) == 2 and min(one["ratios"]) > 0 for one in result["comparisons"].values())


def test_golds_are_read_from_both_kinds_of_files(tmp_path: Path) -> None:
    listed = tmp_path / "book.json"
    listed.write_text('[{"answer_number": "0.5"}, {"answer_number": " 12 "}]')
    assert [item.gold for item in read_golds(listed)] == ["0.5", "12"]
    (tmp_path / "no.jsonl").write_text("[1]")
    with pytest.raises(UserError, match="expected JSON objects"):
        read_golds(tmp_path / "no.jsonl")
    with pytest.raises(UserError, match="does not exist"):
        read_golds(tmp_path / "nowhere.jsonl")


def test_an_unknown_verifier_is_told() -> None:
    with pytest.raises(UserError, match="no verifier mth"):
        run(json_target=None, only=["mth"])
