"""When a worker counts as stuck: told after half a minute, ended at its limit, never for having been idle."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from rlcs.process import watch as watching
from rlcs.process.pulse import Progress
from rlcs.process.watch import Wait, Watch


@dataclass
class Process:
    """What a watch asks and does, played by hand; its clock is that of the test, whatever the machine's says."""

    count: int | None = 0
    is_placed: bool = True
    ended: list[str] = field(default_factory=list)
    now: float = 1000.0

    def watch(self, stall_s: float) -> Watch:
        return Watch(
            "rollout-0",
            stall_s,
            progress=lambda: None if self.count is None else Progress(count=self.count),
            is_placed=lambda: self.is_placed,
            end=lambda: self.ended.append("ended"),
            _since=self.now,
        )


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    made = Process()
    monkeypatch.setattr(watching.time, "monotonic", lambda: made.now)
    return made


def look_over(process: Process, watch: Watch, seconds: list[float], *, doing: str = "generate") -> None:
    """Look at these seconds of one wait."""
    begin = process.now
    for second in seconds:
        process.now = begin + second
        watch.look(doing, waiting_since=begin)


def test_a_worker_is_ended_when_its_progress_stands_still_for_longer_than_the_limit(process: Process) -> None:
    watch = process.watch(60.0)
    look_over(process, watch, [5.0, 59.0])
    assert (process.ended, watch.verdict) == ([], "")
    look_over(process, watch, [2.0])
    assert process.ended == [], "a new wait begins anew"
    look_over(process, watch, [5.0, 61.0, 70.0])
    assert process.ended == ["ended"], "once"
    assert watch.verdict == "during generate: it made no progress for 61 s and was ended (cluster.stall_s)"


def test_progress_begins_the_count_anew(process: Process) -> None:
    watch, begin = process.watch(60.0), process.now
    for second in range(0, 600, 50):
        process.now, process.count = begin + second, second
        watch.look("generate", waiting_since=begin)
    assert process.ended == []


def test_a_start_may_take_three_times_as_long_and_a_worker_without_a_place_for_ever(process: Process) -> None:
    impatient, patient = process.watch(5.0), process.watch(100.0)
    process.count = None
    for watch, short, long in ((impatient, 179.0, 181.0), (patient, 299.0, 301.0)):
        process.ended.clear()
        look_over(process, watch, [short], doing="start")
        process.is_placed = False
        look_over(process, watch, [10_000.0], doing="start")
        assert process.ended == []
        process.is_placed = True
        look_over(process, watch, [long], doing="start")
        assert process.ended == ["ended"]


def test_no_limit_means_told_but_never_ended(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    watch = process.watch(0.0)
    with caplog.at_level("WARNING", logger="rlcs.process"):
        look_over(process, watch, [29.0])
        assert caplog.messages == []
        look_over(process, watch, [31.0, 45.0, 62.0, 10_000.0])
    assert process.ended == []
    assert caplog.messages == [
        "waiting for rollout-0 (generate): no progress for 31 s",
        "waiting for rollout-0 (generate): no progress for 62 s",
        "waiting for rollout-0 (generate): no progress for 10000 s",
    ]


def test_a_look_is_due_a_few_times_within_the_shortest_limit(process: Process) -> None:
    assert Wait().step([process.watch(600.0), process.watch(2.0)]) == 0.5
    assert Wait().step([process.watch(600.0), process.watch(0.0)]) == watching.LOOK_EVERY_S
    assert Wait().step([]) == watching.LOOK_EVERY_S


def test_a_replacement_without_a_place_is_told_of_and_not_ended(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    process.is_placed = False
    with caplog.at_level("WARNING", logger="rlcs.process"):
        look_over(process, process.watch(60.0), [5.0, 31.0, 40.0, 500.0], doing="rate")
    assert [record.getMessage() for record in caplog.records] == [
        "waiting for rollout-0 (rate): for 31 s Ray has found no place for it",
        "waiting for rollout-0 (rate): for 500 s Ray has found no place for it",
    ]
    assert process.ended == []
