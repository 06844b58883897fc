"""Which injection answers for what differs at the end, and what a run says when it stops."""

from __future__ import annotations

from rlcs.bench.faults.journey import judged, plain_line
from rlcs.bench.faults.results import Injection


def injection(fault: str, step: int) -> Injection:
    return Injection(
        fault=fault, number=0, step=step, delay_s=0.0, outcome="stops", seconds=1.0, silence_s=1.0, line="error: x",
        is_plain=True, is_equal=False, left_over=0, journey="plain-1",
    )  # fmt: skip


def test_an_injection_answers_for_the_steps_from_its_own_to_the_next() -> None:
    found = [injection("a", 3), injection("b", 6), injection("c", 9)]
    assert [one.is_equal for one in judged(found, [], "")] == [True, True, True]
    # After b the steps from the last checkpoint on are made again: what differs in step 6 may be of a or of b.
    assert [one.is_equal for one in judged(found, [(7, "loss differs")], "")] == [True, False, False]
    assert [one.is_equal for one in judged(found, [(6, "loss differs")], "")] == [False, False, False]
    last = judged(found, [], "the run did not come to step 12")
    assert [one.is_equal for one in last] == [True, True, False]
    assert last[-1].details == "the run did not come to step 12"


def test_the_line_is_the_one_that_says_why_a_run_stops() -> None:
    printed = "  7/60  0.4\nwarning: step 8: short\nerror: learner-0 died\n"
    assert plain_line(printed) == "error: learner-0 died"
    assert plain_line("warning: rollout worker 0 died\n  8/60\n") == "warning: rollout worker 0 died"
    assert plain_line("  8/60  0.4\n") == ""
