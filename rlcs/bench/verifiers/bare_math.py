"""math-verify as it comes, under our worker pool: what `rlcs bench verifiers` compares the verifier `math` with."""

from __future__ import annotations

import logging
from typing import Any

from rewards.registry import reward

NAME = "math-verify bare"


@reward(NAME, runs="worker", preload=("math_verify",))
def bare_math(answer: str, gold: Any) -> float:
    """math-verify with its default extraction; no timeouts of its own, the worker has one."""
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of every call without a timeout
    found = parse(f"\\boxed{{{answer}}}", parsing_timeout=None)
    wanted = parse(f"\\boxed{{{gold}}}", parsing_timeout=None)
    return float(verify(wanted, found, timeout_seconds=None))
