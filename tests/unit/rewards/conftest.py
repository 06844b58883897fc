"""Builders for groups and scorers, and a plug-in full of verifiers that misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rewards import Scorer
from rlcs.config.schema import RewardConfig, ScoringConfig
from rlcs.plugins import load_plugins
from rlcs.records import Completion, Group, Task

MISBEHAVING = '''
import os, signal, sys, time
from rlcs import Verdict, reward

@reward("hangs")
def hangs(answer, gold):
    """Loops for ever on the answer hang."""
    while answer == "hang":
        pass
    return float(answer == gold)

@reward("sleeps")
def sleeps(answer, gold):
    time.sleep(float(answer))
    return 1.0

@reward("crashes")
def crashes(answer, gold):
    if answer == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if answer == "exit":
        sys.exit(3)
    return float(answer == gold)

@reward("eats")
def eats(answer, gold):
    return float(len(bytearray(int(answer))) > 0)

@reward("raises")
def raises(answer, gold):
    return 1.0 / int(answer)

@reward("returns")
def returns(answer, gold):
    return {"2": 2.0, "none": None, "text": "1", "half": 0.5, "true": True, "nan": float("nan")}[answer]

@reward("counts", runs="inline")
def counts(answer, gold, *, question, delimited, base: int = 10):
    CALLS.append(answer)
    return float(question == "how many?" and delimited and base == 10)

@reward("ends_idle")
def ends_idle(answer, gold):
    """Answers first, and has the process die when it is idle again."""
    import threading
    if answer == "die":
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return 1.0

@reward("once")
def once(answer, gold):
    """Hangs or dies when it is asked for the first time; gold is a folder for notes of what it was asked."""
    note = os.path.join(gold, answer)
    if not os.path.exists(note):
        open(note, "w").close()
        if answer == "hang":
            time.sleep(100)
        if answer == "die":
            os.kill(os.getpid(), signal.SIGKILL)
    return 1.0

CALLS = []
'''


@pytest.fixture(scope="session")
def misbehaving(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Load the verifiers that misbehave; the module, whose CALLS lists the answers that `counts` was asked."""
    path: Path = tmp_path_factory.mktemp("plugins") / "misbehaving.py"
    path.write_text(MISBEHAVING)
    return load_plugins([str(path)])[0]


@pytest.fixture(scope="session")
def make_group() -> Callable[..., Group]:
    """Return a builder of groups: make_group("7", ["\\boxed{7}", …], source="math")."""

    def build(gold: object, responses: list[str], *, source: str = "default", question: str = "how many?") -> Group:
        task = Task(id=f"{source}:1", source=source, domain="general", prompt=question, answer=gold)
        completions = tuple(
            Completion(
                token_ids=(1,),
                logprobs=(0.0,),
                loss_mask=(1,),
                policy_version=0,
                finish_reason="stop",
                forced=False,
                text=response,
            )
            for response in responses
        )
        return Group(task=task, prompt_ids=(1,), completions=completions)

    return build


@pytest.fixture(scope="module")
def make_scorer() -> Iterator[Callable[..., Scorer]]:
    """Return a builder of scorers, one source for each reward; they are closed at the end of the module."""
    made: list[Scorer] = []

    def build(*, num_workers: int = 1, memory_gib: float = 2.0, **rewards: RewardConfig) -> Scorer:
        scoring = ScoringConfig(num_workers=num_workers, memory_gib=memory_gib)
        made.append(Scorer(rewards, {name: name for name in rewards}, scoring))
        return made[-1]

    yield build
    for scorer in made:
        scorer.close()
