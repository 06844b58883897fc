"""`rlcs score`: a verdict a line in the same order, and errors with file and line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlcs import cli

CONFIG = """
run: {name: mine}
model: {path: tiny://text}
data: {train: [{name: sums, path: questions.jsonl, domain: stem.math, reward: near}]}
rewards:
  default: {verifier: math}
  near: {verifier: math, params: {rel_tol: 0.1}, format: {box: none}}
"""
Score = Callable[..., tuple[int, str, list[dict[str, Any]]]]


@pytest.fixture
def score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Score:
    """Return a function that scores some lines: exit code, what was printed, the verdicts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(CONFIG)
    (tmp_path / "questions.jsonl").write_text('{"prompt": "1 + 1?", "answer": "2"}\n')

    def run(lines: list[Any], *arguments: str) -> tuple[int, str, list[dict[str, Any]]]:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        Path("in.jsonl").write_text("\n".join(texts) + "\n")
        Path("out.jsonl").unlink(missing_ok=True)
        monkeypatch.setattr(sys, "argv", ["rlcs", "score", "in.jsonl", "--out", "out.jsonl", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        found = Path("out.jsonl").read_text().splitlines() if Path("out.jsonl").exists() else []
        return int(ended.value.code or 0), told.out + told.err, [json.loads(line) for line in found]

    return run


def test_verdicts_come_in_the_order_of_the_lines(score: Score) -> None:
    lines = [
        {"id": "slow", "verifier": "math", "response": "\\boxed{(x+1)^2}", "answer": "x^2+2x+1"},
        {"id": 7, "domain": "stem.math", "response": "\\boxed{3}", "answer": "4", "question": "2 + 2?"},
        {"domain": "instruction", "response": "no commas", "answer": {"id": "punctuation:no_comma"}},
        {"id": "bad", "verifier": "math", "response": "\\boxed{3}", "answer": ""},
    ]
    code, told, found = score(lines)
    assert code == 0
    assert [(one["id"], one["score"], one["status"]) for one in found] == [
        ("slow", 1.0, "correct"), (7, 0.0, "incorrect"), (3, 1.0, "correct"), ("bad", None, "bad_gold"),
    ]  # fmt: skip
    assert list(found[0]) == ["id", "score", "status", "extracted", "components", "seconds", "message"]
    assert found[0]["extracted"] == "(x+1)^2" and found[0]["components"] == {"correctness": 1.0, "format": 1.0}
    assert "out.jsonl: 4 verdicts, mean score 0.6667 (2 correct, 1 incorrect, 1 bad_gold)" in told


def test_one_verifier_judges_every_line_with_its_parameters(score: Score) -> None:
    lines = [{"response": "105", "answer": "100"}, {"response": "105", "answer": "100", "params": {"rel_tol": 0.01}}]
    code, _, found = score(lines, "--verifier", "math", "--param", "rel_tol=0.1", "--bare")
    assert code == 0 and [one["score"] for one in found] == [1.0, 0.0]


def test_a_configuration_routes_by_source(score: Score) -> None:
    lines = [
        {"response": "105", "answer": "100", "source": "sums"},
        {"response": "\\boxed{105}", "answer": "100"},
        {"response": "\\boxed{a, b}", "answer": {"id": "punctuation:no_comma"}, "verifier": "instruction"},
    ]
    code, told, found = score(lines, "--config", "mine.yaml")
    assert code == 0, told
    assert [one["score"] for one in found] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "in.jsonl:2: not JSON"),
        ("[1]", "in.jsonl:2: a list; expected an object with response and answer"),
        ({"answer": "1"}, "in.jsonl:2: no field 'response'; found: answer"),
        ({"response": "1", "verifier": "math"}, "in.jsonl:2: no field 'answer'"),
        ({"response": 1, "answer": "1", "verifier": "math"}, "in.jsonl:2: field 'response' is 1; expected text"),
        (
            {"response": "1", "answer": "1", "params": [], "verifier": "math"},
            "field 'params' is []; expected an object",
        ),
        ({"response": "1", "answer": "1"}, "in.jsonl:2: neither verifier nor domain is given"),
        ({"response": "1", "answer": "1", "verifier": "mth"}, "in.jsonl:2: unknown verifier or domain 'mth'"),
    ],
)
def test_a_bad_line_is_told_with_file_and_line(score: Score, line: Any, told: str) -> None:
    code, output, found = score([{"verifier": "math", "response": "\\boxed{1}", "answer": "1"}, line])
    assert code == 2 and told in output and not found
    assert not list(Path().glob(".out*")), "nothing half-written stays"


def test_arguments_that_cannot_work_are_told(score: Score) -> None:
    line = {"response": "1", "answer": "1"}
    assert "exclude each other" in score([line], "--config", "mine.yaml", "--verifier", "math")[1]
    assert "expected KEY=VALUE" in score([line], "--verifier", "math", "--param", "rel_tol")[1]
    assert "unknown parameter" in score([line], "--verifier", "math", "--param", "rel=1")[1]
    assert "is the input file" in score([line], "--verifier", "math", "--out", "in.jsonl")[1]


def test_an_empty_file_gives_an_empty_file(score: Score) -> None:
    code, told, found = score([""], "--verifier", "math")
    assert code == 0 and found == [] and "the file is empty" in told
