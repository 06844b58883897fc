"""Rewards: a response and a gold answer in, a verdict out. No torch, no Ray, and no SymPy until a worker needs it.

scorer.py      the reward system as the loop sees it
routes.py      which reward judges which source
extraction.py  the answer in a response, by the declared layout
style.py       language mixing, repetition, length, stray boxes
verdicts.py    from judgements to verdicts, and what those of a step amount to
registry.py    @reward and the table of verifiers
keywords.py    what a function may be given by keyword: parameters and groups of them
adapters.py    our verifiers for verl and TRL
running/       where a judgement runs: inline, in a worker, over the network
reading/       answers read strictly, never evaluated
sandbox/       walls around what a model wrote
verifiers/     the built-in verifiers
"""

from __future__ import annotations

from rewards import verifiers as verifiers
from rewards.routes import route_sources
from rewards.scorer import Scorer, score_one

__all__ = ["Scorer", "route_sources", "score_one"]
