"""Draws cases of every domain in turn, judges them, and makes each finding as small as it can be.

The same seed and number of cases give the same cases; with a time limit only their number depends on the machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rlcs.bench.verifiers.fuzzing.cases import Case, Domain, Plan, build, draw_plan
from rlcs.bench.verifiers.fuzzing.judging import Judge, fault
from rlcs.records import Verdict

ROUND = 12
"""Cases of a domain in each round, for one with the share 1."""
OTHER_VALUES = 12
"""How many other values are tried for a shorter case."""
SHRUNK_PER_KIND = 2
"""After so many findings of the same edits, more are counted and not made smaller."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict that is not what the case must get, and the smallest case of that kind."""

    fault: str
    case: Case
    verdict: Verdict

    @property
    def kind(self) -> tuple[str, ...]:
        """What findings of the same kind share: domain, fault and edits."""
        return self.case.plan.domain, self.fault, *self.case.plan.edits()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a search came to."""

    findings: list[Finding]
    num_cases: dict[str, int]
    """Cases judged, by domain."""
    seconds: float


def plans(domain: Domain[Any], seed: int, start: int, count: int) -> Iterator[Case]:
    """Yield the cases of a domain numbered from `start`; those whose edits do not fit are passed over."""
    for number in range(start, start + count):
        case = build(domain, draw_plan(domain, f"{seed}/{domain.name}/{number}"))
        if case is not None:
            yield case


def search(
    domains: Sequence[Domain[Any]], judge: Judge, *, seed: int, rounds: int | None = None, seconds: float | None = None
) -> Outcome:
    """Judge rounds of cases until `rounds` are done or `seconds` are over; the round that has begun is finished."""
    start = time.monotonic()
    findings: list[Finding] = []
    num_cases = dict.fromkeys((domain.name for domain in domains), 0)
    shrunk: dict[tuple[str, ...], int] = {}
    done = 0
    while (rounds is None or done < rounds) and (seconds is None or time.monotonic() - start < seconds):
        cases = [case for domain in domains for case in plans(domain, seed, *numbers(domain, done))]
        for case, verdict in zip(cases, judge(cases), strict=True):
            num_cases[case.plan.domain] += 1
            if (wrong := fault(case, verdict)) is not None:
                found = Finding(fault=wrong, case=case, verdict=verdict)
                shrunk[found.kind] = shrunk.get(found.kind, 0) + 1
                domain = next(one for one in domains if one.name == case.plan.domain)
                findings.append(smallest(found, domain, judge) if shrunk[found.kind] <= SHRUNK_PER_KIND else found)
        done += 1
    return Outcome(findings=findings, num_cases=num_cases, seconds=time.monotonic() - start)


def numbers(domain: Domain[Any], done: int) -> tuple[int, int]:
    """Return the first number and how many cases of a domain belong to a round."""
    first, last = (round(ROUND * domain.share * one) for one in (done, done + 1))
    return first, last - first


def smallest(found: Finding, domain: Domain[Any], judge: Judge) -> Finding:
    """Take away every edit that the fault does not need, then look for a shorter value."""
    for plan in simpler(found.case.plan, domain):
        if (smaller := _tried([plan], found.fault, domain, judge)) is not None:
            return smallest(smaller, domain, judge)
    others = [replace(found.case.plan, seed=f"{found.case.plan.seed}+{number}") for number in range(OTHER_VALUES)]
    other = _tried(others, found.fault, domain, judge)
    return other if other is not None and length(other.case) < length(found.case) else found


def simpler(plan: Plan, domain: Domain[Any]) -> Iterator[Plan]:
    """Yield the plans with one edit less: without a wording, then with the plainest spelling."""
    for place in range(len(plan.wordings)):
        yield replace(plan, wordings=plan.wordings[:place] + plan.wordings[place + 1 :])
    plainest = next(iter(domain.spellings))
    if plan.spelling != plainest:
        yield replace(plan, spelling=plainest)


def _tried(choices: Sequence[Plan], wrong: str, domain: Domain[Any], judge: Judge) -> Finding | None:
    """Return the shortest of some cases that has the same fault, or None."""
    cases = [case for plan in choices if (case := build(domain, plan)) is not None]
    failing = [
        Finding(fault=wrong, case=case, verdict=verdict)
        for case, verdict in zip(cases, judge(cases), strict=True)
        if fault(case, verdict) == wrong
    ]
    return min(failing, key=lambda one: length(one.case), default=None)


def length(case: Case) -> int:
    """Return how long gold and answer are together."""
    return len(case.answer) + len(str(case.gold))
