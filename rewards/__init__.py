"""Rewards: a response and a gold answer in, a verdict out. No torch, no Ray, and no SymPy until a worker needs it."""

from __future__ import annotations

from rewards import verifiers as verifiers
from rewards.routes import route_sources
from rewards.scorer import Scorer, score_one

__all__ = ["Scorer", "route_sources", "score_one"]
