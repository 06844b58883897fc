"""How every domain does, the worst first, and why in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rlcs.dashboard.data.curves import Curves, Floats, finite
from rlcs.dashboard.data.run import RECENT_STEPS, Run

TOLD_SHARE = 0.05
"""Verdicts of a kind that are rarer than this are not worth a word."""
TOLD_FALL = 0.01
KINDS = {
    "unjudged": "could not be judged",
    "timeout": "timed out",
    "no_answer": "had no answer",
    "format_error": "had a wrong layout",
}
"""Shares of metrics.jsonl, reward/<source>/<kind>_share, and what they say."""


@dataclass(frozen=True, kw_only=True)
class DomainState:
    """One domain now. Unknown numbers are nan."""

    domain: str
    reward: float
    """Mean training reward of the last 10 steps."""
    reward_change: float
    """The same, less that of the first 10 steps."""
    held_out: float
    """pass@1 of the last evaluation."""
    held_out_change: float
    """The same, less that of the first evaluation."""
    unjudged: float
    timeout: float
    no_answer: float
    format_error: float
    """Shares of verdicts in the last 10 steps, mean over the domain's sources."""
    why: str
    """What is wrong, in words; "nothing stands out" otherwise."""
    num_problems: int


def domain_states(run: Run) -> list[DomainState]:
    """Return the state of every domain: those with most problems first, then those with the lowest pass rate."""
    curves = run.curves()
    states = [_state(run, curves, domain) for domain in run.domains()]
    return sorted(states, key=lambda one: (-one.num_problems, _rank(one), one.domain))


def _rank(state: DomainState) -> float:
    known = [value for value in (state.held_out, state.reward) if not math.isnan(value)]
    return known[0] if known else 2.0


def _state(run: Run, curves: Curves, domain: str) -> DomainState:
    reward = finite(curves.get(f"reward/{domain}/mean"))
    held_out = finite(curves.get(f"eval/domain/{domain}/pass@1"))
    sources = [source for source in run.sources() if run.domain_of(source) == domain]
    shares = {kind: _share(curves, sources, kind) for kind in KINDS}
    reasons = _reasons(shares, held_out.tolist())
    first, last = reward[:RECENT_STEPS], reward[-RECENT_STEPS:]
    return DomainState(
        domain=domain,
        reward=_mean(last),
        reward_change=_mean(last) - _mean(first),
        held_out=_mean(held_out[-1:]),
        held_out_change=_mean(held_out[-1:]) - _mean(held_out[:1]),
        **shares,
        why="; ".join(reasons) or "nothing stands out",
        num_problems=len(reasons),
    )


def _share(curves: Curves, sources: list[str], kind: str) -> float:
    values = [curves.recent(f"reward/{source}/{kind}_share", RECENT_STEPS) for source in sources]
    return _mean(finite(np.array(values)))


def _reasons(shares: dict[str, float], held_out: list[float]) -> list[str]:
    found = [f"{share:.0%} of answers {KINDS[kind]}" for kind, share in shares.items() if share >= TOLD_SHARE]
    if len(held_out) > 1 and held_out[-1] < max(held_out) - TOLD_FALL:
        fall = f"held-out fell from {max(held_out):.2f} to {held_out[-1]:.2f}"
        found.insert(0, fall)
    return found


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
