"""`rlcs bench verifiers --fuzz`: answers whose verdicts are known by construction, and which of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlcs.bench.report import write_json
from rlcs.bench.verifiers.fuzzing.cases import Domain
from rlcs.bench.verifiers.fuzzing.domains import DOMAINS
from rlcs.bench.verifiers.fuzzing.judging import judge_with, scorer_for
from rlcs.bench.verifiers.fuzzing.report import as_json, describe, kinds, summary_table
from rlcs.bench.verifiers.fuzzing.search import Outcome, search
from rlcs.errors import UserError, unknown_name
from rlcs.process.console import console, say, waiting
from rlcs.process.environment import num_cores


def chosen(only: Sequence[str]) -> list[Domain[Any]]:
    """Return the domains of some verifiers (all without names); the name of a domain stands for itself."""
    verifiers = {domain.verifier for domain in DOMAINS.values()}
    for name in only:
        if name not in verifiers and name not in DOMAINS:
            raise unknown_name("verifier or domain of the fuzz", name, {*verifiers, *DOMAINS})
    return [one for one in DOMAINS.values() if not only or one.verifier in only or one.name in only]


def fuzz(
    domains: Sequence[Domain[Any]], *, seed: int, rounds: int | None = None, seconds: float | None = None,
    num_workers: int = 1,
) -> Outcome:  # fmt: skip
    """Search the domains with a scorer of their own."""
    with scorer_for(sorted({domain.verifier for domain in domains}), num_workers) as scorer:
        return search(domains, judge_with(scorer), seed=seed, rounds=rounds, seconds=seconds)


def run(*, only: Sequence[str], seed: int, seconds: float, json_target: Path | None) -> None:
    """Search for some time, print what was found, write the JSON file; UserError when there are findings."""
    domains = chosen(only)
    with waiting(f"fuzzing {len(domains)} kinds of answers for {seconds:g} s"):
        outcome = fuzz(domains, seed=seed, seconds=seconds, num_workers=max(num_cores(), 1))
    found = kinds(outcome.findings)
    for one, count in found:
        say(describe(one, count))
    console.print(summary_table(outcome), soft_wrap=False)
    write_json(json_target, "fuzz", as_json(outcome, seed))
    if found:
        raise UserError(
            f"{len(outcome.findings)} of {sum(outcome.num_cases.values()):,} verdicts are not as constructed"
        )
    say(f"{sum(outcome.num_cases.values()):,} verdicts, all as constructed (seed {seed})")
