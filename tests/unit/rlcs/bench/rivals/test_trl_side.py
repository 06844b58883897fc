"""What runs in TRL's environment: nothing of RLCS in it, and judging by way of the messages."""

from __future__ import annotations

import ast
import io
import sys
from typing import Any

import pytest

from rlcs.bench.rivals import trl_side
from rlcs.bench.rivals.theirs import SCRIPT
from rlcs.bench.rivals.trl_side import Channel, Judge


class Answered(Channel):
    """A channel to a side that scores every completion the same."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def tell(self, **message: Any) -> None:
        self.told.append(message)

    def hear(self) -> dict[str, Any]:
        return {"scores": [0.5, None]}


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {"trl", "datasets"} <= modules
    assert not {name.split(".")[0] for name in modules | names} & {"rlcs", "rewards", "curriculum", "rollout"}


def test_completions_are_judged_by_the_other_side_and_counted() -> None:
    channel = Answered()
    judge = Judge(channel)
    # TRL gives a reward function more than it asks for.
    assert judge(completion_ids=[[5, 6], [7]], number=[3, 3], prompts=["a", "a"], trainer_state=None) == [0.5, None]
    assert channel.told == [{"judge": {"tasks": [3, 3], "token_ids": [[5, 6], [7]]}}]
    told = judge.step(judge.asked - 4.0, judge.answered + 1.0)
    assert (told["num_completions"], told["num_tokens"]) == (2, 3)
    assert (told["parts"]["rollout"], told["parts"]["learn"]) == pytest.approx((4.0, 1.0))
    assert sum(told["parts"].values()) == pytest.approx(told["seconds"])


def test_it_ends_when_the_other_side_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(SystemExit):
        trl_side.Channel.hear(Answered())
