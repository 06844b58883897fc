"""Starting Ray on a machine that is busy. Real starts are in tests/integration/test_cluster.py."""

from __future__ import annotations

import pytest
import ray

from rlcs.config.schema import ClusterConfig
from rlcs.errors import UserError
from rlcs.process.cluster import START_ATTEMPTS, Cluster

BUSY = "The current node timed out during startup. This could happen because some of the raylet failed to startup."


def starts(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> list[str]:
    """Let `ray.init` fail with these errors, one after the other, then do nothing; returns the addresses asked for."""
    asked: list[str] = []
    waiting = list(errors)

    def init(address: str, **options: object) -> None:
        asked.append(address)
        if waiting:
            raise waiting.pop(0)

    monkeypatch.setattr(ray, "init", init)
    return asked


def test_a_start_that_was_too_slow_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = starts(monkeypatch, Exception(BUSY))
    Cluster(ClusterConfig(), num_cpus=1).__enter__()
    assert asked == ["local", "local"]


def test_a_machine_that_stays_too_busy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = starts(monkeypatch, *[Exception(BUSY)] * START_ATTEMPTS)
    with pytest.raises(UserError, match="too busy.*cluster.address=auto"):
        Cluster(ClusterConfig(), num_cpus=1).__enter__()
    assert len(asked) == START_ATTEMPTS


def test_other_errors_are_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = starts(monkeypatch, ConnectionError("refused"))
    with pytest.raises(UserError, match="no Ray cluster at 'ray://x'"):
        Cluster(ClusterConfig(address="ray://x"), num_cpus=1).__enter__()
    assert len(asked) == 1
    starts(monkeypatch, RuntimeError("Maybe you called ray.init twice by accident?"))
    with pytest.raises(RuntimeError, match="twice"):
        Cluster(ClusterConfig(), num_cpus=1).__enter__()
