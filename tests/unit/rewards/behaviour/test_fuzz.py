"""A minute of fuzzing: thousands of answers whose verdicts are known by construction, to every verifier.

`rlcs bench verifiers --fuzz --seconds 3600 --seed N` searches further, with a seed of its own.
"""

from __future__ import annotations

import pytest

from rewards.registry import REWARDS
from rlcs.bench.verifiers.fuzzing.domains import DOMAINS
from rlcs.bench.verifiers.fuzzing.fuzz import chosen, fuzz
from rlcs.bench.verifiers.fuzzing.report import describe, kinds

ROUNDS = 6
WITH_A_BROWSER = "webpage"
"""Its tests say where there is none."""


def test_every_built_in_verifier_with_a_rule_is_fuzzed() -> None:
    built_in = {name for name in REWARDS if REWARDS.get(name).function.__module__.startswith("rewards.")}
    assert {domain.verifier for domain in DOMAINS.values()} == built_in - {"judge", "reasoning_gym"}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [0, 1])
def test_answers_get_what_they_were_made_to_get(seed: int) -> None:
    domains = [domain for domain in chosen([]) if domain.verifier != WITH_A_BROWSER]
    outcome = fuzz(domains, seed=seed, rounds=ROUNDS, num_workers=2)
    assert sum(outcome.num_cases.values()) > 2000
    assert min(outcome.num_cases.values()) > 0
    assert [describe(one, count) for one, count in kinds(outcome.findings)] == []
