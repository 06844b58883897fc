"""The learner's ranks run once for all the tests that read what they saw."""

from __future__ import annotations

from pathlib import Path

import learner_parts
import pytest
from learner_results import Results, run_ranks
from vision_models import build_folder


@pytest.fixture(scope="session")
def learner_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("learner")
    learner_parts.build_model(path / "model", tied=False)
    learner_parts.build_model(path / "tied", tied=True)
    build_folder("glm4v", path / "vision")
    return path


@pytest.fixture(scope="session")
def one(learner_folder: Path) -> Results:
    """What the only rank saw."""
    return run_ranks(learner_folder, 1)[0]


@pytest.fixture(scope="session")
def two(learner_folder: Path) -> list[Results]:
    """What each of two ranks saw."""
    return run_ranks(learner_folder, 2)


@pytest.fixture(scope="session")
def reshaped(learner_folder: Path, one: Results, two: list[Results]) -> Results:
    """By ranks: what rank 0 saw that went on from states of other shapes."""
    return {size: run_ranks(learner_folder, size, "reshape", name="reshaped")[0] for size in (1, 2)}
