"""The verifier `code`: run what the model wrote against tests, in a sandbox (rewards/sandbox/programs.py)."""

from __future__ import annotations

from typing import Any, Literal

from rewards.registry import reward
from rewards.sandbox.programs import Limits, Run, SandboxRefused, run_code, usable_walls
from rewards.verifiers.programs.blocks import closed_blocks
from rewards.verifiers.programs.tests import CodeTests, is_expected, read_tests
from rlcs.errors import UserError
from rlcs.records import Status, Verdict

Credit = Literal["all", "fraction"]
Walls = Literal["best", "spaces", "user"]

MAX_SOURCE = 65_536


def check_code_gold(gold: Any) -> str | None:
    """Return what is wrong with the tests, or None."""
    try:
        read_tests(gold)
    except (ValueError, RecursionError) as error:
        return f"the tests are of no use: {error}"
    return None


@reward(
    "code",
    domains=["code"],
    box="none",
    timeout_s=10.0,
    runs="worker",
    check_gold=check_code_gold,
    gold_is_answer=False,
)
def code(
    answer: str,
    gold: Any,
    *,
    credit: Credit = "all",
    test_seconds: float = 2.0,
    total_seconds: float = 4.0,
    memory_mib: int = 512,
    tolerance: float = 0.0,
    walls: Walls = "best",
) -> float | Verdict:
    """Python code against tests: the last closed block of it is run in a sandbox, once for each test.

    credit: `all` pays 1 when every test passes, `fraction` the share that does. test_seconds, total_seconds: time for
    one test, and for all of them; keep the latter below the reward's timeout_s. memory_mib: address space of a process.
    tolerance: numbers in an output may differ by so much, relative to expected ones above 1; 0 compares exactly.
    walls: `spaces` (Linux namespaces: no network, no files), `user` (another user; the network stays reachable), or
    `best`, the first of the two that works here.
    """
    source = last_block(answer)
    if isinstance(source, Verdict):
        return source
    tests = read_tests(gold)
    limits = Limits(seconds=test_seconds, total_seconds=total_seconds, memory_mib=memory_mib)
    try:
        runs = run_code(
            source,
            tests.inputs,
            function=tests.function,
            limits=limits,
            walls=usable_walls(walls),
            stop_at_failure=credit == "all",
        )
    except (SandboxRefused, UserError) as error:
        return Verdict(score=None, status=Status.INTERNAL_ERROR, message=str(error)[:200])
    return _verdict(tests, runs, credit, tolerance)


def last_block(answer: str) -> str | Verdict:
    """Return the code in the last closed block of Python, or the verdict when there is none to run."""
    blocks = list(closed_blocks(answer))
    if not blocks:
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="no closed fenced block with code")
    block = next((one for one in reversed(blocks) if one.may_be_python), None)
    if block is None:
        language = blocks[-1].language[:20]
        return Verdict(score=0.0, status=Status.INVALID_ANSWER, message=f"the code is {language!r}, not Python")
    source = block.source()
    if not source.strip():
        return Verdict(score=0.0, status=Status.NO_ANSWER, message="the fenced block is empty")
    if len(source) > MAX_SOURCE:
        return Verdict(score=0.0, status=Status.OVER_LIMIT, message=f"code longer than {MAX_SOURCE} characters")
    return source


def _verdict(tests: CodeTests, runs: list[Run], credit: Credit, tolerance: float) -> Verdict:
    """Return the verdict on the runs; a test without a run failed."""
    faults = [
        run.error or ("" if is_expected(run.output, expected, tests.function, tolerance=tolerance) else "wrong output")
        for run, expected in zip(runs, tests.outputs, strict=False)
    ]
    num_passed, num_tests = faults.count(""), len(tests.inputs)
    share = num_passed / num_tests
    score = share if credit == "fraction" else float(num_passed == num_tests)
    first = next(
        ((number, fault) for number, fault in enumerate(faults) if fault), (len(faults), "the code ended the sandbox")
    )
    message = "" if num_passed == num_tests else f"{num_passed} of {num_tests} tests; test {first[0]}: {first[1]}"
    status = Status.CORRECT if num_passed == num_tests else Status.PARTIAL if score > 0 else Status.INCORRECT
    return Verdict(score=score, status=status, components={"tests_passed": share}, message=message[:200])
