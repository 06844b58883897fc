"""What the fuzz tells: kinds of findings, the shortest of each, and a command that judges it again."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from rlcs.bench.verifiers.fuzzing.cases import Case, Plan
from rlcs.bench.verifiers.fuzzing.report import as_json, command, describe, kinds
from rlcs.bench.verifiers.fuzzing.search import Finding, Outcome
from rlcs.records import Status, Verdict
from rlcs.score import run


def finding(answer: str, fault: str = "refused", *, is_prose: bool = False) -> Finding:
    plan = Plan(domain="numeric: integers", seed="0", spelling="plain", wordings=("boxed",))
    case = Case(
        plan=plan, verifier="numeric", gold="7", answer=answer, bounds=(1.0, 1.0), params={"rel_tol": 0.1},
        question="It's how many?", is_prose=is_prose,
    )  # fmt: skip
    return Finding(fault=fault, case=case, verdict=Verdict(score=0.0, status=Status.INCORRECT, message="no"))


def test_findings_are_grouped_and_the_paid_ones_come_first() -> None:
    found = kinds([finding("70000"), finding("70"), finding("8", "paid")])
    assert [(one.fault, one.case.answer, count) for one, count in found] == [("paid", "8", 1), ("refused", "70", 2)]


def test_the_command_judges_the_case_again(tmp_path: Path) -> None:
    one = finding("it's 7.5\n")
    words = shlex.split(command(one.case))
    row = words[words.index(r"%s\n") + 1]
    (tmp_path / "case.jsonl").write_text(row + "\n", encoding="utf-8")
    run(tmp_path / "case.jsonl", tmp_path / "verdict.jsonl", bare="--bare" in words)
    verdict = json.loads((tmp_path / "verdict.jsonl").read_text(encoding="utf-8"))
    assert verdict["extracted"] == one.case.answer
    assert "box: none" in command(finding("7", is_prose=True).case)


def test_a_finding_is_told_with_everything_that_made_it() -> None:
    told = describe(finding("70"), 3)
    assert "refused (3): numeric: integers: plain, boxed" in told
    assert "answer '70', gold '7', params {'rel_tol': 0.1}" in told
    assert "got 0.0 (incorrect: no), expected 1" in told
    record = as_json(Outcome(findings=[finding("70")], num_cases={"numeric: integers": 5}, seconds=1.0), 4)
    assert (record["seed"], record["cases"], len(record["kinds"])) == (4, {"numeric: integers": 5}, 1)
    assert record["kinds"][0]["response"] == "70" and json.dumps(record)
