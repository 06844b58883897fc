"""A judge to ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from judge_server import Server

from rewards.verifiers.judges import client as judge_client


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Return a judge on loopback, asked again after short pauses."""
    monkeypatch.setattr(judge_client, "PAUSE_S", 0.02)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()
