"""The verifier printed in docs/rewards.md works exactly as printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import DOCS

from rewards import Scorer
from rewards.registry import REWARDS
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.games import rows as games
from rlcs.miniwob import rows as miniwob
from rlcs.plugins import load_plugins
from rlcs.records import Status

PAGE = DOCS / "rewards.md"
DOMAINS = DOCS / "data.md"
EPISODES = (miniwob.DOMAIN, games.DOMAIN)
"""Domains whose environments judge."""


@pytest.fixture
def scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scorer]:
    """The printed file as a plug-in, under the printed name and parameter; forgotten afterwards."""
    (printed,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    plugin = tmp_path / "dates.py"
    plugin.write_text(printed, encoding="utf-8")
    monkeypatch.setattr(REWARDS, "_entries", dict(REWARDS._entries))
    load_plugins([str(plugin)])
    rewards = {"history": RewardConfig(verifier="date", params={"days": 2})}
    with Scorer(rewards, {"history": "history"}, ScoringConfig()) as made:
        yield made


@pytest.mark.parametrize(
    "answer, score, status",
    [
        ("1912-04-15", 1.0, Status.CORRECT),
        ("1912-04-16", pytest.approx(2 / 3), Status.PARTIAL),
        ("1912-05-15", 0.0, Status.INCORRECT),
        ("in April", 0.0, Status.INVALID_ANSWER),
    ],
)
def test_the_printed_verifier_tells_right_from_wrong(scorer: Scorer, answer: str, score: float, status: Status) -> None:
    verdict = scorer.score_one(f"<answer>{answer}</answer>", "1912-04-15", source="history")
    assert (verdict.score, verdict.status) == (score, status)


def test_the_printed_gold_check_refuses_what_is_no_date(scorer: Scorer) -> None:
    assert scorer.check_gold("history", "1912-04-15", {}) is None
    assert "in April" in (scorer.check_gold("history", "in April", {}) or "")
    assert scorer.score_one("<answer>1912-04-15</answer>", "in April", source="history").status is Status.BAD_GOLD


def test_the_domains_of_the_verifiers_are_told() -> None:
    rows = DOMAINS.read_text(encoding="utf-8").partition("\n| domain |")[2].partition("\n\n")[0].splitlines()[2:]
    told = [name for row in rows for name in re.findall("`(.+?)`", row.split("|")[1])]
    assert sorted(told) == sorted({*REWARDS.domains(), *EPISODES})
