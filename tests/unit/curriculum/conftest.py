"""Small pools and judged groups for the tests of the curriculum."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from curriculum import samplers
from rlcs.config.schema import CurriculumConfig, ExpansionConfig
from rlcs.records import Completion, Group, Status, Task, TaskIndex, Verdict

COMPLETION = Completion(
    token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
)


def build_index(
    sizes: Sequence[int],
    proportions: Sequence[float] | None = None,
    difficulty: Sequence[float] | float = float("nan"),
    ids: list[str] | None = None,
    subcategory: Sequence[int] | int = 0,
) -> TaskIndex:
    num_sources, num_tasks = len(sizes), sum(sizes)
    source = np.repeat(np.arange(num_sources), sizes).astype(np.int16)
    return TaskIndex(
        ids=ids if ids is not None else [f"s{source[row]}:{row}" for row in range(num_tasks)],
        source=source,
        domain=(source % 2).astype(np.int16),
        difficulty=np.broadcast_to(np.asarray(difficulty, dtype=np.float32), num_tasks).copy(),
        sources=tuple(f"s{number}" for number in range(num_sources)),
        domains=("stem.math", "ocr.text"),
        subcategory=np.broadcast_to(np.asarray(subcategory, dtype=np.int16), num_tasks).copy(),
        subcategories=("", "algebra", "geometry", "logic"),
        proportions=tuple(proportions or [1 / num_sources] * num_sources),
    )


def build_group(row: int, scores: Sequence[float | None], source: str = "s0") -> Group:
    task = Task(id=f"{source}:{row}", source=source, domain="stem.math", prompt="?", answer="1", row=row)
    verdicts = tuple(
        Verdict(score=score, status=Status.JUDGE_ERROR if score is None else Status.PARTIAL) for score in scores
    )
    return Group(task=task, prompt_ids=(1,), completions=(COMPLETION,) * len(scores), verdicts=verdicts)


def build_config(expand: bool = True, beta: float = 0.7, cap: float = 3.0, **settings: object) -> CurriculumConfig:
    """Settings with which the tests' numbers were worked out; they need not be the defaults."""
    expansion = ExpansionConfig(enabled=expand, beta=beta, cap=cap)
    by_hand = {
        "batch_size": 8,
        "temperature": 1.0,
        "floor": 0.05,
        "prior_strength": 2.0,
        "half_life": 20.0,
        "expansion": expansion,
    }
    return CurriculumConfig(**{**by_hand, **settings})  # type: ignore[arg-type]


@pytest.fixture(params=[module.name for module in pkgutil.iter_modules(samplers.__path__)])
def sampler(request: pytest.FixtureRequest) -> str:
    """Every built-in sampler in turn; its file has its name."""
    name: str = request.param
    return name


@pytest.fixture
def make_index() -> Callable[..., TaskIndex]:
    return build_index


@pytest.fixture
def make_group() -> Callable[..., Group]:
    return build_group


@pytest.fixture
def make_config() -> Callable[..., CurriculumConfig]:
    return build_config
