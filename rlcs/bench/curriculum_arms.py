"""The arms of `rlcs bench curriculum`: which settings of `curriculum` each changes, everything else being equal."""

from __future__ import annotations

BASELINE = "uniform"
"""The arm whose best accuracy sets the targets."""
REFILL = "uniform + refill"
"""DAPO's dynamic sampling (arXiv 2503.14476): what most systems offer against wasted rollouts."""
OURS = "rlcs"
"""The defaults."""

_AS_PUBLISHED = ("curriculum.temperature=1",)
"""Their chances are 1 - s and p (1 - p) themselves, not a power of these."""
_AS_DRAWN = ("curriculum.expansion.enabled=false",)

ARMS: dict[str, tuple[str, ...]] = {
    BASELINE: ("curriculum.sampler=uniform", *_AS_DRAWN),
    REFILL: ("curriculum.sampler=uniform", *_AS_DRAWN, "curriculum.max_refills=8"),
    "pools": ("curriculum.sampler=pools", *_AS_DRAWN),
    "1 - s": ("curriculum.sampler=prioritized", *_AS_PUBLISHED, *_AS_DRAWN),
    "learnability": ("curriculum.sampler=learnability", *_AS_PUBLISHED, *_AS_DRAWN),
    "thompson": ("curriculum.sampler=thompson", *_AS_DRAWN),
    "tiers, no expansion": ("curriculum.sampler=tiers", *_AS_DRAWN),
    OURS: (),
}
"""Name to overrides of a configuration, as on the command line."""
