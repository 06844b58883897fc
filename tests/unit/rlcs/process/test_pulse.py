"""A process tells its count from a thread: also while its main thread works, and not at all without a key."""

from __future__ import annotations

import queue

import pytest

from rlcs.process import pulse
from rlcs.process.pulse import KEY, Progress, begin_pulse, process_space, read_progress, tick


def test_the_count_is_told_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "PULSE_EVERY_S", 0.01)
    monkeypatch.setenv(KEY, "rollout-0-abc")
    told: queue.Queue[tuple[str, bytes]] = queue.Queue()
    stopped = False

    def tell(key: str, text: bytes) -> None:
        if stopped:
            raise ConnectionError("nobody listens")
        told.put((key, text))

    begin_pulse(tell)
    key, text = told.get(timeout=10)
    first = read_progress(text)
    assert key == "rollout-0-abc" and first is not None and first.pid > 0
    assert first.host == process_space(), "only there does the pid mean this process"
    tick()
    tick()
    while (later := read_progress(told.get(timeout=10)[1])) is not None and later.count == first.count:
        continue
    assert later is not None and later.count in (first.count + 1, first.count + 2)
    stopped = True


def test_a_process_of_no_run_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    told: list[bytes] = []
    begin_pulse(lambda key, text: told.append(text))
    assert told == []


def test_before_the_first_word_there_is_no_progress() -> None:
    assert read_progress(None) is None
    assert read_progress(b'{"count": 3, "pid": 7, "host": "a"}') == Progress(count=3, pid=7, host="a")
