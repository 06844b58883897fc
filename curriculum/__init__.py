"""The curriculum: which tasks next, how many, and which groups to train on. No torch and no ray in here."""

from __future__ import annotations

from curriculum.curriculum import Curriculum
from curriculum.protocol import Sampler, SamplerContext
from curriculum.selection import Selection
from curriculum.snapshots import Restored

__all__ = ["Curriculum", "Restored", "Sampler", "SamplerContext", "Selection"]
