"""A step by way of the messages, against a program that answers as TRL's side does; and what is told when it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rlcs.bench.rivals import theirs
from rlcs.bench.rivals.theirs import Scores, Theirs, check_python, environment
from rlcs.errors import UserError

ANSWERS = """
import json, sys
settings = json.load(open(sys.argv[1]))
print(json.dumps({"ready": settings["versions"]}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "step" in order:
        print(json.dumps({"judge": {"tasks": [0, 1], "token_ids": [[5, 6], [7]]}}), flush=True)
        scores = json.loads(sys.stdin.readline())["scores"]
        step = {"seconds": order["step"], "num_completions": len(scores), "num_tokens": 3, "parts": {"score": 0.5}}
        print(json.dumps({"step": step}), flush=True)
    else:
        print("no place left", file=sys.stderr)
        sys.exit(3)
"""


@pytest.fixture
def asked() -> list[tuple[Sequence[int], Sequence[Sequence[int]]]]:
    return []


@pytest.fixture
def side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[tuple[Sequence[int], Sequence[Sequence[int]]]]
) -> Iterator[Theirs]:
    def judge(numbers: Sequence[int], token_ids: Sequence[Sequence[int]]) -> Scores:
        asked.append((numbers, token_ids))
        return [1.0, None]

    script = tmp_path / "answers.py"
    script.write_text(ANSWERS)
    monkeypatch.setattr(theirs, "SCRIPT", script)
    running = Theirs(Path(sys.executable), tmp_path, {"versions": {"trl": "1.16.0"}}, judge)
    yield running
    running.close()


def test_a_step_is_judged_here_and_told(side: Theirs, asked: list[object]) -> None:
    assert side.wait_until_ready() == {"trl": "1.16.0"}
    step = side.step(threads=2)
    assert asked == [([0, 1], [[5, 6], [7]])]
    assert (step.seconds, step.num_completions, step.num_tokens, step.parts) == (2, 2, 3, {"score": 0.5})
    assert step.reward == 1.0  # of what could be judged


def test_what_it_printed_last_is_told_when_it_ends(side: Theirs, tmp_path: Path) -> None:
    side.wait_until_ready()
    with pytest.raises(UserError, match="status 3.*\n.*no place left"):
        side.save(tmp_path / "model")


def test_what_it_can_not_be_told_any_more_hides_no_error(side: Theirs, tmp_path: Path) -> None:
    side.wait_until_ready()
    for _ in range(2):
        with pytest.raises(UserError, match="no place left"):
            side.save(tmp_path / "model")
    side.close()


def test_its_process_has_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    assert environment().keys().isdisjoint({"OMP_WAIT_POLICY", "PYTHONPATH"})
    assert int(environment()["OMP_NUM_THREADS"]) >= 1


def test_a_python_without_trl_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file.*pip install trl"):
        check_python(tmp_path / "python")
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    with pytest.raises(UserError, match="has no TRL.*pip install trl"):
        check_python(bare)
