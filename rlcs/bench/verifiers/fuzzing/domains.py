"""All domains of the fuzz, by name."""

from __future__ import annotations

from typing import Any

from rlcs.bench.verifiers.fuzzing import (
    chemicals,
    choices,
    equations,
    gatherings,
    mathematics,
    notation,
    programs,
    puzzles,
    quantities,
    screens,
    spatial,
    tallies,
    texts,
)
from rlcs.bench.verifiers.fuzzing.cases import Domain

_MODULES = (
    mathematics, gatherings, equations, notation, quantities, chemicals, choices, tallies, spatial, screens, texts,
    puzzles, programs,
)  # fmt: skip
DOMAINS: dict[str, Domain[Any]] = {one.name: one for module in _MODULES for one in module.DOMAINS}
"""By name, `verifier: kind`."""
