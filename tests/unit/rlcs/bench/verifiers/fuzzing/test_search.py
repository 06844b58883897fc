"""The search of the fuzz: the same seed gives the same cases, and findings come out as small as they can be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rlcs.bench.verifiers.fuzzing.cases import RIGHT, Case, build, draw_plan
from rlcs.bench.verifiers.fuzzing.domains import DOMAINS
from rlcs.bench.verifiers.fuzzing.judging import fault
from rlcs.bench.verifiers.fuzzing.search import numbers, plans, search
from rlcs.records import Status, Verdict

INTEGERS = DOMAINS["math: integers"]


def verdict(score: float | None, status: Status = Status.PARTIAL, message: str = "") -> Verdict:
    return Verdict(score=score, status=status, message=message)


def faultless(cases: Sequence[Case]) -> list[Verdict]:
    return [verdict(case.bounds[0]) for case in cases]


def refuses_boxes(cases: Sequence[Case]) -> list[Verdict]:
    return [verdict(0.0 if "boxed" in case.answer else case.bounds[0]) for case in cases]


def pays_all(cases: Sequence[Case]) -> list[Verdict]:
    return [verdict(1.0) for _ in cases]


def test_verdicts_as_constructed_are_no_findings() -> None:
    outcome = search(list(DOMAINS.values()), faultless, seed=0, rounds=1)
    assert outcome.findings == []
    assert sum(outcome.num_cases.values()) > 300


def test_the_same_seed_draws_the_same_cases() -> None:
    one, again = (list(plans(INTEGERS, 5, 0, 40)) for _ in range(2))
    assert one == again
    assert one != list(plans(INTEGERS, 6, 0, 40))


def test_a_finding_keeps_only_the_edit_that_it_needs() -> None:
    outcome = search([INTEGERS], refuses_boxes, seed=0, rounds=20)
    assert outcome.findings
    assert {one.fault for one in outcome.findings} == {"refused"}
    smallest = min(outcome.findings, key=lambda one: len(one.case.answer)).case
    assert smallest.plan.edits() == ("plain", "boxed")
    assert len(smallest.answer) <= len(r"$\boxed{12}$") and smallest.bounds == RIGHT


def test_a_wrong_answer_that_is_paid_keeps_what_makes_it_wrong() -> None:
    outcome = search([INTEGERS], pays_all, seed=0, rounds=4)
    for one in outcome.findings:
        assert one.fault == "paid"
        assert one.case.plan.change is not None or one.case.plan.hedge is not None
    assert any(one.case.plan.edits() == ("changed: sign", "plain") for one in outcome.findings)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (verdict(1.0), None),
        (verdict(0.5), "refused"),
        (verdict(None, Status.INTERNAL_ERROR), "not judged"),
        (verdict(None, Status.BAD_GOLD), "gold refused"),
        (verdict(0.0, Status.TIMEOUT), "late"),
        (verdict(0.0, Status.WORKER_DIED), "died"),
        (verdict(0.0, Status.INVALID_ANSWER, "verifier_raised: KeyError"), "raised"),
    ],
)
def test_what_is_wrong_with_a_verdict(found: Verdict, told: str | None) -> None:
    case = next(case for case in plans(INTEGERS, 0, 0, 40) if case.bounds == RIGHT)
    assert fault(case, found) == told


def test_rounds_share_the_cases_of_a_domain_without_gaps() -> None:
    for domain in DOMAINS.values():
        spans = [numbers(domain, done) for done in range(50)]
        assert spans[0][0] == 0
        assert all(first + count == then for (first, count), (then, _) in zip(spans, spans[1:], strict=False))
        assert spans[-1][0] > 0, domain.name


def used(domain_name: str) -> set[tuple[str, str]]:
    """Return kinds and names of the edits that occur in cases of a domain."""
    domain, found = DOMAINS[domain_name], set()
    for number in range(3000):
        plan = draw_plan(domain, f"fits {number}")
        if build(domain, plan) is not None:
            found |= {("spelling", plan.spelling), *(("wording", one) for one in plan.wordings)}
            found |= {(kind, str(edit)) for kind, edit in (("change", plan.change), ("hedge", plan.hedge)) if edit}
    return found


def test_no_edit_is_idle() -> None:
    known: set[tuple[str, str]] = set()
    occurring: set[tuple[str, str]] = set()
    for name, domain in DOMAINS.items():
        known |= {("spelling", one) for one in domain.spellings} | {("wording", one) for one in domain.wordings}
        known |= {("change", one) for one in domain.changes} | {("hedge", one) for one in domain.hedges}
        occurring |= used(name)
    assert known - occurring == set()
