"""The same verdict wherever and in whatever order: in this process, in workers, shuffled."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from rewards import Scorer
from rewards.registry import REWARDS
from rewards.routes import default_reward
from rewards.running.call import Call
from rlcs.bench.verifiers.items import GENERATORS, Item, make_items
from rlcs.config.schema import ScoringConfig
from rlcs.records import Task, Verdict

FEW = {"code": 20}
"""A program runs in a sandbox of its own, which takes its time."""
LEFT_OUT = {"webpage"}
"""Needs a browser; tests of its own compare its scores."""
NUM_ITEMS = 10_000

Mixed = list[tuple[str, Item]]
Judged = tuple[float | None, str]


@pytest.fixture(scope="module")
def mixed() -> Mixed:
    names = sorted(set(GENERATORS) & set(REWARDS.names()) - LEFT_OUT)
    items = [(name, item) for name in names for item in make_items(name, FEW.get(name, 0))]
    others = [name for name in names if name not in FEW]
    each = -(-(NUM_ITEMS - len(items)) // len(others))
    items += [(name, item) for name in others for item in make_items(name, each)]
    random.Random(0).shuffle(items)
    return items[:NUM_ITEMS]


def told(verdict: Verdict) -> Judged:
    return verdict.score, str(verdict.status)


def in_this_process(name: str, item: Item) -> Judged:
    config = default_reward(name)
    arguments = {**config.params, **item.params, "question": item.question, "delimited": True, "task": None}
    call = Call(verifier=name, answer=item.answer, gold=item.gold, arguments=arguments)
    return told(call.run_quick() or call.run())


def by_a_scorer(items: Sequence[tuple[str, Item]], num_workers: int) -> list[Judged]:
    rewards = {name: default_reward(name) for name in {name for name, _ in items}}
    with Scorer(rewards, {name: name for name in rewards}, ScoringConfig(num_workers=num_workers)) as scorer:
        pending = [
            scorer.begin(
                item.answer,
                Task(id=f"{name}:0", source=name, domain="general", prompt=item.question, answer=item.gold,
                     params=item.params),
                bare=True,
            )
            for name, item in items
        ]  # fmt: skip
        return [told(one.result()) for one in pending]


@pytest.mark.slow
def test_ten_thousand_mixed_items_score_the_same_in_one_process_in_workers_and_in_another_order(mixed: Mixed) -> None:
    assert len(mixed) == NUM_ITEMS
    assert len({name for name, _ in mixed}) >= 18
    by_workers = by_a_scorer(mixed, num_workers=2)
    assert {score for score, _ in by_workers} >= {0.0, 1.0}
    assert all(score is not None for score, _ in by_workers)

    order = list(range(NUM_ITEMS))
    random.Random(1).shuffle(order)
    again = by_a_scorer([mixed[place] for place in order], num_workers=1)
    assert again == [by_workers[place] for place in order]

    here = [in_this_process(name, item) for name, item in mixed]
    differ = [(mixed[place], one, by_workers[place]) for place, one in enumerate(here) if one != by_workers[place]]
    assert not differ, differ[:3]
