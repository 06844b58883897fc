"""Reaching Ray, and starting it on a machine that is busy. Real starts are in tests/integration/test_cluster.py."""

from __future__ import annotations

import socket

import pytest
import ray
from ray.exceptions import AuthenticationError

from rlcs.config.schema import ClusterConfig
from rlcs.errors import UserError
from rlcs.process.cluster import Cluster
from rlcs.process.connection import START_ATTEMPTS

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
    with pytest.raises(UserError, match="no Ray cluster at 'auto' .*refused.*RAY_AUTH_TOKEN"):
        Cluster(ClusterConfig(address="auto"), num_cpus=1).__enter__()
    assert len(asked) == 1
    starts(monkeypatch, RuntimeError("Maybe you called ray.init twice by accident?"))
    with pytest.raises(RuntimeError, match="twice"):
        Cluster(ClusterConfig(), num_cpus=1).__enter__()


def test_an_address_at_which_nothing_answers_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = starts(monkeypatch)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = unused.getsockname()[1]
        with pytest.raises(UserError, match=f"no Ray cluster at '127.0.0.1:{port}' .*nothing answers there: .*refused"):
            Cluster(ClusterConfig(address=f"127.0.0.1:{port}"), num_cpus=1).__enter__()
    with pytest.raises(UserError, match="'ray://x:10001' .*run the command on a node of the cluster"):
        Cluster(ClusterConfig(address="ray://x:10001"), num_cpus=1).__enter__()
    assert asked == []


def test_a_token_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, AuthenticationError("no authentication token was found."))
    with pytest.raises(UserError, match="no authentication token was found.*give this shell its token"):
        Cluster(ClusterConfig(address="auto"), num_cpus=1).__enter__()
